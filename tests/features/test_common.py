"""scikit-learn's own checks, over every public transformer."""

import functools
import re

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre.testing._configurations_features import features_configurations

CHECKS = parametrize_with_checks(features_configurations()).mark


@functools.cache  # of an estimator once, not for each check
def name(value):
    """Name a case without the address of a function, which differs between processes."""
    return re.sub("at0x[0-9a-f]+", "", CHECKS.kwargs["ids"](value) or "") or None


# The checks' rows are waveforms of a few samples.
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.ShortSignalWarning")
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning")
@pytest.mark.parametrize(*CHECKS.args, ids=name)
def test_sklearn_checks(estimator, check):
    check(estimator)
