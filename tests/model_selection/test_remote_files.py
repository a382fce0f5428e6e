"""Comparisons of models on files at URLs."""

import numpy as np
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from skgenre.features import MFCC, FramePooling
from skgenre.model_selection import compare, leakage_report

from ..remote_store import forget_connections


@pytest.fixture
def songs(s3_store, tmp_path):
    """Eight objects of two genres; one is missing, one cut off, one no sound."""
    rng = np.random.default_rng(0)
    urls = []
    for number in range(8):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, rng.uniform(-0.5, 0.5, 4000), 8000)
        content = path.read_bytes()
        content = {1: content[:3000], 6: b"<html>404</html>"}.get(number, content)
        urls.append(s3_store.put(f"{number}.wav", content))
    s3_store.delete("3.wav")
    return urls, np.repeat(["jazz", "rock"], 4)


def run(X, y, **arguments):
    model = make_pipeline(MFCC(sr=8000), FramePooling(), DummyClassifier(strategy="prior"))
    return compare({"prior": model}, X, y, cv=2, random_state=0, **arguments)


def test_bad_objects_are_named_or_left_out(songs):
    X, y = songs
    with pytest.raises(ValueError, match="3 of 8 files can't be read") as raised:
        run(X, y)
    for number, words in ((1, "cut off"), (3, "there is no such file"), (6, "no audio")):
        (line,) = (text for text in str(raised.value).splitlines() if f"{number}.wav" in text)
        assert f"s3://music/{number}.wav: " in line
        assert words in line

    result = run(X, y, on_bad_files="drop")
    assert sorted(result.protocol["left_out"]) == [f"s3://music/{n}.wav" for n in (1, 3, 6)]
    assert sorted(set(result.predictions["file"])) == [X[n] for n in (0, 2, 4, 5, 7)]


def test_a_finished_fold_is_of_these_versions_of_the_objects(songs, tmp_path, s3_store):
    X, y = songs
    X, y = [X[n] for n in (0, 2, 4, 5)], y[[0, 2, 4, 5]]

    def count_results():
        run(X, y, memory=tmp_path)
        return len(list(tmp_path.glob("skgenre-comparison/**/*.json")))

    assert count_results() == count_results() == 2
    s3_store.put("0.wav", s3_store.get("7.wav"))
    assert count_results() == 4


def test_wrong_credentials_are_named_when_nothing_is_left(songs, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    forget_connections()
    with pytest.raises(ValueError, match=r"no file of 'jazz', 'rock' can be read \(.*refused"):
        run(*songs, on_bad_files="drop")


def test_copies_are_found(songs, s3_store):
    X, y = songs
    s3_store.put("3.wav", s3_store.get("4.wav"))
    X, y = [X[n] for n in (0, 2, 3, 4, 5, 7)], y[[0, 2, 3, 4, 5, 7]]
    report = leakage_report(X, y, cv=[(np.arange(3), np.arange(3, 6))], confounds=False)
    assert [(row.train, row.test) for row in report.frame.itertuples()] == [([X[2]], [X[3]])]
