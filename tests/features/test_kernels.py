"""The compiled kernels against libraries, in double precision where it matters."""

import os
import subprocess
import sys

import librosa
import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import scipy.stats

from skgenre.features.kernels._hpss import separate
from skgenre.features.kernels._lane_fft import is_supported
from skgenre.features.kernels._median import running_median
from skgenre.features.kernels._spectrum import BLOCK, iterate_power, make_window
from skgenre.features.kernels._statistics import SEVEN, seven_statistics
from skgenre.features.kernels._tempo import estimate_tempo
from skgenre.features.kernels._time_domain import root_mean_square, zero_crossing_rate
from skgenre.features.kernels._tuning import estimate_tuning, estimate_tuning_of


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).normal(size=30_000).astype(np.float32)


def power_of(y, n_fft, hop_length, precision="double"):
    framing = {"win_length": None, "window": "hann", "center": False, "pad_mode": "constant"}
    blocks = iterate_power(y, n_fft=n_fft, hop_length=hop_length, precision=precision, **framing)
    return np.concatenate([power.copy() for _, power in blocks], axis=1)


@pytest.mark.parametrize("n_fft", [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 1000, 17])
@pytest.mark.parametrize("hop_length", [1, 100, 512, 5000])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_power_is_that_of_numpys_transform(noise, n_fft, hop_length, precision):
    y = noise[: n_fft + 70 * hop_length]
    frames = np.lib.stride_tricks.sliding_window_view(y.astype(float), n_fft)[::hop_length]
    taper = librosa.filters.get_window("hann", n_fft)
    expected = np.abs(np.fft.rfft(frames * taper)).T ** 2
    power = power_of(y, n_fft, hop_length, precision)
    assert power.shape == expected.shape
    tolerance = {"double": 1e-7, "single": 2e-6}[precision] * expected.max()
    np.testing.assert_allclose(power, expected, rtol=1e-5, atol=tolerance)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_frames_do_not_depend_on_their_lane_or_block(noise, precision):
    """A frame is equal to the bit wherever it is in the clip."""
    power = power_of(noise, 256, 100, precision)
    later = power_of(noise[100 * (BLOCK - 5) :], 256, 100, precision)
    np.testing.assert_array_equal(later, power[:, BLOCK - 5 :])


@pytest.mark.parametrize("window", ["hann", "hamming", ("kaiser", 8.0)])
@pytest.mark.parametrize("length", [1, 2, 7, 400, 2048])
def test_windows_are_scipys(window, length):
    expected = scipy.signal.get_window(window, length)
    np.testing.assert_allclose(make_window(window, length, length), expected, atol=1e-12)


def test_quiet_bands_keep_their_digits_beside_a_loud_tone():
    """Noise 120 dB below a tone, which single precision loses."""
    t = np.arange(8192)
    rng = np.random.default_rng(0)
    y = (np.sin(2 * np.pi * 10 * t / 2048) + 1e-6 * rng.normal(size=8192)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(y.astype(float), 2048)[::512]
    exact = np.abs(np.fft.rfft(frames * librosa.filters.get_window("hann", 2048))).T ** 2

    def lost(precision):
        difference = 10 * np.log10(power_of(y, 2048, 512, precision)[200:] / exact[200:])
        return np.abs(difference).max()

    assert lost("double") < 1e-3 < 1e-2 < lost("single")


def test_lengths_that_are_no_powers_of_two_are_left_to_scipy():
    assert is_supported(2048)
    assert not is_supported(1000)
    assert not is_supported(8)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (15, 7), (31, 16), (40, 33), (200, 129)])
def test_running_median_is_the_median_to_the_bit(shape):
    S = np.random.default_rng(1).random(shape).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(S, [(15, 15), (0, 0)], mode="symmetric"), 31, axis=0
    )
    np.testing.assert_array_equal(running_median(S), np.median(windows, axis=-1))
    if shape[0] >= 31:
        expected = scipy.ndimage.median_filter(S, size=(31, 1), mode="reflect")
        np.testing.assert_array_equal(running_median(S), expected)


@pytest.mark.parametrize("n_samples", [2048, 30_000])
def test_parts_are_librosas_and_add_up(noise, n_samples):
    y = noise[:n_samples] * np.linspace(0, 1, n_samples, dtype=np.float32)
    harmonic, percussive = separate(y)
    expected = librosa.effects.hpss(y)
    np.testing.assert_allclose(harmonic, expected[0], atol=2e-6)
    np.testing.assert_allclose(percussive, expected[1], atol=2e-6)
    np.testing.assert_allclose(harmonic + percussive, y, atol=1e-6)


def test_silence_has_two_silent_parts():
    for part in separate(np.zeros(5000, np.float32)):
        np.testing.assert_array_equal(part, np.zeros(5000))


@pytest.mark.parametrize("center", [True, False])
def test_root_mean_square_and_zero_crossings_are_librosas(noise, center):
    y = noise.copy()
    y[1000:4000] = 0.0
    rms = root_mean_square(y, 1000, 300, center)
    np.testing.assert_allclose(
        rms,
        librosa.feature.rms(y=y, frame_length=1000, hop_length=300, center=center)[0],
        rtol=1e-5,
    )
    rate = zero_crossing_rate(y, 1000, 300, center)
    expected = librosa.feature.zero_crossing_rate(
        y, frame_length=1000, hop_length=300, center=center
    )
    np.testing.assert_allclose(rate, expected[0], atol=1e-7)


@pytest.mark.parametrize("cents", [-40, 0, 30])
def test_tuning_is_librosas(cents):
    t = np.arange(3 * 22050) / 22050
    chord = 440 * 2 ** (np.array([0, 4, 7, 12]) / 12 + cents / 1200)
    y = np.sin(2 * np.pi * chord[:, np.newaxis] * t).sum(axis=0).astype(np.float32)
    S = np.abs(librosa.stft(y)) ** 2
    for bins_per_octave in (12, 36):
        ours = estimate_tuning(S, 22050, 2048, bins_per_octave)
        expected = librosa.estimate_tuning(S=S, sr=22050, bins_per_octave=bins_per_octave)
        assert ours == pytest.approx(expected)
        ours = estimate_tuning_of(y, 22050, bins_per_octave)
        expected = librosa.estimate_tuning(y=y, sr=22050, bins_per_octave=bins_per_octave)
        assert ours == pytest.approx(expected)


def test_silence_is_in_tune_and_has_no_tempo():
    assert estimate_tuning(np.zeros((1025, 5), np.float32), 22050, 2048) == 0.0
    assert estimate_tempo(np.zeros(500), 22050, 512) == 0.0


def test_statistics_are_scipys():
    rows = np.random.default_rng(2).gamma(2.0, size=(4, 101))
    rows[3] = 5.0
    found = dict(zip(SEVEN, seven_statistics(rows), strict=True))
    np.testing.assert_allclose(found["kurtosis"][:3], scipy.stats.kurtosis(rows[:3], axis=1))
    np.testing.assert_allclose(found["skew"][:3], scipy.stats.skew(rows[:3], axis=1))
    assert np.isnan(found["skew"][3])
    assert np.isnan(found["kurtosis"][3])
    for name, function in {
        "mean": np.mean,
        "std": np.std,
        "min": np.min,
        "max": np.max,
        "median": np.median,
    }.items():
        np.testing.assert_allclose(found[name], function(rows, axis=1))


def test_blocks_are_whole_registers():
    assert BLOCK % 16 == 0


def test_compilation_is_said_once_and_kept_on_disk(tmp_path):
    code = """if True:
        import logging
        logging.basicConfig(level=logging.INFO)
        import numpy as np
        from skgenre.features.kernels._time_domain import root_mean_square, zero_crossing_rate
        for y in (np.ones(100, np.float32), np.ones(100)):
            root_mean_square(y, 10, 5, True)
            zero_crossing_rate(y, 10, 5, True)
    """
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stderr.count("Compiling the kernels of skgenre")
        for _ in range(2)
    ]
    assert said == [1, 0]
