"""Over a seeded random grid of parameters, each feature equals librosa's or both refuse it.

A docstring that says "with the same parameters it equals librosa's" is tested here: odd frame
lengths, hops longer than a frame, any sampling rate, any lowest pitch, 12 to 36 pitch classes.
"""

import warnings

import librosa
import numpy as np
import pytest

from skgenre.features import (
    MFCC,
    ChromaCENS,
    ChromaCQT,
    ChromaFeatures,
    Delta,
    MelSpectrogram,
    SpectralDescriptors,
    Tempo,
    Tempogram,
    Tonnetz,
)

from .conftest import make_tones

N_FAST, N_SLOW = 4, 60


def draw_framing(rng):
    n_fft = int(rng.integers(256, 4097))
    framing = {
        "sr": int(rng.choice([8000, 11025, 16000, 22050, 44100, 48000, 96000, 0])),
        "n_fft": n_fft,
        "hop_length": int(rng.integers(64, 2 * n_fft)),
        "window": str(rng.choice(["hann", "hamming", "blackman"])),
        "center": bool(rng.random() < 0.8),
        "pad_mode": str(rng.choice(["constant", "edge", "reflect"])),
    }
    if framing["sr"] == 0:
        framing["sr"] = int(rng.integers(8000, 96001))
    if rng.random() < 0.3:
        framing["win_length"] = int(rng.integers(n_fft // 2, n_fft * 9 // 8))
    return framing


def draw_mel(rng):
    framing = draw_framing(rng)
    fmax = float(rng.uniform(2000, framing["sr"] / 2))
    return {
        **framing,
        # As many bands as the spectrum can tell apart, or about so.
        "n_mels": int(rng.integers(4, 4 + framing["n_fft"] // 24)),
        "fmin": float(rng.uniform(0, 500)),
        "fmax": fmax if rng.random() < 0.5 else None,
        "htk": bool(rng.random() < 0.5),
    }


def draw_mfcc(rng):
    mel = draw_mel(rng)
    return {
        **mel,
        "n_mfcc": int(rng.integers(2, mel["n_mels"] + 1)),
        "dct_type": int(rng.choice([2, 3])),
        "lifter": int(rng.choice([0, 22])),
    }


def draw_chroma(rng):
    return {
        **draw_framing(rng),
        "n_chroma": int(rng.choice([12, 24, 36])),
        "tuning": float(rng.uniform(-0.5, 0.5)),
        "norm": rng.choice([1, 2, np.inf]).item(),
    }


def draw_constant_q(rng):
    n_chroma = int(rng.choice([12, 24, 36]))
    return {
        "sr": int(rng.choice([8000, 16000, 22050, 44100, 48000, 96000, rng.integers(8000, 96001)])),
        "hop_length": int(rng.choice([256, 512, 1024, rng.integers(100, 2049)])),
        "n_chroma": n_chroma,
        # More pitches than 72 an octave take filters of many seconds.
        "bins_per_octave": n_chroma * int(rng.integers(1, 72 // n_chroma + 1)),
        "fmin": float(
            rng.choice([27.5, 440.0 * 2 ** (rng.integers(-48, -20) / 12), rng.uniform(20, 150)])
        ),
        "n_octaves": int(rng.integers(2, 8)),
        "tuning": float(rng.uniform(-0.5, 0.5)),
    }


def draw_descriptors(rng):
    return {
        **draw_framing(rng),
        "n_bands": int(rng.integers(3, 7)),
        "fmin": float(rng.uniform(100, 400)),
        "quantile": float(rng.uniform(0.01, 0.2)),
        "roll_percent": float(rng.uniform(0.1, 0.95)),
    }


def draw_tempogram(rng):
    framing = draw_framing(rng)
    # 128 mel bands need a fine spectrum.
    framing["n_fft"] = int(rng.integers(2048, 6000))
    framing["hop_length"] = int(rng.integers(128, 1024))
    framing.pop("win_length", None)
    return {**framing, "win_length_frames": int(rng.integers(8, 200))}


def draw_tempo(rng):
    return {"sr": int(rng.choice([16000, 22050, 32000, rng.integers(11025, 44101)]))}


def draw_delta(rng):
    return {"width": 2 * int(rng.integers(1, 8)) + 1, "order": int(rng.integers(1, 3))}


SR_OF_DELTA = 22050


def make_delta(**parameters):
    return Delta(MFCC(), **parameters)


def librosa_mel(y, *, power=2.0, **parameters):
    return librosa.feature.melspectrogram(y=y, power=power, **parameters)


def librosa_descriptors(y, *, sr, n_bands, fmin, quantile, roll_percent, **framing):
    in_time = {
        "frame_length": framing["n_fft"],
        "hop_length": framing["hop_length"],
        "center": framing["center"],
    }
    settings = {"y": y, "sr": sr, **framing}
    contrast = {"n_bands": n_bands, "fmin": fmin, "quantile": quantile}
    return [
        librosa.feature.spectral_centroid(**settings),
        librosa.feature.spectral_bandwidth(**settings),
        librosa.feature.spectral_bandwidth(**settings, p=3),
        librosa.feature.spectral_rolloff(**settings, roll_percent=roll_percent),
        librosa.feature.spectral_contrast(**settings, **contrast),
        librosa.feature.spectral_flatness(y=y, **framing),
        librosa.feature.rms(y=y, **in_time, pad_mode=framing["pad_mode"]),
        librosa.feature.zero_crossing_rate(y, **in_time),
    ]


DESCRIPTORS = (
    "centroid",
    "bandwidth_2",
    "bandwidth_3",
    "rolloff",
    "contrast",
    "flatness",
    "rms",
    "zero_crossing_rate",
)


def librosa_tempogram(y, *, sr, win_length_frames, **framing):
    S = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, **framing))
    onsets = librosa.onset.onset_strength(
        S=S,
        sr=sr,
        n_fft=framing["n_fft"],
        hop_length=framing["hop_length"],
        center=framing["center"],
    )
    return librosa.feature.tempogram(onset_envelope=onsets, sr=sr, win_length=win_length_frames)


def assert_near(ours, expected, tolerance, n_outliers=0.0):
    """Compare relative to the scale of the values; a share of them may be off."""
    assert ours.shape == expected.shape
    assert np.isfinite(ours).all()
    off = np.abs(ours - expected) > tolerance * max(1.0, np.abs(expected).max())
    assert off.mean() <= n_outliers, f"{off.mean():.1%} off, {np.abs(ours - expected).max():.3g}"


def compare_mel(y, **parameters):
    expected = librosa.power_to_db(librosa_mel(y, **parameters), top_db=None)
    assert_near(MelSpectrogram(**parameters).fit_transform([y])[0], expected, 1e-4)


def compare_mfcc(y, **parameters):
    expected = librosa.feature.mfcc(y=y, **parameters)
    assert_near(MFCC(**parameters).fit_transform([y])[0], expected, 1e-4)


def compare_chroma(y, **parameters):
    expected = librosa.feature.chroma_stft(y=y, **parameters)
    assert_near(ChromaFeatures(**parameters).fit_transform([y])[0], expected, 1e-4)


def compare_chroma_cqt(y, **parameters):
    expected = librosa.feature.chroma_cqt(y=y, **parameters)
    assert_near(ChromaCQT(**parameters).fit_transform([y])[0], expected, 1e-3)


def compare_chroma_cens(y, **parameters):
    expected = librosa.feature.chroma_cens(y=y, **parameters)
    # A share that lies on the edge between two of its four steps may fall to either side.
    assert_near(ChromaCENS(**parameters).fit_transform([y])[0], expected, 3e-2)


def compare_tonnetz(y, **parameters):
    sr = parameters["sr"]
    expected = librosa.feature.tonnetz(chroma=librosa.feature.chroma_cqt(y=y, **parameters), sr=sr)
    assert_near(Tonnetz(ChromaCQT(**parameters), sr=sr).fit_transform([y])[0], expected, 1e-3)


def compare_descriptors(y, **parameters):
    expected = librosa_descriptors(y, **parameters)
    ours = SpectralDescriptors(DESCRIPTORS, **parameters).fit_transform([y])[0]
    start = 0
    for name, rows in zip(DESCRIPTORS, expected, strict=True):
        part = ours[start : start + len(rows)]
        start += len(rows)
        # The rolloff is one frequency of the spectrum or the next where both are as near.
        assert_near(part, rows, 1e-4, n_outliers=0.02 if name == "rolloff" else 0.0)


def compare_tempogram(y, **parameters):
    expected = librosa_tempogram(y, **parameters)
    assert_near(Tempogram(**parameters).fit_transform([y])[0], expected, 1e-3)


def compare_tempo(y, *, sr):
    expected = librosa.feature.tempo(y=y, sr=sr)
    np.testing.assert_allclose(Tempo(sr=sr).fit_transform([y])[0], expected, rtol=1e-6)


def compare_delta(y, **parameters):
    expected = librosa.feature.delta(librosa.feature.mfcc(y=y, sr=SR_OF_DELTA), **parameters)
    assert_near(make_delta(**parameters).fit_transform([y])[0], expected, 1e-4)


GRIDS = {
    "mel": (draw_mel, compare_mel, MelSpectrogram),
    "mfcc": (draw_mfcc, compare_mfcc, MFCC),
    "chroma": (draw_chroma, compare_chroma, ChromaFeatures),
    "chroma_cqt": (draw_constant_q, compare_chroma_cqt, ChromaCQT),
    "chroma_cens": (draw_constant_q, compare_chroma_cens, ChromaCENS),
    "tonnetz": (draw_constant_q, compare_tonnetz, ChromaCQT),
    "descriptors": (draw_descriptors, compare_descriptors, SpectralDescriptors),
    "tempogram": (draw_tempogram, compare_tempogram, Tempogram),
    "tempo": (draw_tempo, compare_tempo, Tempo),
    "delta": (draw_delta, compare_delta, make_delta),
}


def run_grid(kind, n_points, seed):
    """Compare at random points; return how many of them are refused."""
    draw, compare, make = GRIDS[kind]
    rng = np.random.default_rng([seed, *kind.encode()])
    n_refused = 0
    for number in range(n_points):
        parameters = draw(rng)
        sr = parameters.get("sr", SR_OF_DELTA)
        y = make_tones(1, 1.5, sr=sr, seed=number)[0]
        try:
            with warnings.catch_warnings():
                # librosa warns of bands that stay empty, of short clips, and of tuning.
                warnings.filterwarnings("ignore", module="librosa")
                compare(y, **parameters)
        except (ValueError, IndexError, librosa.ParameterError):
            # Whoever refused: ours says which parameter is at fault.
            n_refused += 1
            with pytest.raises(ValueError, match=rf"\b({'|'.join(parameters)})\b"):
                make(**parameters).fit([y])
        except AssertionError as error:
            raise AssertionError(f"{kind} with {parameters}: {error}") from error
    return n_refused


@pytest.mark.parametrize("kind", GRIDS)
def test_features_equal_librosas_at_random_parameters(kind):
    # A constant-Q transform costs ten times as much as the rest.
    n_points = N_FAST // 2 if GRIDS[kind][0] is draw_constant_q else N_FAST
    assert run_grid(kind, n_points, seed=0) <= n_points // 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", GRIDS)
def test_features_equal_librosas_at_many_random_parameters(kind):
    assert run_grid(kind, N_SLOW, seed=1) <= N_SLOW // 3


@pytest.mark.parametrize(
    ("fmin", "n_chroma"), [(27.5, 12), (36.7, 12), (49.0, 12), (61.0, 12), (27.5, 24)]
)
def test_first_pitch_class_is_c_whatever_fmin(fmin, n_chroma):
    a4 = np.sin(2 * np.pi * 440 * np.arange(44100) / 22050).astype(np.float32)
    parameters = {"n_chroma": n_chroma, "fmin": fmin, "bins_per_octave": 3 * n_chroma}
    chroma = ChromaCQT(**parameters, n_octaves=6).fit_transform([a4])[0]
    assert chroma.mean(axis=1).argmax() == pytest.approx(9 * n_chroma // 12, abs=n_chroma // 24)
