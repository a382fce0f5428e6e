"""Songs with next to nothing to hear are predicted, with a warning that says so."""

import io
import json
import pickle
import warnings

import numpy as np
import pytest
import soundfile

from skgenre.exceptions import LevelWarning, ShortSignalWarning, SilentSignalWarning
from skgenre.songs import predict_song, predict_timeline

from ..other_processes import run_command
from .conftest import SR, make_sounds


def write(path, y, **options):
    soundfile.write(path, y, SR, **options)
    return path


@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("predict", [predict_song, predict_timeline])
def test_silence(voting, tmp_path, extension, predict):
    path = write(tmp_path / f"song.{extension}", np.zeros(2 * SR))
    with pytest.warns(SilentSignalWarning, match="digital silence") as seen:
        predicted = predict(voting, path)
    assert len(seen) == 1
    assert str(seen[0].message).startswith(f"{path}: ")
    assert np.isfinite(predicted.to_numpy(dtype=float)).all()


@pytest.mark.parametrize("n_samples", [1, 2, 100])
@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_a_few_samples(pooled, tmp_path, n_samples, extension):
    path = write(tmp_path / f"song.{extension}", np.full(n_samples, 0.5))
    with pytest.warns(ShortSignalWarning, match=f"has {n_samples} sample") as seen:
        song = predict_song(pooled, path)
    assert len(seen) == 1
    assert song.sum() == pytest.approx(1.0)


def test_one_sample_of_silence_is_both(pooled, tmp_path):
    path = write(tmp_path / "song.wav", np.zeros(1))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        predict_song(pooled, path)
    assert {warning.category for warning in seen} == {ShortSignalWarning, SilentSignalWarning}


@pytest.mark.parametrize("level", [1e-4, 1.0])
def test_faint_songs_are_songs(pooled, tmp_path, level):
    path = write(tmp_path / "song.wav", level * make_sounds(["tone"])[0], subtype="FLOAT")
    assert predict_song(pooled, path).sum() == pytest.approx(1.0)


def test_a_song_of_integers_gives_one_warning(pooled, tmp_path):
    """Of the file; not one more for each batch of its clips."""
    y = 500 * make_sounds(["tone", "noise"] * 40).ravel()
    path = write(tmp_path / "song.wav", y, subtype="FLOAT")
    with pytest.warns(LevelWarning) as seen:
        predict_song(pooled, path)
    assert len(seen) == 1
    assert str(seen[0].message).startswith(f"{path}: ")


def test_an_open_file(pooled, write_song):
    path = write_song("song.wav", ["tone", "noise"])
    expected = predict_song(pooled, path)
    assert predict_song(pooled, io.BytesIO(path.read_bytes())).equals(expected)
    silence = io.BytesIO()
    soundfile.write(silence, np.zeros(SR), SR, format="WAV")
    with pytest.warns(SilentSignalWarning, match="The song: "):
        predict_song(pooled, silence)


@pytest.mark.parametrize(
    ("output", "timeline"),
    [("table", False), ("json", True), pytest.param("csv", False, marks=pytest.mark.slow)],
)
def test_every_output_form_of_the_command_warns(pooled, tmp_path, output, timeline):
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(pooled))
    good = write(tmp_path / "good.wav", make_sounds(["tone"])[0])
    silent = write(tmp_path / "silent.wav", np.zeros(2 * SR))
    click = write(tmp_path / "click.wav", np.full(1, 0.5))
    cut = write(tmp_path / "cut.sds", make_sounds(["tone"])[0], subtype="PCM_16")
    cut.write_bytes(cut.read_bytes()[:-70])
    done = run_command(
        *("predict", good, silent, click, cut, "--model", tmp_path / "model.pkl"),
        *("--format", output, *["--timeline"] * timeline),
    )
    lines = done.stderr.splitlines()
    of_songs = [line for line in lines if line.startswith("Warning: ")]
    assert len(of_songs) == 2
    assert f"Warning: {silent}: the song is digital silence" in of_songs[0]
    assert f"Warning: {click}: the song has 1 sample" in of_songs[1]
    assert all(line.startswith(("Warning: ", "Error: ")) for line in lines)
    for path in (good, silent, click):
        assert str(path) in done.stdout
    if output == "json":
        assert [song["file"] for song in json.loads(done.stdout)][:3] == [
            *map(str, (good, silent, click))
        ]
