"""Output of `skgenre compare`, on the terminal and in files."""

import csv
import io
import json

import pandas as pd
import pytest
import soundfile

from skgenre.datasets import make_genre_music
from skgenre.model_selection import Comparison

from ..other_processes import run_command as run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve clips of two genres, one with a name that is markup, comma and quote."""
    path = tmp_path_factory.mktemp("genres")
    music = make_genre_music(12, genres=["disco", "metal"], duration=2.0, random_state=0)
    for number, (y, genre) in enumerate(zip(music.data, music.target, strict=True)):
        name = 'a,"<b>' if genre == "disco" else genre
        (path / name).mkdir(exist_ok=True)
        soundfile.write(path / name / f"{number}.wav", y, music.sr)
    return path


@pytest.fixture(scope="module")
def compared(folder, tmp_path_factory):
    """Output and files of one run with all of them."""
    path = tmp_path_factory.mktemp("written")
    result = run(
        *("compare", folder, "--models", "fast,svm-mfcc", "--cv", 3, "--format", "json"),
        *("--predictions", path / "p.csv", "--result", path / "r.zip", "--html", path / "r.html"),
        *("--out", path / "o.csv"),
    )
    assert result.returncode == 0, result.stderr
    return result, path


def refuse_constant(text):
    raise AssertionError(text)


def test_json_is_all_that_standard_output_has(compared):
    result, _ = compared
    document = json.loads(result.stdout, parse_constant=refuse_constant)
    assert list(document) == [
        *("verdict", "scores", "ranking", "pairs", "folds", "genres", "confusion_matrices"),
        *("always_wrong", "calibration", "failures", "protocol", "leakage_gaps"),
    ]
    assert document["scores"] == ["accuracy", "f1_macro"]
    assert [entry["pipeline"] for entry in document["ranking"]] == sorted(
        ["fast", "svm-mfcc"],
        key=lambda name: -document["genres"][name][2]["f1-score"],
    )
    assert {fold["fold"] for fold in document["folds"]} == {0, 1, 2}
    matrix = document["confusion_matrices"]["fast"]
    assert matrix["genres"] == ['a,"<b>', "metal"]
    assert sum(map(sum, matrix["clips"])) == 12
    assert document["protocol"]["clips"] == 12
    assert "Wrote the report to" in result.stderr
    assert "Comparing fast, svm-mfcc" in result.stderr


def test_the_folder_is_named_without_its_path(compared, folder):
    _, path = compared
    page = (path / "r.html").read_text(encoding="utf-8")
    assert f"<h1>Models compared on 12 files of {folder.name}, 2 genres</h1>" in page
    assert str(folder.parent) not in page.partition("</h1>")[0]


def test_predictions_have_a_row_per_model_and_clip(compared, folder):
    _, path = compared
    table = pd.read_csv(path / "p.csv")
    assert table.columns[:7].tolist() == [
        *("pipeline", "repeat", "fold", "clip", "file", "target", "predicted"),
    ]
    assert len(table) == 24
    assert 'probability_a,"<b>' in table.columns
    assert set(table["file"]) == {str(file) for file in folder.rglob("*.wav")}


def test_the_result_is_loaded_in_python(compared):
    _, path = compared
    loaded = Comparison.load(path / "r.zip")
    assert loaded.frame["pipeline"].unique().tolist() == ["fast", "svm-mfcc"]
    assert len(pd.read_csv(path / "o.csv")) == len(loaded.frame) == 6


def test_csv_has_a_row_per_model(folder, tmp_path):
    arguments = ["compare", folder, "--models", "fast", "--cv", 2, "--scoring", "accuracy"]
    result = run(*arguments, "--format", "csv", "--quiet")
    assert result.returncode == 0, result.stderr
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["pipeline"], row["rank"]) == ("fast", "1")
    assert 0 <= float(row["accuracy_low"]) <= float(row["accuracy"]) <= 1
    assert result.stderr == ""
    # The same, as Markdown and as Parquet.
    result = run(*arguments, "--format", "markdown", "-q", "--predictions", tmp_path / "p.parquet")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("| pipeline | accuracy | 95 % interval |")
    assert "| fast | " in result.stdout
    assert result.stderr == ""
    table = pd.read_parquet(tmp_path / "p.parquet")
    assert table["probability_metal"].between(0, 1).all()


@pytest.mark.parametrize(
    "option", ["--out", "--html", "--predictions", "--result", "--confusion", "--save"]
)
def test_a_file_in_a_folder_that_is_not_there_is_refused_before_the_work(option, tmp_path):
    path = tmp_path / "not there" / "file.csv"
    result = run("compare", "no/such/music", "--models", "fast", option, path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: there is no folder {path.parent}. Make it first")
    assert not path.parent.exists()


def test_predictions_are_csv_or_parquet(tmp_path):
    result = run("compare", "no/such/music", "--predictions", tmp_path / "p.xlsx")
    assert result.returncode == 2
    assert "must end in .csv or .parquet" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("compare", "tracks.csv", "--out", "tracks.csv"), "this is the file that is read"),
        (("check", "tracks.csv", "--out", "./tracks.csv"), "this is the file that is read"),
        (
            ("features", "tracks.csv", "--kind", "fma", "--out", "link.csv"),
            "this is the file that is read",
        ),
        (("compare", "tracks.csv", "--out", "a", "--html", "./a"), "two options name this file"),
    ],
)
def test_an_output_that_would_replace_another_file_is_refused(options, message, tmp_path):
    table = tmp_path / "tracks.csv"
    table.write_text("path,genre\na.wav,jazz\nb.wav,rock\n")
    (tmp_path / "link.csv").symlink_to(table)
    result = run(*options, cwd=tmp_path)
    assert result.returncode == 1
    assert message in result.stderr
    assert table.read_text().startswith("path,genre")
