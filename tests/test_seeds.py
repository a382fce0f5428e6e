"""Seeds drawn from a ``random_state``."""

import numpy as np
import pytest

from skgenre._seeds import draw_seed


def test_the_same_random_state_gives_the_same_seed():
    assert draw_seed(7) == draw_seed(7) != draw_seed(8)
    assert draw_seed(np.random.RandomState(7)) == draw_seed(7)


def test_a_generator_goes_on():
    rng = np.random.RandomState(0)
    seeds = [draw_seed(rng) for _ in range(5)]
    assert len(set(seeds)) == 5
    assert all(0 <= seed < 2**31 - 1 for seed in seeds)


@pytest.mark.parametrize("touch", [True, False])
def test_none_is_another_seed_each_time(touch):
    before = np.random.get_state()[1].copy(), np.random.get_state()[2]  # noqa: NPY002
    assert draw_seed(None, touch_global_state=touch) != draw_seed(None, touch_global_state=touch)
    after = np.random.get_state()  # noqa: NPY002
    is_untouched = np.array_equal(before[0], after[1]) and before[1] == after[2]
    assert is_untouched != touch
