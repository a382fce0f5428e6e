"""Genres that are missing, mixed or all the same: one message from all that take them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    SegmentVotingClassifier,
    TransferCNNClassifier,
    XGBGenreClassifier,
)
from skgenre.model_selection import StratifiedGroupShuffleSplit, compare, leakage_report

X = np.random.default_rng(0).normal(size=(20, 5))
GENRES = ["blues", "metal"] * 10
CLASSIFIERS = [
    CNNClassifier(),
    CRNNClassifier(),
    LSTMClassifier(),
    MLPGenreClassifier(),
    ParallelCRNNClassifier(),
    TransferCNNClassifier(weights=None),
    XGBGenreClassifier(),
    SegmentVotingClassifier(LogisticRegression()),
]
TAKERS = {
    **{type(one).__name__: one.fit for one in CLASSIFIERS},
    "compare": lambda X, y: compare({"chance": DummyClassifier()}, X, y, cv=2),
    "leakage_report": lambda X, y: leakage_report(X, y),
    "StratifiedGroupShuffleSplit": lambda X, y: list(
        StratifiedGroupShuffleSplit().split(X, y, range(20))
    ),
}


def without(values, kind):
    genres = list(GENRES)
    for position, value in zip((4, 7, 19), values, strict=True):
        genres[position] = value
    return kind(genres)


MISSING = {
    "None in a list": without([None] * 3, list),
    "NaN in a list": without([np.nan] * 3, list),
    "objects": without([None, np.nan, pd.NaT], lambda y: np.array(y, dtype=object)),
    "a Series": without([pd.NA, None, np.nan], pd.Series),
    "a string Series": without([pd.NA] * 3, lambda y: pd.Series(y, dtype="string")),
    "a categorical": without([None] * 3, lambda y: pd.Series(y, dtype="category")),
    "floats": np.where(np.isin(np.arange(20), (4, 7, 19)), np.nan, np.arange(20) % 2),
    "nullable integers": pd.Series(
        [pd.NA if i in (4, 7, 19) else i % 2 for i in range(20)], dtype="Int64"
    ),
    "a masked array": np.ma.MaskedArray(GENRES, np.isin(np.arange(20), (4, 7, 19))),
}


@pytest.mark.parametrize("y", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("name", TAKERS)
def test_missing_genres_are_counted(name, y):
    with pytest.raises(ValueError, match=f"{name}: 3 of 20 clips have no genre: drop .*position 4"):
        TAKERS[name](X, y)


@pytest.mark.parametrize("kind", [list, lambda y: np.array(y, dtype=object), pd.Series])
@pytest.mark.parametrize("name", TAKERS)
def test_mixed_types_are_named(name, kind):
    y = kind([*GENRES[:5], 3, *GENRES[6:]])
    with pytest.raises(ValueError, match=f"{name}: y mixes types: 'blues' at .*, 3 at position 5"):
        TAKERS[name](X, y)


@pytest.mark.parametrize("name", TAKERS)
def test_no_genres_at_all(name):
    with pytest.raises(ValueError, match=f"{name} requires y"):
        TAKERS[name](X, None)


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda one: type(one).__name__)
def test_one_class_is_an_error(classifier):
    with pytest.raises(ValueError, match="needs clips of at least two genres, got one class: 'a'"):
        classifier.fit(X, ["a"] * 20)


def test_partial_fit_takes_one_class_of_those_it_is_told():
    network = MLPGenreClassifier(dense=(2,), device="cpu")
    with pytest.raises(ValueError, match="at least two genres"):
        network.partial_fit(X, ["a"] * 20)
    assert network.partial_fit(X, ["a"] * 20, classes=["a", "b"]).classes_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="MLPGenreClassifier: 1 of 2 clips have no genre"):
        MLPGenreClassifier().partial_fit(X, ["a"] * 20, classes=["a", None])


@pytest.mark.parametrize("y", [[1, 2.0] * 10, [True, False] * 10, [np.str_("a"), "b"] * 10])
def test_types_that_mean_the_same_are_not_mixed(y):
    assert len(XGBGenreClassifier(n_estimators=1).fit(X, y).classes_) == 2
