import io
import os

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

from skgenre.datasets import make_genre_music
from skgenre.model_selection import leakage_report


@pytest.fixture
def table():
    X = np.random.default_rng(0).normal(size=(8, 3))
    return X, np.repeat(["blues", "jazz"], 4)


def test_each_kind_is_named_once_with_its_clips(table):
    X, y = table
    X[4] = X[0]
    groups = ["a", "a", "b", "c", "d", "a", "e", "f"]
    report = leakage_report(
        X,
        y,
        groups=groups,
        cv=[([0, 1, 2, 3], [3, 4, 5, 6, 7])],
        near_duplicates=[0, 1, 2, 3, 0, 5, 2, 7],
    )
    found = report.frame[["kind", "name", "train", "test"]].values.tolist()
    assert found == [
        ["clip", "3", [3], [3]],
        ["duplicate", "0", [0], [4]],
        ["near-duplicate", "2", [2], [6]],
        ["group", "a", [0, 1], [5]],
    ]
    assert report.frame["genres"].tolist()[1] == ["blues", "jazz"]
    assert "labelled blues and jazz" in repr(report)
    assert not report.is_clean


def test_duplicates_are_listed_by_the_position_of_their_clips():
    rows = np.random.default_rng(0).normal(size=(6, 3))
    X = np.concatenate([rows, rows])
    split = [(range(6), range(6, 12))]
    expected = [[clip] for clip in range(6)]
    # Digests follow the last bits of floats, so another processor's come in another order.
    for scale in range(1, 6):
        report = leakage_report(X * (1 + scale * 1e-15), np.repeat(["blues", "jazz"], 6), cv=split)
        assert report.frame["train"].tolist() == expected


def test_the_summary_counts_findings_and_the_share_of_test_clips(table):
    X, y = table
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    report = leakage_report(X, y, groups=groups, cv=StratifiedKFold(4))
    assert report.summary.columns.tolist() == [
        "n_train",
        "n_test",
        "clips",
        "duplicates",
        "groups",
        "leaked",
    ]
    assert (report.summary["groups"] == 2).all()
    assert (report.summary["leaked"] == 1).all()
    assert "4 of 4 splits leak: up to 100%" in repr(report)


def test_a_split_by_group_is_clean_and_says_what_was_not_looked_for(table):
    report = leakage_report(*table, groups=np.arange(8) // 2, cv=StratifiedGroupKFold(2))
    assert report.is_clean
    assert "not for near-duplicates" in repr(report)
    assert "Nothing is in both train and test" in report._repr_html_()


def test_a_number_of_folds_keeps_groups_together_and_follows_the_seed(table):
    assert leakage_report(*table, groups=np.arange(8) // 2, cv=2, random_state=0).is_clean
    X = np.zeros((8, 3))
    first, again, other = (
        leakage_report(X, table[1], cv=2, random_state=seed).frame for seed in (0, 0, 1)
    )
    assert first.equals(again)
    assert not first.equals(other)


def test_files_of_the_same_bytes_and_of_the_same_music(tmp_path):
    music = make_genre_music(6, genres=["jazz", "metal"], duration=6.0, random_state=0, to=tmp_path)
    copy, softer = tmp_path / "copy.flac", tmp_path / "softer.flac"
    copy.write_bytes((tmp_path / "jazz" / "jazz.00000.flac").read_bytes())
    samples, sr = soundfile.read(music.paths[-1])
    soundfile.write(softer, samples / 2, sr)
    paths = [*music.paths, str(copy), str(softer)]
    y = [*music.target, "jazz", "metal"]
    split = [(range(6), [6, 7])]
    found = leakage_report(paths, y, cv=split, near_duplicates=True).frame
    assert found[["kind", "name", "test"]].values.tolist() == [
        ["duplicate", music.paths[0], [str(copy)]],
        ["near-duplicate", music.paths[-1], [str(softer)]],
    ]
    by_bytes = leakage_report(paths, y, cv=split).frame
    assert by_bytes["kind"].tolist() == ["duplicate"]


def test_waveforms_of_different_lengths_are_compared():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=size).astype(np.float32) for size in (5, 6, 7)]
    X.append(X[1].copy())
    report = leakage_report(X, list("abab"), cv=[([0, 1], [2, 3])], names=list("wxyz"))
    assert report.frame[["kind", "train", "test"]].values.tolist() == [["duplicate", ["x"], ["z"]]]


def test_clips_that_differ_in_a_sample_are_no_duplicates():
    X = np.zeros((4, 50), dtype=np.float32)
    X[1:, 49] = [1, 2, 1]
    report = leakage_report(X, list("abab"), cv=[([0, 1], [2, 3])])
    assert report.frame[["train", "test"]].values.tolist() == [[[1], [3]]]


def test_a_column_of_paths_is_read_as_paths(tmp_path):
    for number, byte in enumerate("abca"):
        (tmp_path / f"{number}.wav").write_text(byte)
    paths = [str(tmp_path / f"{number}.wav") for number in range(4)]
    split = [([0, 1], [2, 3])]
    expected = leakage_report(paths, list("abab"), cv=split).frame
    assert expected["train"].tolist() == [[paths[0]]]
    for column in (pd.DataFrame({"path": paths}), np.array(paths)[:, None]):
        assert leakage_report(column, list("abab"), cv=split).frame.equals(expected)


def test_rows_of_a_dataframe_are_compared():
    X = np.zeros((4, 3))
    X[1:, 2] = [1, 2, 1]
    report = leakage_report(pd.DataFrame(X), list("abab"), cv=[([0, 1], [2, 3])])
    assert report.frame[["train", "test"]].values.tolist() == [[[1], [3]]]


def test_open_files_and_pairs_are_compared_by_content():
    files = [io.BytesIO(content) for content in (b"a", b"b", b"c", b"b")]
    y = np.zeros(100, dtype=np.float32)
    pairs = [(y, 8000), (y, 16000), (y, 22050), (y.copy(), 16000)]
    for X in (files, pairs):
        report = leakage_report(X, list("abab"), cv=[([0, 1], [2, 3])])
        assert report.frame[["train", "test"]].values.tolist() == [[[1], [3]]]


def test_many_findings_are_cut_short_in_the_text_alone(table):
    report = leakage_report(np.zeros((20, 2)), np.arange(20) % 2, cv=[(range(20), range(20))])
    assert len(report.frame) == 20
    assert "and 10 more, see frame" in repr(report)


def test_bad_input_is_named(table):
    X, y = table
    with pytest.raises(ValueError, match="8 clips and 'groups' of length 3"):
        leakage_report(X, y, groups=[1, 2, 3])
    with pytest.raises(ValueError, match="8 clips and 2 names"):
        leakage_report(X, y, names=["a", "b"])
    with pytest.raises(ValueError, match=r"'near_duplicates' of shape \(2,\)"):
        leakage_report(X, y, near_duplicates=[1, 2])
    with pytest.raises(ValueError, match="X has no paths"):
        leakage_report(X, y, near_duplicates=True)
    with pytest.raises(ValueError, match=r"cv=5 needs at least 5 clips.*'blues' has 4"):
        leakage_report(X, y)
    with pytest.raises(ValueError, match="give y"):
        leakage_report(X, None, cv=KFold(2))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_clip_that_is_no_file_is_named(tmp_path):
    paths = [tmp_path / f"{number}.wav" for number in range(4)]
    for path in paths[:3]:
        path.write_bytes(bytes([1]))
    os.mkfifo(paths[3])
    with pytest.raises(ValueError, match=r"3\.wav: this is not a regular file"):
        leakage_report(paths, ["a", "b"] * 2, cv=2, confounds=False)
    paths[3].unlink()
    with pytest.raises(ValueError, match=r"3\.wav: there is no such file"):
        leakage_report(paths, ["a", "b"] * 2, cv=2, confounds=False)


def test_groups_may_be_names_with_bytes_that_are_not_utf_8(table):
    pytest.importorskip("pyarrow")  # its strings are UTF-8
    y = np.repeat(["jazz", "rock"], 4)
    report = leakage_report(
        np.eye(8), y, groups=["b\udce9la", "bach"] * 4, cv=KFold(2), near_duplicates=False
    )
    assert report.frame["name"].tolist().count(r"b\xe9la") == 2
    report._repr_html_().encode()
