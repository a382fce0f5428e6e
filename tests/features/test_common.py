"""scikit-learn's own checks, over every public transformer."""

import pytest

from skgenre.features import MusicnnEmbedding
from skgenre.testing._configurations_features import features_configurations
from skgenre.testing._sklearn_checks import parametrize_with_sklearn_checks, split_configurations

# A clip takes the convolutions of musicnn 40 ms.
FAST, SLOW = split_configurations(features_configurations(), slow=[MusicnnEmbedding])


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
