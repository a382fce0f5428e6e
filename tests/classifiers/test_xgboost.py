import builtins
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest

from skgenre.classifiers import XGBGenreClassifier
from skgenre.exceptions import ShapeMismatchError


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 5))
    return X, np.where(X[:, 2] > 0, "metal", "blues")


def xgb(**parameters):
    return XGBGenreClassifier(**{"n_estimators": 20, "random_state": 0, **parameters})


@pytest.mark.parametrize("labels", [["blues", "metal"], [3, 17], [-5, 100], [True, False]])
def test_labels_of_any_kind_come_back(labels, table):
    X, y = table
    y = np.where(y == "metal", labels[1], labels[0])
    fitted = xgb().fit(X, y)
    assert list(fitted.classes_) == sorted(labels)
    assert (fitted.predict(X) == y).mean() > 0.95


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4, 3, 5), "feature maps with 3 axes.*FramePooling.$"),
        ((4, 2, 3, 5), "FramePooling, and wrap me in SegmentVotingClassifier"),
    ],
)
def test_feature_maps_are_refused_with_the_cure(shape, words):
    with pytest.raises(ShapeMismatchError, match=words):
        xgb().fit(np.zeros(shape), [0, 1, 0, 1])


def test_ragged_segments_are_refused_with_the_cure():
    ragged = np.empty(2, dtype=object)
    ragged[:] = [np.zeros((2, 3, 1)), np.zeros((1, 3, 1))]
    with pytest.raises(ShapeMismatchError, match="wrap me in SegmentVotingClassifier"):
        xgb().fit(ragged, [0, 1])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_are_xgboosts_own(table, n_classes):
    X, y = table
    y = np.arange(len(y)) % n_classes
    fitted = xgb().fit(X, y)
    own = fitted.model_.predict_proba(X)
    assert own.shape == (len(X), n_classes)
    np.testing.assert_allclose(fitted.predict_proba(X), own, atol=1e-6)


def test_random_state_fixes_the_trees(table):
    X, y = table
    noise = np.random.default_rng(1).normal(size=X.shape)
    one, two, other = (
        xgb(random_state=seed).fit(noise, y).predict_proba(noise) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_class_weight_moves_the_predictions(table):
    X, y = table
    noise = np.random.default_rng(1).normal(size=X.shape)
    plain, weighted = (
        xgb(class_weight=weight, n_estimators=3).fit(noise, y).predict_proba(noise)[:, 1].mean()
        for weight in (None, {"blues": 1.0, "metal": 20.0})
    )
    assert weighted > plain + 0.1


def test_sample_weight_of_zero_silences_a_clip(table):
    X, y = table
    wrong = y.copy()
    wrong[::2] = np.where(y[::2] == "metal", "blues", "metal")
    fitted = xgb().fit(X, wrong, sample_weight=(wrong == y).astype(float))
    assert fitted.score(X, y) > 0.9


def test_a_dataframe_keeps_its_names(table):
    frame = pd.DataFrame(table[0], columns=list("abcde"))
    fitted = xgb().fit(frame, table[1])
    assert fitted.feature_names_in_.tolist() == list("abcde")
    assert fitted.feature_importances_.argmax() == 2


def test_a_pickle_gives_the_same_probabilities(table):
    fitted = xgb().fit(*table)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(table[0]), fitted.predict_proba(table[0]))


def test_without_xgboost_both_extras_are_named(table, monkeypatch):
    real_import = builtins.__import__

    def no_xgboost(name, *args, **kwargs):
        if name == "xgboost":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_xgboost)
    with pytest.raises(ImportError, match=r"skgenre\[xgboost-cpu\].*skgenre\[xgboost\]"):
        xgb().fit(*table)


def test_the_names_of_columns_reach_the_booster(table):
    frame = pd.DataFrame(table[0], columns=["a", "b", "c[0]", "c[1]", "d<e"])
    fitted = xgb().fit(frame, table[1])
    for model in (fitted, pickle.loads(pickle.dumps(fitted))):
        names = model.model_.get_booster().feature_names
        assert names == ["a", "b", "c(0)", "c(1)", "d(e"]
    np.testing.assert_array_equal(
        fitted.predict_proba(frame), xgb().fit(*table).predict_proba(table[0])
    )


def test_n_jobs_means_what_it_means_in_scikit_learn(table):
    def threads(**parameters):
        return XGBGenreClassifier(n_estimators=2, **parameters).fit(*table).model_.n_jobs

    assert threads() == threads(n_jobs=None) == 1
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert threads() == 2
        assert threads(n_jobs=1) == 1
    assert threads(n_jobs=-1) == -1
