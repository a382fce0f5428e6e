"""MTG-Jamendo's split as a benchmark, on a miniature, and one-hot labels in both forms."""

import json

import numpy as np
import pytest
import soundfile

from skgenre.datasets import make_genre_music

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks import __main__ as command
from benchmarks.study import one_hot, tags

GENRES = ["classical", "disco", "metal"]
HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"


@pytest.fixture(scope="module")
def jamendo(tmp_path_factory):
    """24 tracks of two genres each, as published."""
    folder = tmp_path_factory.mktemp("jamendo")
    music = make_genre_music(
        24, genres=GENRES, n_genres_per_clip=2, duration=11.0, sr=11025, random_state=0
    )
    lines = {"train": [HEADER], "validation": [HEADER], "test": [HEADER]}
    for number, (clip, pair) in enumerate(zip(music.data, music.parts, strict=True)):
        part = ("train", "train", "test", "validation")[number // 6]
        cells = [f"track_{number:07d}", f"artist_{number // 2:06d}", "album_000001"]
        cells += [f"{number:02d}/{number}.mp3", "11.0", *(f"genre---{genre}" for genre in pair)]
        lines[part].append("\t".join(cells))
        path = folder / "audio" / cells[3]
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip, music.sr, format="MP3")
    tables = folder / "data" / "splits" / "split-0"
    tables.mkdir(parents=True)
    for part, rows in lines.items():
        (tables / f"autotagging_genre-{part}.tsv").write_bytes("\r\n".join([*rows, ""]).encode())
    return folder


@pytest.mark.slow
def test_a_model_is_scored_on_the_test_part(jamendo, tmp_path, capsys):
    file = tmp_path / "results.json"
    [record] = tags.run(jamendo, systems=["xgb"], duration=11.0, results=file)
    assert (record["n_train"], record["n_test"], record["n_genres"]) == (12, 6, 3)
    assert 0 <= record["roc_auc"] <= 1
    assert record["chance_pr_auc"] == pytest.approx(2 / 3)
    document = json.loads(file.read_text())
    assert document["records"] == [record]
    assert document["published"]["roc_auc"] == 0.780
    printed = capsys.readouterr().out
    assert "0 artists in both parts" in printed
    assert f"| xgb | 0 | 3 | 12 | 6 | {record['roc_auc']:.3f} |" in printed


def test_models_that_are_none_are_refused(jamendo):
    with pytest.raises(ValueError, match=r"No model 'velardo-cnn' takes several.*are .*cnn.*xgb"):
        tags.run(jamendo, systems=["velardo-cnn"])
    with pytest.raises(ValueError, match="more with --clips"):
        tags.run(jamendo, systems=["xgb"], n_clips=1)


def test_the_command_takes_the_name_and_the_folder(jamendo, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(tags.run.__kwdefaults__, "results", tmp_path / "results.json")
    monkeypatch.setitem(tags.run.__kwdefaults__, "duration", 11.0)
    arguments = ["benchmarks", "study", "--data", "mtg-jamendo", str(jamendo), "--systems", "xgb"]
    monkeypatch.setattr("sys.argv", arguments)
    command.main()
    assert (tmp_path / "results.json").exists()
    for wrong, words in (
        (["study", "--data", "fma", "folder"], "takes one path, or mtg-jamendo and its folder"),
        (["choose", "--data", "mtg-jamendo", "folder"], "mtg-jamendo is for study alone"),
        (["study", "--data", "mtg-jamendo", "nowhere"], "no such folder"),
    ):
        monkeypatch.setattr("sys.argv", ["benchmarks", *wrong])
        with pytest.raises(SystemExit):
            command.main()
        assert words in capsys.readouterr().err


@pytest.fixture(scope="module")
def log_mel(tmp_path_factory):
    rng = np.random.default_rng(0)
    genre = np.array(["jazz", "rock", "soul"])[np.arange(60) % 3]
    X = rng.integers(0, 120, (60, 16, 24)).astype(np.uint8)
    for number in range(3):
        X[number::3, 5 * number : 5 * number + 5] += 120
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(path, X=X, genre=genre, group=np.arange(60) // 6)
    return path


def test_one_hot_labels_in_both_forms(log_mel, tmp_path, monkeypatch):
    monkeypatch.setitem(one_hot.run.__kwdefaults__, "results", tmp_path / "one_hot.json")
    arguments = ["benchmarks", "one-hot", "--data", str(log_mel), "--epochs", "3", "--seeds", "2"]
    monkeypatch.setattr("sys.argv", arguments)
    command.main()
    document = json.loads((tmp_path / "one_hot.json").read_text())
    assert [(fit["seed"], fit["labels"]) for fit in document["fits"]] == [
        (0, "one"),
        (0, "several"),
        (1, "one"),
        (1, "several"),
    ]
    low, high = document["interval"]
    assert low <= document["difference"] <= high
    gap = document["accuracy_several"] - document["accuracy_one"]
    assert document["difference"] == pytest.approx(gap)
    assert document["epochs"] == 3


def test_the_interval_counts_groups_not_clips():
    differences = np.repeat([0.2, -0.1, 0.1, 0.0], 5)
    low, high, mean = one_hot.interval_by_group(differences, np.repeat(np.arange(4), 5))
    # That of the four means of groups of one size.
    half = 3.1824 * np.std([0.2, -0.1, 0.1, 0.0], ddof=1) / 2
    assert mean == pytest.approx(0.05)
    assert (low, high) == pytest.approx((0.05 - half, 0.05 + half), rel=1e-4)
    with pytest.raises(ValueError, match="at least two groups"):
        one_hot.interval_by_group(differences, np.zeros(20))
