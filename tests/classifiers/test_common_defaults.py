"""scikit-learn's own checks, over every public classifier with its defaults."""

import pytest

from skgenre.nn import MLP
from skgenre.testing import all_estimators
from skgenre.testing._configurations_classifiers import default_classifiers, expected_failures
from skgenre.testing._sklearn_checks import parametrize_with_sklearn_checks

# The exceptions, and what they are checked with instead.
NOT_BY_DEFAULT = {
    "TorchClassifier": {"module": MLP},
    "TransferCNNClassifier": {"weights": None, "image_size": (32, 32)},
}
# They have no default for the classifiers that they wrap.
NO_DEFAULT = {"GenreVotingClassifier", "HierarchicalGenreClassifier", "SegmentVotingClassifier"}


def test_every_public_classifier_is_checked_with_its_defaults():
    classifiers = {
        name: kind
        for name, kind in all_estimators()
        if kind.__module__.startswith("skgenre.classifiers")
    }
    checked = {type(estimator).__name__: estimator for estimator in default_classifiers()}
    assert set(classifiers) - NO_DEFAULT == set(checked)
    for name, estimator in checked.items():
        expected = classifiers[name](**NOT_BY_DEFAULT.get(name, {})).get_params()
        assert estimator.get_params() == expected


@pytest.mark.slow
@parametrize_with_sklearn_checks(default_classifiers(), expected_failed_checks=expected_failures)
def test_sklearn_checks_of_the_defaults(estimator, check, run_check):
    run_check(estimator, check)
