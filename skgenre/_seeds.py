"""Seeds drawn from a ``random_state``."""

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

_MAX_SEED = np.iinfo(np.int32).max


def draw_seed(random_state: Any, *, touch_global_state: bool = True) -> int:
    """Draw an integer that any library accepts as a seed.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        As in scikit-learn.
    touch_global_state : bool, default=True
        With None, draw from NumPy's global state, as scikit-learn does. If False, None gives a new
        seed each time, independent of ``numpy.random.seed``.

    Returns
    -------
    int
        At least 0 and below 2**31 - 1.
    """
    if random_state is None and not touch_global_state:
        return int(np.random.SeedSequence().generate_state(1)[0]) % _MAX_SEED
    return int(check_random_state(random_state).randint(_MAX_SEED))
