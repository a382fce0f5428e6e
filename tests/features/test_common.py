"""scikit-learn's own checks, over every public transformer."""

import pytest

from skgenre.testing._configurations_features import features_configurations
from skgenre.testing._sklearn_checks import parametrize_with_sklearn_checks


# The checks' rows are waveforms of a few samples.
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.ShortSignalWarning")
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning")
@parametrize_with_sklearn_checks(features_configurations())
def test_sklearn_checks(estimator, check):
    check(estimator)
