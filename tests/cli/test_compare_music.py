"""`skgenre compare` on folders: layouts, groups, published splits."""

import csv

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.datasets import fault_filtered_split, make_genre_music

from ..other_processes import run_command as run


@pytest.fixture(scope="module")
def gtzan(tmp_path_factory):
    """Music under names of GTZAN's clips: four of each genre are for training, two for "valid"."""
    path = tmp_path_factory.mktemp("gtzan")
    made = make_genre_music(60, duration=6.0, random_state=0)
    parts = fault_filtered_split()
    for genre in np.unique(made.target):
        names = {
            part: [clip for clip, where in parts.items() if (clip[:-6], where) == (genre, part)]
            for part in ("train", "valid")
        }
        clips = [made.data[row] for row in np.flatnonzero(made.target == genre)]
        (path / genre).mkdir()
        for name, y in zip([*names["train"][:4], *names["valid"][:2]], clips, strict=True):
            soundfile.write(path / genre / f"{name}.wav", y, made.sr)
    return path


def test_compare_scores_on_a_part_of_the_published_split(gtzan, tmp_path):
    report = tmp_path / "report.html"
    result = run(
        *("compare", gtzan, "--layout", "gtzan", "--held-out", "valid"),
        *("--models", "park-fc", "--epochs", 1, "--leakage-gap", "--html", report),
    )
    assert result.returncode == 0, result.stderr
    assert "scored on the valid part" in result.stderr
    assert "FaultFilteredSplit(clips=None, evaluate='valid')" in result.stdout
    text = " ".join(result.stdout.split())
    assert "park-fc: accuracy of segments is " in text
    assert "with no group in both train and test" in text
    assert "Claims of splits that leak" in report.read_text(encoding="utf-8")


def test_compare_keeps_groups_together_and_hints_at_gtzan(gtzan, tmp_path):
    command = ["compare", gtzan, "--models", "xgb", "--cv", 2]
    result = run(*command, "--groups", r"^([a-z]+\.\d{4})", "--out", tmp_path / "a.csv")
    assert result.returncode == 0, result.stderr
    assert "StratifiedGroupKFold(2, shuffled)" in result.stdout
    assert "--layout gtzan keeps its identical clips" in result.stderr
    assert "StratifiedKFold(2, shuffled)" in run(*command).stdout


@pytest.fixture(scope="module")
def fma(tmp_path_factory):
    """Twelve tracks: of each of two genres four for training, one for validation, one to test."""
    path = tmp_path_factory.mktemp("fma")
    parts = ["training"] * 4 + ["validation", "test"]
    (path / "fma_medium" / "000").mkdir(parents=True)
    (path / "fma_metadata").mkdir()
    with (path / "fma_metadata" / "tracks.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "artist", "set", "set", "track"])
        writer.writerow(["", "id", "split", "subset", "genre_top"])
        writer.writerow(["track_id", "", "", "", ""])
        for genre, first in (("metal", 2), ("jazz", 10)):
            made = make_genre_music(6, genres=[genre], duration=3.0, random_state=0)
            for number, (y, part) in enumerate(zip(made.data, parts, strict=True), first):
                writer.writerow([number, number // 2, part, "medium", genre.title()])
                soundfile.write(path / f"fma_medium/000/{number:06d}.mp3", y, made.sr)
    return path


def test_a_gap_that_can_not_be_measured_loses_nothing_else(fma, tmp_path):
    out = tmp_path / "scores.csv"
    result = run(
        *("compare", fma, "--layout", "fma", "--models", "xgb", "--cv", 2, "--leakage-gap"),
        *("--out", out),
    )
    assert result.returncode == 1
    assert "each clip is a single segment" in result.stderr
    assert len(pd.read_csv(out)) == 2


@pytest.mark.parametrize("folder", [".", "fma_medium"])
def test_compare_keeps_artists_of_fma_together(fma, folder):
    result = run("compare", fma / folder, "--layout", "fma", "--models", "xgb", "--cv", 2)
    assert result.returncode == 0, result.stderr
    assert "12 clips, 2 genres" in result.stdout
    assert "StratifiedGroupKFold(2, shuffled)" in result.stdout


def test_compare_scores_on_a_part_of_the_official_split(fma, tmp_path):
    out = tmp_path / "scores.csv"
    result = run(
        *("compare", fma, "--layout", "fma", "--held-out", "test", "--models", "xgb"),
        *("--out", out),
    )
    assert result.returncode == 0, result.stderr
    assert "scored on the test part" in result.stderr
    scores = pd.read_csv(out)
    assert (scores["n_train"].item(), scores["n_test"].item()) == (8, 2)


def test_several_subsets_of_fma_are_not_guessed_at(fma):
    (fma / "fma_large").mkdir()
    try:
        result = run("compare", fma, "--layout", "fma", "--models", "xgb")
    finally:
        (fma / "fma_large").rmdir()
    assert result.returncode == 1
    assert "has fma_large and fma_medium: name one of them" in result.stderr
