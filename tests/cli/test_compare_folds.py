"""`skgenre compare`: folds, repeats and scores, and what it says while it runs."""

import re

import pandas as pd
import pytest

from skgenre.datasets import make_genre_music

from ..other_processes import run_command as run

MUSIC = ("compare", "--genres", "jazz,metal", "--clips", 16, "--duration", 3, "--models", "fast")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cv", "1"), "at least 2 folds are needed, got 1"),
        (("--cv", "grouped"), "Did you mean group?"),
        (("--cv", "5.0"), "neither a number of folds nor stratified, group or repeated"),
        (("--repeats", "0"), "greater than or equal to 1"),
        (("--held-out", "test", "--cv", "3"), "--held-out gives the split. Leave this out."),
        (("--split-column", "fold", "--repeats", "3"), "--split-column gives the split"),
    ],
)
def test_wrong_options_are_refused_before_the_folder_is_read(options, words):
    result = run("compare", "no such folder", *options)
    assert result.returncode == 2
    assert words in re.sub(r"[\s│]+", " ", result.stderr)
    assert "no such folder" not in result.stderr


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ("acuracy", "There is no score named 'acuracy'. Did you mean 'accuracy'"),
        ("accuracy,,f1_macro", "name scores with commas between them"),
    ],
)
def test_a_wrong_score_is_refused_in_one_line_before_the_folder_is_read(scores, words):
    result = run("compare", "no such folder", "--scoring", scores)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: --scoring: {words}")
    assert len(result.stderr.splitlines()) == 1


def test_repeats_are_said_fold_by_fold(tmp_path):
    out = tmp_path / "scores.csv"
    result = run(*MUSIC, "--cv", 2, "--repeats", 3, "--out", out)
    assert result.returncode == 0, result.stderr
    assert "2 genres, 2 folds x 3" in result.stderr
    assert "16 clips, 6 folds in 3 repeats, 1 pipeline: 6 fits" in result.stderr
    lines = re.findall(r"^\[(\d)/6\] fast, fold (\d): accuracy \d\.\d{3}", result.stderr, re.M)
    assert lines == [(str(fold + 1), str(fold)) for fold in range(6)]
    assert pd.read_csv(out)["repeat"].tolist() == [0, 0, 1, 1, 2, 2]
    assert "StratifiedGroupKFold(2, shuffled), 3 repeats" in result.stdout
    assert "Tests:" not in result.stdout  # of one model


def test_a_genre_with_fewer_groups_than_folds_is_refused_in_one_line():
    result = run(*MUSIC, "--cv", "group")
    assert result.returncode == 1
    error = result.stderr.splitlines()[-1]
    assert "needs at least 5 groups of every genre, but 'jazz' has 4 groups" in error
    assert "use a smaller cv" in error


@pytest.mark.parametrize(
    ("column", "n_folds", "split"),
    [("fold", 4, "4 given parts tested in turn"), ("part", 1, "trained on 'train'")],
)
def test_a_column_of_a_table_gives_the_split(tmp_path, column, n_folds, split):
    made = make_genre_music(16, genres=["jazz", "metal"], duration=1.0, random_state=0, to=tmp_path)
    table = pd.DataFrame(
        {
            "path": made.paths,
            "genre": made.target,
            "fold": [number % 8 // 2 for number in range(16)],
            "part": ["train", "train", "valid", "test"] * 4,
        }
    )
    table.to_csv(tmp_path / "tracks.csv", index=False)
    result = run(
        *("compare", tmp_path / "tracks.csv", "--split-column", column, "--models", "fast"),
        *("--out", tmp_path / "scores.csv"),
    )
    assert result.returncode == 0, result.stderr
    assert len(pd.read_csv(tmp_path / "scores.csv")) == n_folds
    assert split in result.stdout
