"""Commands on sound files and tables at URLs."""

import csv
import io
import json
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.cli import main
from skgenre.features import MFCC, FramePooling
from skgenre.persistence import load_model, save_model
from skgenre.songs import predict_song

from ..other_processes import run_command as run
from ..remote_store import HttpServer, closing

SR = 8000


def make_sounds(kinds):
    rng = np.random.default_rng(0)
    time = np.arange(SR) / SR
    return np.stack(
        [
            0.1 * rng.standard_normal(SR)
            if kind == "noise"
            else 0.3 * np.sin(2 * np.pi * rng.uniform(300, 600) * time)
            for kind in kinds
        ]
    ).astype(np.float32)


@pytest.fixture
def command(monkeypatch, capfd):
    """Run the command in this process, which is quicker, and return its result."""

    def run(*arguments, cwd=None):
        monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
        monkeypatch.setattr(sys, "argv", ["skgenre", *map(str, arguments)])
        if cwd is not None:
            monkeypatch.chdir(cwd)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return subprocess.CompletedProcess(arguments, ended.value.code, *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    kinds = ["noise", "tone"] * 6
    mfcc = MFCC(sr=SR, n_mfcc=8, n_mels=32, n_fft=512, hop_length=256, duration=1.0)
    fitted = make_pipeline(mfcc, FramePooling(), LogisticRegression(max_iter=1000))
    path = tmp_path_factory.mktemp("model") / "model.skops"
    save_model(fitted.fit(make_sounds(kinds), kinds), path)
    return path


@pytest.fixture
def songs(s3_store, tmp_path):
    """Objects of two genres, and a table of them by their URLs."""
    kinds = ["noise", "tone"] * 4
    lines = ["path,genre"]
    for number, (kind, y) in enumerate(zip(kinds, make_sounds(kinds), strict=True)):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, y, SR)
        lines.append(f"{s3_store.put(path.name, path)},{kind}")
    s3_store.put("tracks.csv", "\n".join(lines).encode())
    s3_store.requests.clear()
    return kinds


def test_predict(s3_store, songs, model, tmp_path, command):
    urls = ["s3://music/0.wav", "s3://music/1.wav"]
    result = run("predict", *urls, "--model", model, "--format", "json")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert [song["file"] for song in found] == urls
    assert [song["genres"][0]["genre"] for song in found] == songs[:2]
    assert len(s3_store.requests) == 2 * len(urls)
    local = command("predict", tmp_path / "0.wav", "--model", model, "--format", "json")
    assert json.loads(local.stdout)[0]["genres"] == found[0]["genres"]
    loaded = load_model(model)
    pd.testing.assert_series_equal(
        predict_song(loaded, urls[0]), predict_song(loaded, tmp_path / "0.wav")
    )
    table = command("predict", "s3://music/tracks.csv", "--model", model, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert len({row["file"] for row in rows}) == 8


def test_secrets_are_neither_printed_nor_written(songs, model, tmp_path, command):
    with closing(HttpServer(tmp_path)) as server:
        secret = server.url.replace("://", "://me:PASSWORD@")
        urls = [f"{secret}/{name}.wav?sig=SIGNATURE" for name in ("0", "none")]
        result = command("predict", *urls, "--model", model, "--skip-bad-files", "--format", "csv")
        assert f"{server.url}/0.wav" in result.stdout
        assert f"{server.url}/none.wav: there is no such file" in result.stderr
        out = tmp_path / "features.csv"
        written = command("features", urls[0], "--kind", "bahuleyan", "--out", out)
        assert written.returncode == 0, written.stderr
    assert f"{server.url}/0.wav" in out.read_text()
    texts = (result.stdout, result.stderr, written.stdout, written.stderr, out.read_text())
    assert not any("PASSWORD" in text or "SIGNATURE" in text for text in texts)


def test_bad_objects(s3_store, songs, model, command):
    s3_store.put("0.wav", b"<html>404</html>")
    urls = ["s3://music/0.wav", "s3://music/1.wav", "s3://music/none.wav"]
    result = command("predict", *urls, "--model", model)
    assert result.returncode == 1
    assert "s3://music/none.wav: there is no such file" in result.stderr
    compared = command("compare", "s3://music/tracks.csv", "--models", "svm-mfcc", "--cv", "2")
    assert compared.returncode == 1
    assert "s3://music/0.wav: the file has no audio" in compared.stderr
    assert "on the command line --skip-bad-files" in compared.stderr
    result = command("predict", *urls, "--model", model, "--skip-bad-files", "--format", "csv")
    assert result.returncode == 0, result.stderr
    assert "Left out 2 of 3 files" in result.stderr
    assert "no audio" in result.stderr
    assert "s3://music/1.wav" in result.stdout


def test_features_fit_and_check_of_a_table(songs, tmp_path, command):
    table = "s3://music/tracks.csv"
    out = tmp_path / "mfcc.npz"
    result = command("features", table, "--kind", "mfcc", "--out", out)
    assert result.returncode == 0, result.stderr
    with np.load(out) as arrays:
        assert arrays["paths"].tolist() == [f"s3://music/{number}.wav" for number in range(8)]
        assert arrays["genres"].tolist() == songs
    result = command("fit", table, "--model", "fast", "--save", tmp_path / "fast.skops")
    assert result.returncode == 0, result.stderr
    result = command("check", table)
    assert "8 sound files in s3://music/tracks.csv" in result.stderr + result.stdout


def test_bad_objects_of_a_table_are_left_out(s3_store, songs, tmp_path, command):
    s3_store.put("0.wav", b"<html>404</html>")
    s3_store.delete("3.wav")
    out = tmp_path / "mfcc.npz"
    arguments = ("features", "s3://music/tracks.csv", "--kind", "mfcc", "--out", out)
    result = command(*arguments)
    assert result.returncode == 1
    assert "s3://music/3.wav: row 4: there is no such file" in result.stderr
    result = command(*arguments, "--skip-bad-files")
    assert result.returncode == 0, result.stderr
    assert "Left out 2 of 8 files" in result.stderr
    left_out = pd.read_csv(tmp_path / "mfcc.left_out.csv")
    assert left_out["file"].tolist() == ["s3://music/3.wav", "s3://music/0.wav"]
    with np.load(out) as arrays:
        assert len(arrays["paths"]) == 6


def test_compare_a_table(songs, tmp_path, command):
    predictions = tmp_path / "predictions.csv"
    arguments = ("--models", "fast", "--cv", "2", "--predictions", predictions)
    result = command("compare", "s3://music/tracks.csv", *arguments)
    assert result.returncode == 0, result.stderr
    assert "8 files of tracks.csv, 2 genres" in result.stderr
    rows = list(csv.DictReader(predictions.open()))
    assert {row["file"] for row in rows} == {f"s3://music/{number}.wav" for number in range(8)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "s3://music/rock"], "a folder at a URL is not searched"),
        (["fit", "s3://music", "--save", "m.skops"], "a folder at a URL is not searched"),
        (["features", "nope://a.wav", "--out", "a.npz"], "no protocol nope://"),
        (["features", "gs://a/b.wav", "--out", "a.npz"], "pip install gcsfs"),
        (["features", "s3:/music/b.wav", "--out", "a.npz"], "'s3://music/b.wav'"),
        (["compare", "s3://music/none.csv"], "s3://music/none.csv: there is no such file"),
        (["check", "none"], "none"),
    ],
)
def test_what_can_not_be_read_is_said_in_a_line(s3_store, tmp_path, arguments, words, command):
    result = command(*arguments, cwd=tmp_path)
    assert result.returncode in (1, 2)
    assert words in result.stderr
    assert "Traceback" not in result.stderr
