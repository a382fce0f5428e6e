"""scikit-learn's own checks, over every public classifier."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre.testing._configurations_classifiers import (
    classifiers_configurations,
    expected_failures,
)


@parametrize_with_checks(classifiers_configurations(), expected_failed_checks=expected_failures)
def test_sklearn_checks(estimator, check):
    check(estimator)
