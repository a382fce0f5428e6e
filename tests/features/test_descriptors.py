"""Descriptors, chroma and rhythm against librosa with the same parameters."""

import librosa
import numpy as np
import pytest

from skgenre.datasets import make_genre_music
from skgenre.features import (
    HPSS,
    MFCC,
    ChromaCENS,
    ChromaCQT,
    ChromaFeatures,
    Delta,
    FeatureStack,
    FramePooling,
    MelSpectrogram,
    Segmenter,
    SpectralDescriptors,
    Tempo,
    Tempogram,
    Tonnetz,
)

SR = 22050
FRAMINGS = [{}, {"n_fft": 1024, "hop_length": 300}, {"center": False, "window": "hamming"}]


@pytest.fixture(scope="module")
def music():
    return make_genre_music(
        3, genres=["classical", "disco", "metal"], duration=6.0, random_state=0
    ).data


def expected_rows(y, name, framing):
    S = np.abs(librosa.stft(y, **framing))
    sizes = {"n_fft": 2048, "hop_length": 512, "center": True, **framing}
    in_time = {
        "frame_length": sizes["n_fft"],
        "hop_length": sizes["hop_length"],
        "center": sizes["center"],
    }
    return {
        "centroid": lambda: librosa.feature.spectral_centroid(S=S),
        "bandwidth_2": lambda: librosa.feature.spectral_bandwidth(S=S),
        "bandwidth_3": lambda: librosa.feature.spectral_bandwidth(S=S, p=3),
        "bandwidth_4": lambda: librosa.feature.spectral_bandwidth(S=S, p=4),
        "rolloff": lambda: librosa.feature.spectral_rolloff(S=S),
        "contrast": lambda: librosa.feature.spectral_contrast(S=S),
        "flatness": lambda: librosa.feature.spectral_flatness(S=S),
        "flux": lambda: librosa.onset.onset_strength(
            S=librosa.power_to_db(librosa.feature.melspectrogram(S=S**2, sr=SR)),
            n_fft=sizes["n_fft"],
            hop_length=sizes["hop_length"],
            center=sizes["center"],
        )[np.newaxis],
        "rms": lambda: librosa.feature.rms(y=y, **in_time),
        "zero_crossing_rate": lambda: librosa.feature.zero_crossing_rate(y, **in_time),
    }[name]()


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("centroid", 1e-2),
        ("bandwidth_2", 1e-2),
        ("bandwidth_3", 1e-2),
        ("bandwidth_4", 1e-2),
        ("rolloff", 1e-3),
        ("contrast", 1e-3),
        ("flatness", 1e-5),
        ("flux", 1e-4),
        ("rms", 1e-6),
        ("zero_crossing_rate", 1e-7),
    ],
)
def test_descriptors_are_librosas(music, framing, name, tolerance):
    ours = SpectralDescriptors([name], **framing).fit_transform(music)
    for y, rows in zip(music, ours, strict=True):
        expected = expected_rows(y, name, framing)
        assert rows.shape == expected.shape
        np.testing.assert_allclose(rows, expected, atol=tolerance)


def test_rows_come_in_the_order_that_was_asked_for(music):
    names = ["rms", "contrast", "flux", "centroid", "zero_crossing_rate"]
    together = SpectralDescriptors(names).fit_transform(music)
    apart = [SpectralDescriptors([name]).fit_transform(music) for name in names]
    np.testing.assert_array_equal(together, np.concatenate(apart, axis=1))


def test_parameters_of_descriptors_reach_them(music):
    S = np.abs(librosa.stft(music[0]))
    ours = SpectralDescriptors(
        ["rolloff", "contrast"], roll_percent=0.5, n_bands=4, fmin=300.0, quantile=0.1
    ).fit_transform(music[:1])[0]
    np.testing.assert_allclose(
        ours[:1], librosa.feature.spectral_rolloff(S=S, roll_percent=0.5), atol=1e-3
    )
    expected = librosa.feature.spectral_contrast(S=S, n_bands=4, fmin=300.0, quantile=0.1)
    np.testing.assert_allclose(ours[1:], expected, atol=1e-3)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"descriptors": ["brightness"]}, "different ones of centroid,.*Got .'brightness'."),
        ({"descriptors": []}, "different ones of"),
        ({"descriptors": ["rms", "rms"]}, "different ones of"),
        ({"fmin": 1000.0}, "go from fmin=1000 Hz to 64000 Hz.*Use a lower fmin or fewer n_bands"),
        ({"n_fft": 32}, "an octave band of the contrast has no frequency in it"),
    ],
)
def test_descriptors_that_can_not_be_are_refused(music, parameters, message):
    with pytest.raises(ValueError, match=message):
        SpectralDescriptors(**parameters).fit(music)


@pytest.mark.parametrize("tuning", [0.0, None])
@pytest.mark.parametrize("bins_per_octave", [12, 36])
def test_constant_q_chroma_is_librosas(music, tuning, bins_per_octave):
    parameters = {"tuning": tuning, "bins_per_octave": bins_per_octave}
    chroma = ChromaCQT(**parameters).fit_transform(music)
    cens = ChromaCENS(**parameters).fit_transform(music)
    for y, ours, smooth in zip(music, chroma, cens, strict=True):
        expected = librosa.feature.chroma_cqt(y=y, sr=SR, **parameters)
        np.testing.assert_allclose(ours, expected, atol=1e-4)
        expected = librosa.feature.chroma_cens(y=y, sr=SR, **parameters)
        np.testing.assert_allclose(smooth, expected, atol=1e-4)


def test_chroma_of_an_odd_hop_and_few_octaves_is_librosas(music):
    parameters = {"hop_length": 300, "n_octaves": 4, "bins_per_octave": 12, "fmin": 65.406}
    ours = ChromaCQT(**parameters).fit_transform(music[:1])[0]
    expected = librosa.feature.chroma_cqt(y=music[0], sr=SR, tuning=0.0, **parameters)
    np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_estimated_tuning_of_chroma_is_librosas(music):
    ours = ChromaFeatures(tuning=None).fit_transform(music)
    for y, chroma in zip(music, ours, strict=True):
        np.testing.assert_allclose(chroma, librosa.feature.chroma_stft(y=y, sr=SR), atol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bins_per_octave": 16}, "must be a multiple of n_chroma=12. Got 16"),
        ({"n_octaves": 9}, "above half the sampling rate, sr/2 = 11025 Hz. Use a higher sr"),
    ],
)
def test_pitches_that_can_not_be_are_refused(music, parameters, message):
    with pytest.raises(ValueError, match=message):
        ChromaCQT(**parameters).fit(music)


def test_tonnetz_is_librosas(music):
    ours = Tonnetz(ChromaFeatures()).fit_transform(music)
    for y, rows in zip(music, ours, strict=True):
        chroma = librosa.feature.chroma_stft(y=y, sr=SR, tuning=0.0)
        np.testing.assert_allclose(rows, librosa.feature.tonnetz(chroma=chroma), atol=1e-5)


@pytest.mark.parametrize("order", [1, 2])
def test_deltas_are_librosas(music, order):
    ours = Delta(MFCC(), order=order, width=7).fit_transform(music)
    mfcc = MFCC().fit_transform(music)
    expected = librosa.feature.delta(mfcc, order=order, width=7)
    np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_deltas_of_short_clips_go_on_with_the_outer_frames():
    y = np.random.default_rng(0).normal(size=(1, 2048)).astype(np.float32)
    assert MFCC().fit_transform(y).shape == (1, 20, 5)
    ours = Delta(MFCC(), width=9).fit_transform(y)
    expected = librosa.feature.delta(MFCC().fit_transform(y), width=9, mode="nearest")
    np.testing.assert_allclose(ours, expected, atol=1e-4)


@pytest.mark.parametrize("component", ["harmonic", "percussive"])
def test_features_of_parts_are_librosas(music, component):
    ours = HPSS(MelSpectrogram(n_mels=40), component=component).fit_transform(music)
    for y, mel in zip(music, ours, strict=True):
        part = librosa.effects.hpss(y)[0 if component == "harmonic" else 1]
        S = librosa.feature.melspectrogram(y=part, sr=SR, n_mels=40)
        # Where a part has nothing, 100 dB below the rest, its rounding is all there is.
        expected = librosa.power_to_db(S, top_db=None)
        loud = expected > expected.max() - 60
        np.testing.assert_allclose(mel[loud], expected[loud], atol=1e-2)


def test_tempogram_is_librosas(music):
    ours = Tempogram(win_length_frames=100).fit_transform(music)
    for y, rows in zip(music, ours, strict=True):
        expected = librosa.feature.tempogram(y=y, sr=SR, win_length=100)
        np.testing.assert_allclose(rows, expected, atol=1e-5)


def test_tempo_is_librosas(music):
    ours = Tempo().set_output(transform="pandas").fit_transform(music)
    assert list(ours.columns) == ["tempo"]
    expected = [librosa.feature.tempo(y=y, sr=SR)[0] for y in music]
    np.testing.assert_allclose(ours["tempo"], expected, rtol=1e-6)
    tracked = Tempo(aggregate="median").fit_transform(music)[:, 0]
    expected = [np.atleast_1d(librosa.beat.beat_track(y=y, sr=SR)[0])[0] for y in music]
    np.testing.assert_allclose(tracked, expected, rtol=1e-6)


def test_segments_of_wrapped_features(music):
    segmenter = Segmenter(
        FeatureStack([("delta", Delta(MFCC())), ("parts", HPSS(MFCC()))]), segment_duration=2.0
    )
    segments = segmenter.fit_transform(music)
    assert segments.shape == (3, 3, 40, 87)
    stack = FeatureStack([("delta", Delta(MFCC())), ("parts", HPSS(MFCC()))])
    alone = stack.fit_transform(music[:, 44100:88200])
    np.testing.assert_array_equal(segments[:, 1], alone)


def test_a_segmenter_inside_a_wrapper_is_refused(music):
    with pytest.raises(ValueError, match=r"put it inside, as in Segmenter\(Delta\(...\)\)"):
        Delta(Segmenter(MFCC())).fit(music)


def test_a_table_has_no_slope(music):
    with pytest.raises(ValueError, match=r"needs a feature map.*Tempo makes a row of 1 numbers"):
        Delta(Tempo()).fit_transform(music)


def test_maps_of_a_stack_from_one_pass_are_those_apart(music):
    members = [MFCC(), ChromaFeatures(tuning=None), SpectralDescriptors(), MelSpectrogram()]
    together = FeatureStack(members).fit_transform(music)
    apart = np.concatenate([member.fit_transform(music) for member in members], axis=1)
    np.testing.assert_array_equal(together, apart)
    pooled = FramePooling().fit_transform(together)
    assert np.isfinite(pooled).all()
