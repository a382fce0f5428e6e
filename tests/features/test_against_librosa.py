"""Values equal librosa's, and those of a float64 reference."""

import librosa
import numpy as np
import pytest

from skgenre.features import MFCC, ChromaFeatures, MelSpectrogram
from skgenre.features._framing import framing_of
from skgenre.features._mel import mel_filters_of
from skgenre.features.kernels._mel import mel_spectrogram, to_decibels

FRAMINGS = [
    {},
    {"n_fft": 1024, "hop_length": 256, "win_length": 800, "window": "hamming"},
    {"n_fft": 1000, "hop_length": 333, "center": False},
    {"pad_mode": "reflect"},
]
MELS = [{}, {"n_mels": 40, "fmin": 50.0, "fmax": 8000.0, "htk": True}]


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("mel", MELS)
def test_mel_in_decibels(clips, framing, mel):
    parameters = {"n_mels": 64, **framing, **mel}
    ours = MelSpectrogram(**parameters).fit_transform(clips)
    for clip, features in zip(clips, ours, strict=True):
        S = librosa.feature.melspectrogram(y=clip, sr=22050, **parameters)
        np.testing.assert_allclose(features, librosa.power_to_db(S, top_db=None), atol=1e-3)


def test_mel_relative_to_each_clips_maximum(clips):
    ours = MelSpectrogram(ref="max", top_db=80.0).fit_transform(clips)
    for clip, features in zip(clips, ours, strict=True):
        S = librosa.feature.melspectrogram(y=clip, sr=22050)
        np.testing.assert_allclose(features, librosa.power_to_db(S, ref=np.max), atol=1e-3)
        assert features.max() == pytest.approx(0.0, abs=1e-4)


def test_mel_of_amplitudes_is_librosas_amplitude_to_db(clips):
    ours = MelSpectrogram(power=1.0, amin=1e-5).fit_transform(clips[:1])[0]
    S = librosa.feature.melspectrogram(y=clips[0], sr=22050, power=1.0)
    np.testing.assert_allclose(ours, librosa.amplitude_to_db(S, top_db=None), atol=1e-3)


def test_mel_scales(clips):
    power = MelSpectrogram(scale="power").fit_transform(clips)
    S = librosa.feature.melspectrogram(y=clips[0], sr=22050)
    np.testing.assert_allclose(power[0], S, rtol=1e-4, atol=1e-7)
    log = MelSpectrogram(scale="log").fit_transform(clips)
    np.testing.assert_allclose(log, np.log(np.maximum(power, 1e-10)), atol=1e-5)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("mfcc", [{}, {"n_mfcc": 13, "lifter": 22}, {"dct_type": 3}])
def test_mfcc(clips, framing, mfcc):
    ours = MFCC(**framing, **mfcc).fit_transform(clips)
    for clip, features in zip(clips, ours, strict=True):
        expected = librosa.feature.mfcc(y=clip, sr=22050, **{"n_mels": 128, **framing, **mfcc})
        np.testing.assert_allclose(features, expected, atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("tuning", [0.0, None, 0.25])
def test_chroma(clips, framing, tuning):
    ours = ChromaFeatures(tuning=tuning, **framing).fit_transform(clips)
    for clip, features in zip(clips, ours, strict=True):
        expected = librosa.feature.chroma_stft(y=clip, sr=22050, tuning=tuning, **framing)
        np.testing.assert_allclose(features, expected, atol=1e-5)


@pytest.mark.parametrize("norm", [1, 2, None])
def test_chroma_norms(clips, norm):
    ours = ChromaFeatures(norm=norm, n_chroma=24).fit_transform(clips[:1])[0]
    expected = librosa.feature.chroma_stft(y=clips[0], sr=22050, tuning=0, norm=norm, n_chroma=24)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_float32_is_close_to_float64(clips):
    mel = MelSpectrogram()
    filters = mel_filters_of(mel, norm="slaney")
    exact = mel_spectrogram(
        clips[0], filters.astype("float64"), power=2.0, dtype="float64", **framing_of(mel)
    )
    assert exact.dtype == np.float64
    np.testing.assert_allclose(mel.fit_transform(clips[:1])[0], to_decibels(exact), atol=1e-3)


def test_silence_is_finite():
    silence = np.zeros((2, 22050), dtype=np.float32)
    for transformer in (MelSpectrogram(ref="max"), MFCC(), ChromaFeatures(tuning=None)):
        assert np.isfinite(transformer.fit_transform(silence)).all()
