"""Commands without a network or a temporary folder, beside files named like modules."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from skgenre.datasets import make_genre_music

ROOT = Path(__file__).parents[2]
# What a warning of our modules turns into an error; those of others are theirs.
STRICT = """
import sys, warnings
warnings.filterwarnings("error", module=r"skgenre(\\.|$)")
from skgenre.cli import main
sys.argv = ["skgenre", *sys.argv[1:]]
main()
"""
# A socket that is opened to anything but this machine's own ends the process.
WITHOUT_NETWORK = """
import os, socket
def refuse(*arguments):
    os.write(2, f"a connection was tried: {arguments[1:]}\\n".encode())
    os._exit(77)
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = socket.create_connection = refuse
"""


@pytest.fixture(scope="module")
def genres(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music") / "genres"
    make_genre_music(8, genres=["classical", "metal"], duration=2.0, random_state=0, to=folder)
    return folder


@pytest.fixture
def surroundings(tmp_path):
    """Make a working directory whose modules would break Python, were they imported."""
    for name in ("queue", "random", "numpy", "torch", "skops"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the working folder')")
    return tmp_path


def run(*command, cwd, **environment):
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture
def run_strictly(surroundings):
    """Run a command without a network or a temporary folder; our own warnings are errors."""
    script = surroundings.parent / "strict.py"
    script.write_text(WITHOUT_NETWORK + STRICT)

    def run_command(*arguments):
        return run(script, *arguments, cwd=surroundings, TMPDIR="/nonexistent/tmp")

    return run_command


def test_features_are_computed_in_bad_surroundings(genres, surroundings, run_strictly):
    song = next(genres.rglob("*.flac"))
    done = run_strictly("features", song, "--kind", "mel", "--out", "mel.npz")
    assert done.returncode == 0, done.stderr
    assert (surroundings / "mel.npz").exists()


@pytest.mark.slow
def test_a_model_is_fitted_and_predicts_in_bad_surroundings(genres, run_strictly):
    fitted = run_strictly("fit", genres, "--model", "lstm", "--save", "model.skops")
    assert fitted.returncode == 0, fitted.stderr
    song = next(genres.rglob("*.flac"))
    predicted = run_strictly("predict", song, "--model", "model.skops", "--format", "csv")
    assert predicted.returncode == 0, predicted.stderr
    assert len(predicted.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    "command",
    [["-m", "skgenre"], pytest.param(["-P", "-m", "skgenre"], marks=pytest.mark.slow)],
)
def test_the_module_does_not_import_from_the_working_directory(genres, surroundings, command):
    done = run(*command, "check", genres, cwd=surroundings)
    assert done.returncode == 0, done.stderr
    assert "8 sound files" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is a tool of Linux")
def test_features_need_no_network_interface(genres, tmp_path):
    inside = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not allowed here")
    song = next(genres.rglob("*.flac"))
    command = [sys.executable, "-m", "skgenre", "features", song, "--kind", "mel", "--out", "x.npz"]
    done = subprocess.run(
        [*inside, *map(str, command)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.npz").exists()
