import numpy as np
import pytest


@pytest.fixture
def maps():
    """Sixty maps of two genres that differ by a bright corner."""
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 30)
    X = rng.normal(size=(60, 8, 12)).astype(np.float32)
    X[y == "metal", :3, :] += 1.0
    return X, y
