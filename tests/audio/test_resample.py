"""Blocks of a waveform are resampled and joined as the whole waveform."""

import numpy as np
import pytest

from skgenre.audio._resample import join_blocks, n_resampled, resample, resample_blocks


def in_blocks(y, size):
    return [y[start : start + size] for start in range(0, len(y), size)]


@pytest.mark.parametrize("rates", [(44100, 22050), (22050, 44100), (48000, 22050), (8000, 8000)])
@pytest.mark.parametrize("n_samples", [1, 100, 5000, 100_001])
def test_blocks_are_resampled_as_the_whole(rates, n_samples):
    y = np.random.default_rng(0).uniform(-1, 1, n_samples).astype(np.float32)
    whole = resample(y, *rates)
    assert len(whole) == n_resampled(n_samples, *rates)
    for size in (7, 4096, 1 << 20):
        if n_samples // size < 1000:
            blocks = np.concatenate(list(resample_blocks(in_blocks(y, size), *rates)))
            np.testing.assert_allclose(blocks, whole, atol=1e-6)


@pytest.mark.parametrize("n_expected", [0, 1, 99, 100, 101, 1000, 1 << 62])
def test_blocks_are_joined_whatever_their_number_was_said_to_be(n_expected):
    y = np.arange(100, dtype=np.float32)
    for size in (1, 7, 100):
        joined = join_blocks(in_blocks(y, size), n_expected)
        np.testing.assert_array_equal(joined, y)
        assert joined.base is None  # nothing but the waveform stays in memory
    assert len(join_blocks([], n_expected)) == 0
