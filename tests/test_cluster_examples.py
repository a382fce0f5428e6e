"""The programs and files of examples/cluster."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "cluster"

pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="examples are not here"),
    pytest.mark.needs("distributed"),
]


def test_from_a_manifest_to_a_comparison(tmp_path):
    pytest.importorskip("zarr")
    command = [sys.executable, FOLDER / "from_manifest_to_comparison.py", tmp_path]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    lines = result.stdout.splitlines()
    assert lines[0] == f"24 clips, 0 of them bad, in {tmp_path / 'mel.zarr'}"
    assert [line.split()[0] for line in lines[1:4]] == ["pipeline", "logistic", "cnn"]
    fits = re.findall(r"^\[\d/6\] (\w+), fold \d: accuracy", result.stderr, re.M)
    assert sorted(fits) == ["cnn"] * 3 + ["logistic"] * 3
    assert {"music", "tracks.csv", "mel.zarr", "folds"} <= {p.name for p in tmp_path.iterdir()}


def test_the_job_script_of_slurm_starts_workers_of_one_thread():
    pytest.importorskip("dask_jobqueue")
    program = runpy.run_path(str(FOLDER / "slurm.py"))
    with program["make_cluster"]() as cluster:
        script = cluster.job_script()
    lines = [line for line in script.splitlines() if line]
    assert lines[0] == "#!/usr/bin/env bash"
    assert {
        "#SBATCH -p batch",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=8",
        "#SBATCH --mem=30G",
        "#SBATCH -t 02:00:00",
    } <= set(lines)
    worker = r" -m distributed\.cli\.dask_worker tcp://\S+ .*--nthreads 1 .*--nworkers 8 "
    assert re.search(worker, lines[-1])


def test_the_services_of_compose_are_those_of_the_programs():
    yaml = pytest.importorskip("yaml")
    text = (FOLDER / "docker-compose.yml").read_text()
    services = yaml.safe_load(text)["services"]
    assert services.keys() == {"scheduler", "worker", "store", "bucket", "job"}
    addresses = {
        *services["worker"]["command"],
        *(part.partition("=")[2] for part in services["job"]["entrypoint"]),
    }
    assert "tcp://scheduler:8786" in addresses
    program = services["job"]["entrypoint"][1].removeprefix("/src/examples/cluster/")
    assert (FOLDER / program).is_file()
    build = services["job"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).is_file()
    copied = re.findall(r"^COPY (.+) \S+$", (FOLDER / "Dockerfile").read_text(), re.M)
    for name in " ".join(copied).split():
        assert (FOLDER / build["context"] / name).exists()
    for service in services.values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")
