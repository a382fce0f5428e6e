import numpy as np
import pytest

from skgenre.audio import fix_duration


def test_it_cuts_pads_or_keeps():
    y = np.arange(1, 11, dtype=np.float32)
    np.testing.assert_array_equal(fix_duration(y, 0.4, sr=10), y[:4])
    np.testing.assert_array_equal(fix_duration(y, 1.2, sr=10), [*y, 0, 0])
    assert fix_duration(y, 1.0, sr=10) is y


def test_nothing_is_copied_without_need():
    y = np.ones(10, dtype=np.float32)
    assert np.shares_memory(fix_duration(y, 0.5, sr=10), y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype):
    assert fix_duration(np.ones(3, dtype=dtype), 1.0, sr=5).dtype == dtype


@pytest.mark.parametrize(("duration", "n_samples"), [(29.93, 659_956), (1 / 3, 7350), (3.0, 66150)])
def test_the_number_of_samples_is_rounded(duration, n_samples):
    assert len(fix_duration(np.zeros(5, dtype=np.float32), duration, sr=22050)) == n_samples


def test_less_than_a_sample_is_refused():
    with pytest.raises(ValueError, match=r"duration=1e-05 s at sr=22050 Hz.*at least 4.5e-05 s"):
        fix_duration(np.zeros(5), 1e-5, sr=22050)
