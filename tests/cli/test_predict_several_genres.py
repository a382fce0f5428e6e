"""skgenre predict with a model whose clips may have several genres."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.classifiers import MLPGenreClassifier
from skgenre.cli._app import app
from skgenre.datasets import genre_matrix
from skgenre.features import MelSpectrogram
from skgenre.persistence import export_onnx, save_model
from skgenre.songs import predict_song, predict_timeline

SR = 8000
GENRES = ["noise", "silence", "tone"]


def output_of(*arguments):
    """Run the command in this process, which is quicker, and return its standard output."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stdout


def make_clip(genres, seed):
    rng = np.random.default_rng(seed)
    time = np.arange(SR) / SR
    clip = 1e-4 * rng.standard_normal(SR)
    clip += 0.1 * rng.standard_normal(SR) * ("noise" in genres)
    return clip + 0.3 * np.sin(2 * np.pi * rng.uniform(300, 600) * time) * ("tone" in genres)


@pytest.fixture(scope="module")
def fitted():
    sets = [{"noise"}, {"tone"}, {"noise", "tone"}, {"silence"}] * 6
    X = np.stack([make_clip(genres, seed) for seed, genres in enumerate(sets)]).astype(np.float32)
    mel = MelSpectrogram(sr=SR, n_mels=16, n_fft=512, hop_length=256, duration=1.0)
    network = MLPGenreClassifier(
        dense=(16,), max_epochs=40, lr=0.02, dropout=0.0, random_state=0, device="cpu"
    )
    model = make_pipeline(mel, network)
    return model.fit(X, genre_matrix(sets))


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Three seconds: noise, a tone, both."""
    parts = [{"noise"}, {"tone"}, {"noise", "tone"}]
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    clips = [make_clip(genres, 100 + seed) for seed, genres in enumerate(parts)]
    soundfile.write(path, np.concatenate(clips), SR, subtype="FLOAT")
    return path


@pytest.fixture(scope="module")
def model(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.skops"
    save_model(fitted, path)
    return path


@pytest.fixture
def strict(fitted, tmp_path):
    """A model that names nothing."""
    before = fitted[-1].thresholds_
    fitted[-1].thresholds_ = np.ones(3)
    save_model(fitted, tmp_path / "strict.skops")
    fitted[-1].thresholds_ = before
    return tmp_path / "strict.skops"


def test_genres_above_their_thresholds_are_printed(fitted, model, song):
    named = predict_song(fitted, song, above_threshold=True)
    assert set(named.index) == {"noise", "tone"}  # so that the test says something
    row = output_of("predict", song, "--model", model).splitlines()[3]
    text = ", ".join(f"{genre} {value:.2f}" for genre, value in named.items())
    assert row.split("│")[2].strip() == text


def test_none_above_its_threshold_is_said(fitted, strict, song):
    genre, value = next(iter(predict_song(fitted, song).items()))
    output = output_of("predict", song, "--model", strict)
    assert f"none above its threshold; most probable: {genre} {value:.2f}" in output
    (entry,) = json.loads(output_of("predict", song, "--model", strict, "--format", "json"))
    assert entry["above_threshold"] == []


def test_top_prints_the_most_probable_genres(fitted, model, song):
    scores = predict_song(fitted, song)
    row = output_of("predict", song, "--model", model, "--top", 3).splitlines()[3]
    cells = [cell.strip() for cell in row.split("│")[2:-1]]
    assert cells == [f"{genre} {value:.2f}" for genre, value in scores.items()]


def test_top_is_for_the_song_above_a_timeline_too(fitted, model, song):
    genre, value = next(iter(predict_song(fitted, song).items()))
    lines = output_of("predict", song, "--model", model, "--timeline", "--top", 1).splitlines()
    assert lines[0].endswith(f": {genre} {value:.2f} (mean probability)")


@pytest.mark.parametrize("combine", ["mean", "majority", "longest-run"])
def test_json_has_all_genres_and_those_above(combine, fitted, model, song):
    options = ["--model", model, "--format", "json", "--combine", combine]
    (entry,) = json.loads(output_of("predict", song, *options))
    how = combine.replace("-", "_")
    scores = predict_song(fitted, song, combine=how)
    named = predict_song(fitted, song, combine=how, above_threshold=True)
    value = "probability" if combine == "mean" else "share"
    assert [part["genre"] for part in entry["genres"]] == scores.index.tolist()
    assert [part[value] for part in entry["genres"]] == pytest.approx(scores.tolist(), abs=1e-6)
    assert [part["threshold"] for part in entry["genres"]] == [0.5] * 3
    is_above = {part["genre"]: part["above_threshold"] for part in entry["genres"]}
    assert is_above == {genre: genre in named for genre in GENRES}
    assert entry["above_threshold"] == named.index.tolist()


def test_csv_has_all_genres_and_which_are_above(fitted, model, song):
    rows = list(csv.reader(output_of("predict", song, "--model", model, "--format", "csv").split()))
    assert rows[0] == ["file", "rank", "genre", "probability", "threshold", "above_threshold"]
    named = predict_song(fitted, song, above_threshold=True)
    assert [row[2] for row in rows[1:]] == predict_song(fitted, song).index.tolist()
    assert [row[2] for row in rows[1:] if row[5] == "1"] == named.index.tolist()
    assert {row[4] for row in rows[1:]} == {"0.5000"}


def test_every_clip_of_a_timeline_has_its_genres(fitted, model, song):
    timeline = predict_timeline(fitted, song)
    above = [
        {genre for genre in GENRES if row[genre] > 0.5} for _, row in timeline[GENRES].iterrows()
    ]
    assert above == [{"noise"}, {"tone"}, {"noise", "tone"}]  # so that the test says something
    options = ["--model", model, "--timeline"]
    (entry,) = json.loads(output_of("predict", song, *options, "--format", "json"))
    assert [set(part["above_threshold"]) for part in entry["timeline"]] == above
    lines = output_of("predict", song, *options, "--format", "csv").split()
    rows = list(csv.reader(lines))
    assert rows[0] == ["file", "start", "end", *GENRES, "above_threshold"]
    assert [set(row[-1].split(";")) for row in rows[1:]] == above
    head, *table = output_of("predict", song, *options).splitlines()
    assert head.endswith("(mean probability)")
    cells = [line.split("│")[3] for line in table if line.startswith("│")]
    assert [{part.split()[0] for part in cell.split(",")} for cell in cells] == above


def test_an_onnx_file_gives_the_same(fitted, model, song, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    path = tmp_path / "model.onnx"
    export_onnx(fitted, path)
    for options in ([], ["--timeline"], ["--top", "2"], ["--timeline", "--format", "csv"]):
        outputs = [output_of("predict", song, "--model", file, *options) for file in (model, path)]
        assert outputs[0] == outputs[1]
    code = (
        "import sys; from skgenre.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'torch', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "predict", str(song), "--model", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
    assert "noise" in result.stdout


@pytest.mark.parametrize("thresholds", [[0.5], [0.5, 0.5, 2.0], [0.5, 0.5, None], "half"])
def test_damaged_thresholds_of_an_onnx_file_are_refused(thresholds, fitted, song, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    path = tmp_path / "model.onnx"
    export_onnx(fitted, path)
    content = onnx.load(path)
    for entry in content.metadata_props:
        if entry.key == "thresholds":
            entry.value = json.dumps(thresholds)
    onnx.save(content, path)
    result = CliRunner().invoke(app, ["predict", str(song), "--model", str(path)])
    assert result.exit_code != 0
    assert "'thresholds'" in str(result.exception) + result.output
