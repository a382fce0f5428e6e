"""`skgenre predict --out`: the predictions of a catalogue as Parquet files."""

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling
from skgenre.persistence import save_model

from ..other_processes import run_command as run

pytest.importorskip("pyarrow")
pytest.importorskip("fsspec")


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """A folder of music with a table of it, and a model file."""
    folder = tmp_path_factory.mktemp("music")
    made = make_genre_music(
        6, genres=["classical", "metal"], duration=1.0, random_state=0, to=folder / "music"
    )
    pd.DataFrame({"path": made.paths}).to_csv(folder / "tracks.csv", index=False)
    model = make_pipeline(MFCC(duration=1.0), FramePooling(), LogisticRegression(C=0.01))
    save_model(model.fit(made.paths, made.target), folder / "model.skops")
    return folder, made


@pytest.mark.parametrize("source", ["tracks.csv", "music"])
def test_a_table_or_a_folder_is_predicted_into_a_folder(music, tmp_path, source):
    folder, made = music
    out = tmp_path / "predictions.parquet"
    command = ("predict", folder / source, "--model", folder / "model.skops", "--out", out)
    result = run(*command, "--partition-size", 4)
    assert result.returncode == 0, result.stderr
    assert "predictions" in result.stdout
    table = pd.read_parquet(out)
    found = dict(zip(table["path"], table["genre"], strict=True))
    assert found == dict(zip(made.paths, made.target.tolist(), strict=True))
    again = run(*command, "--partition-size", 4)
    assert [int(text.stdout.splitlines()[-2].split("│")[4]) for text in (result, again)] == [0, 6]


def test_bad_files_stop_the_command_or_are_listed(music, tmp_path):
    folder, made = music
    bad = tmp_path / "bad.wav"
    bad.touch()
    command = ("predict", made.paths[0], bad, "--model", folder / "model.skops")
    result = run(*command, "--out", tmp_path / "out")
    assert result.returncode == 1
    assert "bad.wav: the file is empty" in result.stderr
    assert "--skip-bad-files" in result.stderr
    result = run(*command, "--out", tmp_path / "out", "--skip-bad-files")
    assert result.returncode == 0
    assert pd.read_parquet(tmp_path / "out")["ok"].tolist() == [True, False]
    assert pd.read_csv(tmp_path / "out.bad_files.csv")["path"].tolist() == [str(bad)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "x", "--top", "2"], "leave out --top, --timeline and --format"),
        (["--out", "x", "--timeline"], "leave out --top, --timeline and --format"),
        (["--scheduler", "tcp://127.0.0.1:1"], "give --out"),
    ],
)
def test_options_that_contradict_each_other(music, tmp_path, arguments, words):
    folder, made = music
    model = ("--model", folder / "model.skops")
    result = run("predict", made.paths[0], *model, *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_the_workers_of_a_scheduler_predict(music, tmp_path):
    distributed = pytest.importorskip("distributed")
    folder, made = music
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, host="tcp://127.0.0.1",
        dashboard_address=None,
    ) as cluster:  # fmt: skip
        result = run(
            *("predict", folder / "tracks.csv", "--model", folder / "model.skops"),
            *("--out", tmp_path / "out", "--scheduler", cluster.scheduler_address),
        )
    assert result.returncode == 0, result.stderr
    assert pd.read_parquet(tmp_path / "out")["genre"].tolist() == made.target.tolist()
