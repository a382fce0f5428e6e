import functools

import numpy as np
import pytest
from sklearn.utils import estimator_checks
from sklearn.utils._testing import assert_allclose_dense_sparse


@pytest.fixture
def run_check(monkeypatch):
    """Run a check of scikit-learn's; of the order of samples with a tolerance for float32.

    The check allows a difference of 1e-7. With two threads PyTorch's kernels for AVX2 round a row
    by its place in the batch, so networks differ by up to 5e-7.
    """

    def compare(x, y, rtol=1e-7, atol=1e-9, err_msg=""):
        assert_allclose_dense_sparse(x, y, max(rtol, 1e-5), max(atol, 1e-7), err_msg)

    def run(estimator, check):
        function = check.func if isinstance(check, functools.partial) else check
        is_network = hasattr(estimator, "max_epochs")
        if is_network and function.__name__ == "check_methods_sample_order_invariance":
            monkeypatch.setattr(estimator_checks, "assert_allclose_dense_sparse", compare)
        check(estimator)

    return run


@pytest.fixture
def maps():
    """Sixty maps of two genres that differ by a bright corner, with or without centred bands."""
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 30)
    X = rng.normal(size=(60, 8, 12)).astype(np.float32)
    X[y == "metal", :3, :6] += 1.8
    return X, y
