"""scikit-learn's own checks, over every public transformer."""

import pytest

from skgenre.testing._configurations_features import features_configurations
from skgenre.testing._sklearn_checks import parametrize_with_sklearn_checks


def is_slow(estimator):
    """Whether a network of real size computes each row again, with other options."""
    return getattr(estimator, "layer", None) == ["tags", "pool"]


FAST = [estimator for estimator in features_configurations() if not is_slow(estimator)]
SLOW = [estimator for estimator in features_configurations() if is_slow(estimator)]


# The checks' rows are waveforms of a few samples.
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.ShortSignalWarning")
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning")
@parametrize_with_sklearn_checks(FAST)
def test_sklearn_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.ShortSignalWarning")
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning")
@parametrize_with_sklearn_checks(SLOW)
def test_slow_sklearn_checks(estimator, check):
    check(estimator)
