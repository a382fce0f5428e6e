"""Searches among the pipelines of a comparison: nested cross-validation."""

import json
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.exceptions import CacheWarning, PipelineWarning
from skgenre.model_selection import Comparison, compare

NEIGHBORS = make_pipeline(StandardScaler(), KNeighborsClassifier())
NAME = "kneighborsclassifier__n_neighbors"
GRID = {NAME: [1, 5]}


@pytest.fixture
def music():
    """Forty rows, two of each artist, of two genres."""
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 20)
    order = rng.permutation(40)
    X = rng.standard_normal((40, 3)) + (y == "metal")[:, None]
    return X[order], y[order], (np.arange(40) // 2)[order]


def run(music, pipelines, *, with_groups=True, **kwargs):
    X, y, groups = music
    if not isinstance(pipelines, dict):
        pipelines = {"search": pipelines}
    settings = {"cv": 3, "random_state": 0, **kwargs}
    return compare(pipelines, X, y, groups=groups if with_groups else None, **settings)


class Undivided(GroupKFold):
    """Group folds that remember the groups that they were given."""

    seen: list = []

    def split(self, X, y=None, groups=None):
        self.seen.append(groups)
        return super().split(X, y, groups)


SEARCHES = {
    "grid": GridSearchCV(NEIGHBORS, GRID, cv=Undivided(3)),
    "random": RandomizedSearchCV(NEIGHBORS, GRID, n_iter=2, cv=Undivided(3)),
    "halving": HalvingGridSearchCV(NEIGHBORS, GRID, min_resources=16, cv=Undivided(3)),
    "inside": make_pipeline(
        StandardScaler(),
        GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5]}, cv=Undivided(3)),
    ),
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_groups_reach_the_inner_folds_of_a_search(music, kind):
    Undivided.seen.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run(music, SEARCHES[kind])
    assert result.errors.empty
    assert len(Undivided.seen) >= 3
    for given in Undivided.seen:
        assert np.isin(given, music[2]).all()
        assert np.unique(given, return_counts=True)[1].max() <= 2


@pytest.mark.parametrize("kind", SEARCHES)
def test_a_search_that_needs_groups_is_refused_without(music, kind):
    with pytest.raises(ValueError, match=r"'search' has a .*SearchCV.*needs groups.*groups=, one"):
        run(music, SEARCHES[kind], with_groups=False)


def test_a_search_whose_inner_folds_divide_groups_is_named(music):
    for cv in (None, 3, KFold(3, shuffle=True)):
        with pytest.warns(
            PipelineWarning, match=r"GridSearchCV of the pipeline 'search' has clips"
        ):
            run(music, GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=cv), cv=2)


class GroupTaker(ClassifierMixin, BaseEstimator):
    """Take groups, as networks do for their early stopping."""

    seen: list = []

    def __init__(self, depth=1):
        self.depth = depth

    def fit(self, X, y, groups=None):
        self.seen.append((self.depth, groups is not None and len(groups) == len(X)))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


STEPS = {"grouptaker": [GroupTaker(1), GroupTaker(2)]}


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(GroupTaker(), {"depth": [1, 2]}, cv=GroupKFold(2)),
        GridSearchCV(make_pipeline(GroupTaker()), STEPS, cv=GroupKFold(2)),
    ],
    ids=["parameter", "step"],
)
def test_groups_reach_the_fit_of_each_candidate_as_well(music, search):
    GroupTaker.seen.clear()
    assert run(music, search).errors.empty
    assert set(GroupTaker.seen) == {(1, True), (2, True)}


def test_chosen_parameters_stand_in_the_result_fold_by_fold(music):
    pipelines = {
        "chance": DummyClassifier(),
        "grid": GridSearchCV(NEIGHBORS, GRID, cv=GroupKFold(3)),
        "bayes": GridSearchCV(GaussianNB(), {"var_smoothing": [0.5]}, cv=GroupKFold(3)),
    }
    result = run(music, pipelines, cv=3, repeats=2)
    chosen = result.chosen_parameters
    assert chosen.columns.tolist() == ["pipeline", "repeat", "fold", NAME, "var_smoothing"]
    assert chosen[["pipeline", "repeat", "fold"]].values.tolist() == [
        [name, fold // 3, fold] for name in ("grid", "bayes") for fold in range(6)
    ]
    chosen = chosen.set_index("pipeline")
    assert set(chosen.loc["grid", NAME]) <= {1, 5}
    assert chosen.loc["grid", "var_smoothing"].isna().all()
    assert chosen.loc["bayes", "var_smoothing"].tolist() == [0.5] * 6
    frame = result.frame.set_index("pipeline")
    assert frame.columns[-2:].tolist() == ["best_params", "error"]
    assert set(frame.loc["chance", "best_params"]) == {""}
    assert [json.loads(text)[NAME] for text in frame.loc["grid", "best_params"]] == chosen.loc[
        "grid", NAME
    ].tolist()


def test_without_a_search_there_are_no_chosen_parameters(music):
    result = run(music, DummyClassifier())
    assert result.chosen_parameters.empty
    assert "best_params" not in result.frame


def test_a_search_inside_others_has_their_names(music):
    inner = GridSearchCV(GaussianNB(), {"var_smoothing": [0.5]}, cv=GroupKFold(2))
    around = GridSearchCV(
        make_pipeline(StandardScaler(), inner), {"standardscaler__with_mean": [True]}, cv=2
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PipelineWarning)
        result = run(music, {"around": around, "vote": VotingClassifier([("one", inner)])}, cv=2)
    assert result.errors.empty
    assert result.chosen_parameters.iloc[0, 3:5].to_dict() == {
        "standardscaler__with_mean": True,
        "estimator__gridsearchcv__var_smoothing": 0.5,
    }
    assert result.chosen_parameters["one__var_smoothing"].tolist()[2:] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (np.array([3]), 3),
        ([None], None),
        (["uni\udce9form"], "uni\\xe9form"),
        ([GaussianNB()], "GaussianNB()"),
        ([(1, 2)], "(1, 2)"),
        ([float("inf")], "inf"),
        ([2**70], str(2**70)),
        (["x" * 500], "'" + "x" * 196 + "..."),
    ],
)
def test_a_chosen_value_is_a_number_or_text(music, values, shown):
    class Anything(DummyClassifier):
        def __init__(self, value=None):
            super().__init__()
            self.value = value

    search = GridSearchCV(Anything(), {"value": values}, cv=GroupKFold(2))
    result = run(music, search, cv=2)
    assert result.errors.empty
    assert [json.loads(text) for text in result.frame["best_params"]] == [{"value": shown}] * 2


def test_chosen_parameters_are_kept_with_finished_folds(music, tmp_path):
    search = GridSearchCV(NEIGHBORS, GRID, cv=StratifiedGroupKFold(3, shuffle=True))
    first = run(music, search, memory=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CacheWarning)
        second = run(music, search, memory=tmp_path)
    assert second.protocol["resumed_folds"] == 3
    assert second.chosen_parameters.equals(first.chosen_parameters)


@pytest.mark.parametrize("value", [[], {"C": [1]}, {"C": 1e400}, {"C": "x" * 1000}, None])
def test_chosen_parameters_of_a_damaged_fold_are_not_believed(music, tmp_path, value):
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [0.5]}, cv=GroupKFold(3))
    run(music, search, memory=tmp_path)
    kept = min(tmp_path.rglob("*.json"))
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"best_params": value}))
    with pytest.warns(CacheWarning, match="chosen parameters are not simple values"):
        assert run(music, search, memory=tmp_path).protocol["resumed_folds"] == 2


def test_an_inner_splitter_without_a_seed_gets_one(music):
    search = GridSearchCV(NEIGHBORS, GRID, cv=StratifiedKFold(2, shuffle=True))
    one, two = (run(music, search, with_groups=False, cv=4) for _ in range(2))
    assert one.chosen_parameters.equals(two.chosen_parameters)
    assert search.cv.random_state is None


def test_chosen_parameters_are_saved_loaded_and_merged(music, tmp_path):
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [0.5]}, cv=GroupKFold(3))
    result = run(music, search)
    result.save(tmp_path / "result.zip")
    loaded = Comparison.load(tmp_path / "result.zip")
    assert loaded.chosen_parameters.equals(result.chosen_parameters)
    merged = run(music, {"chance": DummyClassifier()}) | loaded
    assert merged.chosen_parameters.equals(result.chosen_parameters)


@pytest.mark.parametrize("text", ["{", "[]", '{"C": []}', "[" * 100_000, "1", 0.5])
def test_a_column_of_parameters_that_compare_did_not_write_is_refused(music, text):
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [0.5]}, cv=GroupKFold(3))
    result = run(music, search)
    result.frame["best_params"] = text
    with pytest.raises(ValueError, match="must have JSON of parameters by name, as compare"):
        _ = result.chosen_parameters
