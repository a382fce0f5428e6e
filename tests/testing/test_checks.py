"""The checks run over every public estimator, and each fails on an estimator that breaks it."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from skgenre import testing
from skgenre.features import MelSpectrogram
from skgenre.testing._configurations_classifiers import classifiers_configurations
from skgenre.testing._configurations_features import features_configurations
from skgenre.testing._samples import make_labels, make_rows, same

from ..other_processes import run_code


def first_of_each(estimators):
    return list({type(estimator): estimator for estimator in reversed(estimators)}.values())


ESTIMATORS = [
    *first_of_each(features_configurations()),
    *first_of_each(classifiers_configurations()),
]


pytestmark = [
    pytest.mark.filterwarnings("ignore::skgenre.exceptions.ShortSignalWarning"),
    pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning"),
]


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(
            *pair,
            # A process for each; the next test has one for all.
            marks=[pytest.mark.slow] * (pair[1] is testing.check_pickle_round_trip),
            id=f"{type(pair[0]).__name__}-{pair[1].__name__}",
        )
        for estimator in ESTIMATORS
        for pair in testing.estimator_checks(estimator)
    ],
)
def test_public_estimators(estimator, check):
    check(estimator)


LOAD_ALL = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    while pickled := file.read(int.from_bytes(file.read(8), "big")):
        model, X, method = pickle.loads(pickled)
        pickle.dump(getattr(model, method)(X), sys.stdout.buffer)
"""


def test_public_estimators_give_the_same_results_in_another_process(tmp_path):
    expected = {}
    with (tmp_path / "models").open("wb") as file:
        for estimator in ESTIMATORS:
            X = make_rows(estimator)
            fitted = clone(estimator).fit(X, make_labels(len(X)))
            method = "predict_proba" if hasattr(fitted, "predict_proba") else "transform"
            expected[type(estimator).__name__] = getattr(fitted, method)(X)
            pickled = pickle.dumps((fitted, X, method))
            file.write(len(pickled).to_bytes(8, "big") + pickled)
    results = io.BytesIO(run_code(LOAD_ALL, tmp_path / "models", is_text=False))
    for name, values in expected.items():
        assert same(values, pickle.load(results)), name
    assert results.read() == b""


@testing.parametrize_with_checks([ESTIMATORS[0]])
def test_parametrize_runs_every_check(estimator, check):
    assert check in [check for _, check in testing.estimator_checks(ESTIMATORS[0])]


class MapTransformer(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def test_batch_independence_fails_when_the_loudest_clip_sets_the_scale():
    class Normalizer(MapTransformer):
        def transform(self, X):
            return X / np.abs(X).max()

    with pytest.raises(AssertionError, match="Normalizer: row 0 transformed on its own"):
        testing.check_batch_independence(Normalizer())


def test_input_forms_fails_when_paths_are_read_at_another_level():
    class Halving(MelSpectrogram):
        def fit_transform(self, X, y=None):
            features = super().fit_transform(X, y)
            return features / 2 if isinstance(X[0], str | Path) else features

    with pytest.raises(AssertionError, match="a list of paths and an array"):
        testing.check_input_forms_agree(Halving())


def test_rows_are_clips_fails_when_segments_become_rows():
    class SegmentsAsRows(MapTransformer):
        def transform(self, X):
            return X.reshape(2 * X.shape[0], X.shape[1], -1)

    with pytest.raises(AssertionError, match="made 48 rows of 24 clips"):
        testing.check_rows_are_clips(SegmentsAsRows())


def test_no_side_effects_fails_on_a_checkpoint_in_the_working_directory():
    class Checkpoint(MapTransformer):
        def fit(self, X, y=None):
            Path("checkpoint.pt").write_text("weights")
            return self

    with pytest.raises(AssertionError, match=r"wrote \['checkpoint.pt'\]"):
        testing.check_no_side_effects(Checkpoint())


def test_no_side_effects_fails_on_the_global_random_state():
    class GlobalSeed(MapTransformer):
        def fit(self, X, y=None):
            np.random.rand()  # noqa: NPY002
            return self

    with pytest.raises(AssertionError, match="NumPy's global random state"):
        testing.check_no_side_effects(GlobalSeed())


def test_no_side_effects_fails_on_changed_input():
    class InPlace(MapTransformer):
        def transform(self, X):
            X += 1
            return X

    with pytest.raises(AssertionError, match="InPlace changed its input"):
        testing.check_no_side_effects(InPlace())


class LossyPickle(LogisticRegression):
    def __getstate__(self):
        state = dict(super().__getstate__())
        if "coef_" in state:
            state["coef_"] = np.round(state["coef_"], 1)
        return state


@pytest.mark.slow
def test_pickle_round_trip_fails_when_the_pickle_loses_digits():
    with pytest.raises(AssertionError, match="LossyPickle"):
        testing.check_pickle_round_trip(LossyPickle())


def test_labels_round_trip_fails_on_encoded_labels():
    class Encoded(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.zeros(len(X), dtype=int)

    with pytest.raises(AssertionError, match="which are no labels"):
        testing.check_labels_round_trip(Encoded())


def test_segment_leak_fails_when_a_classifier_unrolls_the_segments_it_is_scored_on():
    class Memory(ClassifierMixin, BaseEstimator):
        """Cheats: keeps the segments of all clips it ever saw, as a leaky split does."""

        def fit(self, X, y):
            segments = X.reshape(-1, X.shape[2])
            SEEN.append((segments, np.repeat(y, X.shape[1])))
            self.model_ = KNeighborsClassifier(1).fit(
                np.concatenate([rows for rows, _ in SEEN]),
                np.concatenate([labels for _, labels in SEEN]),
            )
            self.classes_ = self.model_.classes_
            return self

        def predict(self, X):
            return self.model_.predict(X[:, 0, :, 0])

    SEEN = []
    with pytest.raises(AssertionError, match="predicts random labels"):
        testing.check_no_segment_leak(Memory())


def test_segment_leak_wants_a_refusal_to_name_the_axes():
    class Vague(LogisticRegression):
        def fit(self, X, y):
            raise ValueError("no")

    with pytest.raises(AssertionError, match="does not say that their axes"):
        testing.check_no_segment_leak(Vague())


def test_device_round_trip_fails_when_another_device_gives_other_results():
    class Drifting(LogisticRegression):
        def __init__(self, device="auto"):
            super().__init__()
            self.device = device

        def __setstate__(self, state):
            super().__setstate__(state)
            self.coef_ = 3 * self.coef_

    Drifting.__qualname__ = "Drifting"
    globals()["Drifting"] = Drifting
    with pytest.raises(AssertionError, match="probabilities that differ"):
        testing.check_device_round_trip(Drifting())


def test_check_estimator_runs_all_checks():
    class InPlace(MapTransformer):
        def transform(self, X):
            X += 1
            return X

    with pytest.raises(AssertionError, match="InPlace changed its input"):
        testing.check_estimator(InPlace())
