import inspect

from skgenre.testing import all_estimators
from skgenre.testing._configurations_classifiers import classifiers_configurations
from skgenre.testing._configurations_features import features_configurations

CONFIGURATIONS = [*features_configurations(), *classifiers_configurations()]


def test_every_public_estimator_is_tested_in_at_least_two_configurations():
    tested = [type(estimator).__name__ for estimator in CONFIGURATIONS]
    lacking = {name for name, _ in all_estimators() if tested.count(name) < 2}
    assert lacking == set()


def test_the_configurations_of_an_estimator_differ():
    seen = [repr(estimator.get_params()) + type(estimator).__name__ for estimator in CONFIGURATIONS]
    assert len(seen) == len(set(seen))


def test_a_public_estimator_that_is_not_listed_is_found():
    names = dict(all_estimators())
    assert {"MelSpectrogram", "CNNClassifier", "SegmentVotingClassifier"} <= set(names)
    assert "AudioTransformer" not in names


def test_every_parameter_of_every_estimator_is_documented():
    for name, estimator in all_estimators():
        documented = inspect.getdoc(estimator)
        for parameter in inspect.signature(estimator).parameters:
            assert f"\n{parameter} :" in documented or f"{parameter}," in documented, (
                f"{name}: {parameter} is not in the docstring"
            )
