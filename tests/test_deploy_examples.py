"""The programs of examples/deploy, run as they stand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import MLPGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling
from skgenre.persistence import export_onnx, save_model

from .other_processes import run_code

PROGRAMS = Path(__file__).parents[1] / "examples" / "deploy"
SHOWN = Path(__file__).parents[1] / "docs" / "listings" / "endpoint.txt"
GENRES = ["classical", "jazz", "metal"]

pytestmark = pytest.mark.skipif(not PROGRAMS.is_dir(), reason="examples are not here")


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    return folder, make_genre_music(
        24, genres=GENRES, duration=3.0, sr=16000, random_state=0, to=folder
    )


@pytest.fixture(scope="module")
def model(music):
    model = make_pipeline(
        MFCC(duration=3.0),
        FramePooling(),
        MLPGenreClassifier(dense=(8,), max_epochs=5, random_state=0),
    )
    return model.fit(music[1].paths, music[1].target)


@pytest.fixture(scope="module")
def model_file(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.skops"
    save_model(model, path)
    return path


def run_in_fork(program, *arguments):
    return run_code((PROGRAMS / program).read_text(), *arguments)


def run(program, *arguments, **options):
    command = [sys.executable, PROGRAMS / program, *map(str, arguments)]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=300, **options
    ).stdout


def rank(model, path):
    probabilities = model.predict_proba([path])[0]
    order = probabilities.argsort()[::-1][:5]
    return [f"{model.classes_[n]:>12} {probabilities[n]:.2f}" for n in order]


def test_one_file(model, model_file, music):
    path = music[1].paths[0]
    assert run_in_fork("one_file.py", model_file, path).splitlines() == rank(model, path)


def test_a_folder_becomes_a_csv_and_a_bad_file_loses_no_other(model, model_file, music, tmp_path):
    folder, bunch = music
    bad = folder / "jazz" / "bad.wav"
    bad.write_text("no music")
    try:
        run_in_fork("folder_to_csv.py", model_file, folder, tmp_path / "genres.csv")
    finally:
        bad.unlink()
    table = pd.read_csv(tmp_path / "genres.csv").set_index("file")
    assert sorted(table.index) == sorted([*bunch.paths, str(bad)])
    good = table.loc[bunch.paths]
    expected = model.predict_proba(bunch.paths)
    np.testing.assert_allclose(good[model.classes_], expected, atol=1e-6)
    assert (good["genre"] == model.classes_[expected.argmax(axis=1)]).all()
    assert good["error"].isna().all()
    assert table.loc[str(bad)].drop("error").isna().all()
    assert "bad.wav" in table.loc[str(bad), "error"]


def test_a_fastapi_endpoint(model, model_file, music, monkeypatch):
    pytest.importorskip("fastapi")
    import runpy

    from fastapi.testclient import TestClient

    monkeypatch.setenv("MODEL", str(model_file))
    program = runpy.run_path(str(PROGRAMS / "fastapi_endpoint.py"))
    client = TestClient(program["app"])
    path = music[1].paths[1]
    answer = client.post("/genre", files={"file": ("../song.flac", Path(path).read_bytes())})
    assert answer.status_code == 200
    expected = dict(zip(GENRES, model.predict_proba([path])[0], strict=True))
    assert answer.json() == pytest.approx(expected, abs=1e-6)

    # The page shows what was answered by another model of the same genres.
    shown = [json.loads(line) for line in SHOWN.read_text().splitlines() if line.startswith("{")]
    assert shown[0].keys() == answer.json().keys()
    assert list(shown[0].values()) == sorted(shown[0].values(), reverse=True)
    answer = client.post("/genre", files={"file": ("song.wav", b"no music")})
    assert answer.status_code == 422
    assert answer.json() == shown[1]

    answer = client.post("/genre", files={"file": ("song.wav", bytes(program["MAX_BYTES"] + 1))})
    assert answer.status_code == 413


def test_onnxruntime_without_skgenre(model, music, tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    export_onnx(model, tmp_path / "model.onnx")
    (tmp_path / "skgenre.py").write_text("raise AssertionError('skgenre was imported')")
    path = music[1].paths[2]
    printed = run(
        "without_skgenre.py",
        tmp_path / "model.onnx",
        path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert printed.splitlines() == rank(model, path)


@pytest.mark.slow
def test_a_dask_cluster(music, tmp_path):
    pytest.importorskip("distributed")
    folder, bunch = music
    printed = run("dask_cluster.py", folder, tmp_path / "cache").splitlines()
    n_clips = len(bunch.paths)
    # Each clip is computed once, then read as often as the four folds use it.
    assert printed[0] == "extracted by 2 processes"
    assert printed[1] == f"{n_clips} clips computed, {4 * n_clips} read from the cache"
    pipeline = make_pipeline(
        MFCC(duration=3.0),
        FramePooling(),
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=1000),
    )
    alone = cross_val_score(
        pipeline, sorted(bunch.paths), [Path(p).parent.name for p in sorted(bunch.paths)], cv=4
    )
    scores = [float(score) for score in printed[2].removeprefix("scores: ").split()]
    assert scores == alone.tolist()
