"""scikit-learn's own checks, over every public classifier."""

import pytest

from skgenre.testing._configurations_classifiers import (
    classifiers_configurations,
    expected_failures,
)
from skgenre.testing._sklearn_checks import parametrize_with_sklearn_checks


def is_slow(estimator):
    """Whether all of a network of 16 layers is trained, in 50 checks."""
    return getattr(estimator, "trainable_blocks", 0) == 5


FAST = [estimator for estimator in classifiers_configurations() if not is_slow(estimator)]
SLOW = [estimator for estimator in classifiers_configurations() if is_slow(estimator)]


@parametrize_with_sklearn_checks(FAST, expected_failed_checks=expected_failures)
def test_sklearn_checks(estimator, check, run_check):
    run_check(estimator, check)


@pytest.mark.slow
@parametrize_with_sklearn_checks(SLOW, expected_failed_checks=expected_failures)
def test_slow_sklearn_checks(estimator, check, run_check):
    run_check(estimator, check)
