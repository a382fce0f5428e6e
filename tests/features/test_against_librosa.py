"""Values equal librosa's, and those of a float64 reference."""

import librosa
import numpy as np
import pytest

from skgenre.features import MFCC, ChromaFeatures, MelSpectrogram
from skgenre.features._mel import mel_filters_of
from skgenre.features.kernels._chroma import scale_frames
from skgenre.features.kernels._mel import cepstrum, to_decibels
from skgenre.features.kernels._spectrum import BLOCK

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
@pytest.mark.parametrize(
    "mfcc",
    [
        {},
        {"n_mfcc": 13, "lifter": 22},
        {"dct_type": 3},
        {"n_mels": 40, "fmin": 50.0, "fmax": 8000.0, "htk": True, "power": 1.0},
    ],
)
def test_mfcc(clips, framing, mfcc):
    ours = MFCC(**framing, **mfcc).fit_transform(clips)
    for clip, features in zip(clips, ours, strict=True):
        expected = librosa.feature.mfcc(y=clip, sr=22050, **{"n_mels": 128, **framing, **mfcc})
        np.testing.assert_allclose(features, expected, atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("top_db", [80.0, 30.0, None])
def test_mfcc_of_a_clip_that_fades_away(top_db):
    fade = np.geomspace(0.5, 1e-6, 44100) * np.random.default_rng(0).uniform(-1, 1, 44100)
    clip = fade.astype(np.float32)
    S = librosa.feature.melspectrogram(y=clip, sr=22050)
    expected = librosa.feature.mfcc(S=librosa.power_to_db(S, top_db=top_db))
    ours = MFCC(top_db=top_db).fit_transform([clip])[0]
    np.testing.assert_allclose(ours, expected, atol=1e-3)


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


def power_in_double_precision(y):
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(y.astype(float), 1024), 2048)[::512]
    return np.abs(np.fft.rfft(frames * librosa.filters.get_window("hann", 2048))).T ** 2


def test_float32_is_close_to_float64(clips):
    mel, mfcc, chroma = MelSpectrogram(), MFCC(), ChromaFeatures()
    power = power_in_double_precision(clips[0])
    exact = mel_filters_of(mel, norm="slaney").astype(float) @ power
    np.testing.assert_allclose(mel.fit_transform(clips[:1])[0], to_decibels(exact), atol=1e-3)

    decibels = to_decibels(exact, top_db=80.0)
    expected = cepstrum(decibels, n_mfcc=20, dct_type=2, norm="ortho", lifter=0)
    np.testing.assert_allclose(mfcc.fit_transform(clips[:1])[0], expected, atol=1e-3)

    filters = librosa.filters.chroma(sr=22050, n_fft=2048, tuning=0.0, dtype=float)
    expected = scale_frames(filters @ power, np.inf)
    np.testing.assert_allclose(chroma.fit_transform(clips[:1])[0], expected, atol=1e-5)


@pytest.mark.parametrize("n_frames", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1])
def test_blocks_join_without_a_seam(n_frames, tones):
    clip = tones(1, 3.0)[0][: 256 + 128 * (n_frames - 1)]
    S = np.abs(librosa.stft(clip, n_fft=256, hop_length=128, center=False)) ** 2
    framing = {"n_fft": 256, "hop_length": 128, "center": False}
    mel = MelSpectrogram(n_mels=16, scale="power", **framing)
    chroma = ChromaFeatures(norm=None, **framing)
    for transformer, expected in (
        (mel, librosa.feature.melspectrogram(S=S, sr=22050, n_mels=16)),
        (chroma, librosa.feature.chroma_stft(S=S, sr=22050, tuning=0, norm=None)),
    ):
        ours = transformer.fit_transform([clip])[0]
        assert ours.shape[1] == n_frames
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-6)


def test_silence_is_finite():
    silence = np.zeros((2, 22050), dtype=np.float32)
    for transformer in (MelSpectrogram(ref="max"), MFCC(), ChromaFeatures(tuning=None)):
        assert np.isfinite(transformer.fit_transform(silence)).all()


@pytest.fixture(scope="module")
def loud_bass_and_quiet_treble():
    """A clip whose highest bands are about 130 dB below its loudest."""
    rng = np.random.default_rng(0)
    t = np.arange(3 * 22050) / 22050
    bass = sum(np.sin(2 * np.pi * f * t) for f in (80, 120, 310)) / 4
    return (bass + 2e-7 * rng.normal(size=len(t))).astype(np.float32)


def test_single_precision_differs_in_bands_far_below_the_loudest(loud_bass_and_quiet_treble):
    clip = loud_bass_and_quiet_treble
    S = librosa.feature.melspectrogram(y=clip, sr=22050)
    expected = librosa.power_to_db(S, top_db=None, amin=1e-16)
    difference = {
        precision: np.abs(
            MelSpectrogram(precision=precision, amin=1e-16).fit_transform([clip])[0] - expected
        )
        for precision in ("double", "single")
    }
    assert difference["double"].max() < 1e-3
    assert difference["single"].max() > 1e-3
    is_near = expected > expected.max() - 100
    assert difference["single"][is_near].max() < 0.1


@pytest.mark.parametrize("framing", FRAMINGS)
def test_single_precision_agrees_on_music(framing, clips):
    for clip in clips:
        S = librosa.feature.melspectrogram(y=clip, sr=22050, n_mels=64, **framing)
        mel = MelSpectrogram(n_mels=64, precision="single", **framing).fit_transform([clip])[0]
        difference = np.abs(mel - librosa.power_to_db(S, top_db=None))
        assert difference.max() < 0.1
        assert np.quantile(difference, 0.999) < 0.005

        mfcc = MFCC(precision="single", **framing).fit_transform([clip])[0]
        expected = librosa.feature.mfcc(y=clip, sr=22050, **framing)
        np.testing.assert_allclose(mfcc, expected, atol=0.1)

        chroma = ChromaFeatures(precision="single", **framing).fit_transform([clip])[0]
        expected = librosa.feature.chroma_stft(y=clip, sr=22050, tuning=0, **framing)
        np.testing.assert_allclose(chroma, expected, atol=1e-4)
