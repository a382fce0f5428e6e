"""scikit-learn's own checks, over every public classifier."""

import pytest

from skgenre.classifiers import TransferCNNClassifier
from skgenre.testing._configurations_classifiers import (
    classifiers_configurations,
    expected_failures,
)
from skgenre.testing._sklearn_checks import parametrize_with_sklearn_checks, split_configurations

# A small VGG takes as long as all the others.
FAST, SLOW = split_configurations(classifiers_configurations(), slow=[TransferCNNClassifier])


@parametrize_with_sklearn_checks(FAST, expected_failed_checks=expected_failures)
def test_sklearn_checks(estimator, check, run_check):
    run_check(estimator, check)


@pytest.mark.slow
@parametrize_with_sklearn_checks(SLOW, expected_failed_checks=expected_failures)
def test_slow_sklearn_checks(estimator, check, run_check):
    run_check(estimator, check)
