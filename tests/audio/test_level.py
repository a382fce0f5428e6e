"""Samples that no sound has are refused, and samples that look like integers give one warning."""

import io
import warnings

import numpy as np
import pytest
import soundfile

from skgenre.audio import load_audio, stream_audio
from skgenre.datasets import check_files
from skgenre.exceptions import AudioDecodeError, LevelWarning
from skgenre.features import MelSpectrogram


def waveforms(peak, n_clips=2):
    rng = np.random.default_rng(0)
    y = rng.uniform(-1, 1, (n_clips, 4000)).astype(np.float32)
    y[-1, 100] = 1.0
    return y * np.float32(peak)


def mel():
    return MelSpectrogram(sr=8000, n_mels=20, n_fft=512)


@pytest.fixture(params=["load", "stream", "memory"])
def read(request):
    return {
        "load": load_audio,
        "stream": lambda path: np.concatenate(list(stream_audio(path))),
        "memory": lambda path: load_audio(io.BytesIO(path.read_bytes())),
    }[request.param]


@pytest.mark.parametrize("peak", [1001.0, 32767.0, 1e20, 3e38])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("container", ["WAV", "AIFF", "W64", "CAF"])
def test_a_file_above_a_thousand_is_refused(write_sound, read, peak, n_channels, container):
    samples = waveforms(peak, n_channels).T
    path = write_sound("song.wav", samples, format=container, subtype="FLOAT")
    with pytest.raises(AudioDecodeError, match=r"samples reach .*divide by 32768"):
        read(path)


@pytest.mark.parametrize("peak", [10.5, 200.0, 999.0])
def test_a_file_above_ten_gives_one_warning(write_sound, read, peak):
    path = write_sound("song.wav", np.tile(waveforms(peak, 1)[0], 400), subtype="FLOAT")
    with pytest.warns(LevelWarning, match=r"looks like integers as floats: divide by 32768") as w:
        y = read(path)
    assert len(w) == 1
    assert np.abs(y).max() > 5


@pytest.mark.parametrize("peak", [1.0, 1.2, 9.9])
def test_a_file_a_little_above_one_is_read(write_sound, read, peak):
    path = write_sound("song.wav", waveforms(peak, 1)[0], subtype="FLOAT")
    assert np.isfinite(read(path)).all()


@pytest.mark.parametrize("form", [np.asarray, list])
@pytest.mark.parametrize("peak", [1001.0, 32767.0, 1e20])
def test_arrays_above_a_thousand_are_refused(form, peak):
    with pytest.raises(ValueError, match=r"MelSpectrogram got clip 1: .*divide by 32768"):
        mel().fit_transform(form(waveforms(peak)))


@pytest.mark.parametrize("form", [np.asarray, list])
def test_arrays_above_ten_give_one_warning_for_all_clips(form):
    with pytest.warns(LevelWarning, match="divide by 32768") as seen:
        mel().fit_transform(form(waveforms(200.0, 5)))
    assert len(seen) == 1


@pytest.mark.parametrize("form", [np.asarray, list])
def test_arrays_a_little_above_one_are_taken(form):
    assert np.isfinite(mel().fit_transform(form(waveforms(9.0)))).all()


def test_a_fitted_transformer_refuses_them_too():
    fitted = mel().fit(waveforms(0.5))
    with pytest.raises(ValueError, match="divide by 32768"):
        fitted.transform(waveforms(20_000.0))


def test_check_files_says_so(write_sound):
    path = write_sound("song.wav", waveforms(20_000.0, 1)[0], subtype="FLOAT")
    assert "divide by 32768" in check_files([path]).error.iloc[0]


def test_sixteen_bits_are_no_floats(write_sound):
    """Integers that soundfile writes are within 1 when they are read."""
    path = write_sound("song.wav", (waveforms(30_000.0, 1)[0]).astype(np.int16), subtype="PCM_16")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.abs(load_audio(path)).max() <= 1.1
    assert soundfile.info(path).subtype == "PCM_16"
