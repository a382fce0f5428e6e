"""Genres that form a tree."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.svm import SVC

from skgenre._genre_hierarchy import check_hierarchy, find_levels
from skgenre.classifiers import (
    HierarchicalGenreClassifier,
    MLPGenreClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.datasets import genre_matrix
from skgenre.exceptions import ModelFormatError, SkgenreWarning
from skgenre.persistence import export_onnx, load_model, model_card, save_model

# Most tests leave the parents to fit.
pytestmark = pytest.mark.filterwarnings("ignore:.*lack the parent of a genre")

TREE = {"punk": "rock", "rock": "pop", "jazz": None}
GENRES = ["jazz", "pop", "punk", "rock"]


@pytest.fixture
def clips():
    """Clips of jazz or punk, both or neither, each of which is told by a column."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4)).astype(np.float32)
    y = [
        {genre for genre, value in zip(["jazz", "punk"], row, strict=False) if value > 0}
        for row in X
    ]
    return X, y


def logistic():
    return OneVsRestClassifier(LogisticRegression())


CLASSIFIERS = {
    "one vs rest": logistic(),
    "multi-output": MultiOutputClassifier(LogisticRegression()),
    "forest": RandomForestClassifier(5, random_state=0),
    "trees": XGBGenreClassifier(n_estimators=5, random_state=0),
    "network": MLPGenreClassifier(max_epochs=3, random_state=0, device="cpu"),
    "votes": SegmentVotingClassifier(XGBGenreClassifier(n_estimators=5, random_state=0)),
    "hard votes": SegmentVotingClassifier(RandomForestClassifier(3), voting="hard"),
}


@pytest.mark.parametrize("classifier", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_parent_is_at_least_as_probable_as_its_child(classifier, clips):
    X, y = clips
    model = HierarchicalGenreClassifier(classifier, hierarchy=TREE).fit(X, y)
    assert model.genres_.tolist() == GENRES
    _, pop, punk, rock = model.predict_proba(X).T
    assert (pop >= rock).all()
    assert (rock >= punk).all()
    for found in model.predict(X):
        assert "punk" not in found or {"rock", "pop"} <= found
    assert sum("punk" in found for found in model.predict(X)) > 10


def test_predictions_have_the_form_of_the_target(clips):
    X, y = clips
    frame = genre_matrix(y).assign(rock=0, pop=0)
    tree = {"punk": "rock", "rock": "pop"}
    model = HierarchicalGenreClassifier(logistic(), hierarchy=tree).fit(X, frame)
    found = model.predict(X)
    assert found.columns.tolist() == ["jazz", "punk", "rock", "pop"]
    assert (found["rock"] >= found["punk"]).all()
    numbers = {1: 2, 2: 3}
    model = HierarchicalGenreClassifier(logistic(), hierarchy=numbers).fit(X, frame.to_numpy())
    np.testing.assert_array_equal(model.predict(X), found)


def test_thresholds_are_those_of_the_classifier_and_lower_for_parents(clips):
    X, y = clips
    trees = XGBGenreClassifier(n_estimators=5, threshold=[0.6, 0.5, 0.2, 0.9])
    model = HierarchicalGenreClassifier(trees, hierarchy=TREE).fit(X, y)
    assert model.thresholds_.tolist() == [0.6, 0.2, 0.2, 0.2]
    is_above = model.predict_proba(X) > model.thresholds_
    assert model.predict(X) == [set(model.genres_[row].tolist()) for row in is_above]
    assert clone(model).set_params(threshold=0.3).fit(X, y).thresholds_.tolist() == [0.3] * 4


def test_without_a_tree_it_is_the_classifier(clips):
    X, y = clips
    model = HierarchicalGenreClassifier(logistic()).fit(X, genre_matrix(y))
    expected = logistic().fit(X, genre_matrix(y).to_numpy()).predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected)
    genres = np.where(X[:, 0] > 0, "jazz", "punk")
    model.fit(X, genres)
    assert model.classes_.tolist() == ["jazz", "punk"]
    assert not hasattr(model, "genres_")
    np.testing.assert_array_equal(model.predict(X), LogisticRegression().fit(X, genres).predict(X))


def test_weights_and_groups_reach_the_classifier(clips):
    X, y = clips
    weight = np.r_[np.ones(40), np.zeros(40)]
    forest = RandomForestClassifier(5, random_state=0)
    model = HierarchicalGenreClassifier(forest, hierarchy=TREE).fit(X, y, sample_weight=weight)
    other = clone(model).fit(X, y)
    assert (model.predict_proba(X) != other.predict_proba(X)).any()

    class NeedsGroups(RandomForestClassifier):
        def fit(self, X, y, groups=None):
            self.groups_ = groups
            return super().fit(X, y)

    model = HierarchicalGenreClassifier(NeedsGroups(3), hierarchy=TREE)
    assert model.fit(X, y, groups=weight).estimator_.groups_ is weight
    with pytest.raises(ValueError, match="got sample_weight, but the fit of OneVsRest"):
        HierarchicalGenreClassifier(logistic()).fit(X, y, sample_weight=weight)


def test_it_is_scored_by_cross_validation(clips):
    X, y = clips
    model = HierarchicalGenreClassifier(logistic(), hierarchy={"punk": "rock"})
    matrix = genre_matrix([{*genres, "rock"} if "punk" in genres else genres for genres in y])
    assert cross_val_score(model, X, matrix, scoring="roc_auc", cv=3).min() > 0.9


@pytest.mark.parametrize(
    ("tree", "error", "words"),
    [
        ({"punk": "rock", "rock": "pop", "pop": "punk"}, ValueError, "a loop, punk -> rock"),
        ({"punk": "punk"}, ValueError, "a loop, punk -> punk"),
        ({"punk": ["rock", "pop"]}, TypeError, "a genre has one parent"),
        ({"pnuk": "jazz"}, ValueError, "'pnuk', and the genres are jazz, punk"),
        ([("punk", "rock")], ValueError, "must be an instance of 'dict' or None"),
    ],
)
def test_what_is_no_tree_is_refused(tree, error, words, clips):
    X, y = clips
    with pytest.raises(error, match=words):
        HierarchicalGenreClassifier(logistic(), hierarchy=tree).fit(X, genre_matrix(y))


@pytest.mark.parametrize(
    ("classifier", "words"),
    [
        (LogisticRegression(), r"OneVsRestClassifier\(LogisticRegression\(\)\)"),
        (RidgeClassifier(), "RidgeClassifier has no predict_proba"),
        (SVC(), "SVC has no predict_proba"),
    ],
)
def test_a_classifier_that_can_not_is_refused(classifier, words, clips):
    with pytest.raises(ValueError, match=words):
        HierarchicalGenreClassifier(classifier, hierarchy=TREE).fit(*clips)


def test_one_genre_per_clip_and_a_tree_need_sets(clips):
    X, _ = clips
    genres = np.where(X[:, 0] > 0, "jazz", "punk")
    with pytest.raises(ValueError, match=r"genre_matrix\(\[{genre} for genre in y\]\)"):
        HierarchicalGenreClassifier(logistic(), hierarchy=TREE).fit(X, genres)
    with pytest.raises(ValueError, match="'threshold' parameter of HierarchicalGenreClassifier"):
        HierarchicalGenreClassifier(logistic(), threshold=0.3).fit(X, genres)
    with pytest.raises(ValueError, match="both as names, or both as numbers"):
        HierarchicalGenreClassifier(logistic(), hierarchy={1: 2}).fit(*clips)


@pytest.mark.parametrize("name", ["trees", "votes", "forest"])
def test_it_is_saved_with_its_tree(name, clips, tmp_path):
    X, y = clips
    model = HierarchicalGenreClassifier(CLASSIFIERS[name], hierarchy=TREE).fit(X, y)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), atol=1e-9)
    assert loaded.predict(X) == model.predict(X)
    assert loaded.hierarchy_ == {"punk": "rock", "rock": "pop"}
    assert "HierarchicalGenreClassifier" in model_card(loaded)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("hierarchy_", {"punk": "rock", "rock": "punk"}),
        ("hierarchy_", {"punk": "polka"}),
        ("hierarchy_", {"punk": None}),
        ("hierarchy_", ["punk"]),
        ("thresholds_", np.array([0.5, 0.5, 0.4, 0.5])),
        ("genres_", np.array(["jazz", "pop", "punk"])),
    ],
)
def test_a_file_with_another_tree_is_refused(attribute, value, clips, tmp_path):
    model = HierarchicalGenreClassifier(logistic(), hierarchy=TREE).fit(*clips)
    setattr(model, attribute, value)
    with pytest.raises((TypeError, ModelFormatError), match="load_model would refuse it"):
        save_model(model, tmp_path / "model.skops")


@pytest.mark.parametrize("name", ["trees", "votes"])
def test_it_is_exported_with_its_tree(name, clips, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxmltools")
    X, y = clips
    model = HierarchicalGenreClassifier(CLASSIFIERS[name], hierarchy=TREE).fit(X, y)
    export_onnx(model, tmp_path / "model.onnx")
    rows = X[:, np.newaxis] if name == "votes" else X
    (found,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"table": rows})
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-5)


def test_a_tree_of_thousands_of_levels_is_checked_at_once():
    n_levels = 20_000
    chain = {number: number + 1 for number in range(n_levels)}
    assert check_hierarchy("fit", chain) == chain
    assert find_levels(chain, range(n_levels + 1)).tolist() == list(range(n_levels, -1, -1))
    with pytest.raises(ValueError, match="a loop, 19999 -> 20000 -> 19999"):
        check_hierarchy("fit", {**chain, n_levels: n_levels - 1})


def test_missing_parents_are_told_before_scores_count_them_as_wrong(clips):
    X, y = clips
    with pytest.warns(SkgenreWarning, match=r"\d+ of 80 clips lack the parent.*genre_matrix"):
        HierarchicalGenreClassifier(logistic(), hierarchy=TREE).fit(X, y)


@pytest.mark.filterwarnings("error:.*lack the parent of a genre")
def test_a_completed_target_has_the_parents(clips):
    X, y = clips
    full = genre_matrix(y, hierarchy=TREE)
    assert full.columns.tolist() == GENRES
    for genres, (_, row) in zip(y, full.iterrows(), strict=True):
        added = {"rock", "pop"} if "punk" in genres else set()
        assert set(full.columns[row == 1]) == genres | added
    model = HierarchicalGenreClassifier(logistic(), hierarchy=TREE).fit(X, full)
    assert model.score(X, full) > 0.9


def test_a_tree_must_fit_the_genres_of_a_matrix(clips):
    _, y = clips
    again = genre_matrix(genre_matrix(y, hierarchy=TREE), hierarchy=TREE)
    assert again.equals(genre_matrix(y, hierarchy=TREE))
    frame = genre_matrix(y, genres=["punk", "jazz"])
    assert genre_matrix(frame, hierarchy=TREE).columns.tolist() == ["punk", "jazz", "pop", "rock"]
    with pytest.raises(ValueError, match="hierarchy has 'rock', 'pop'"):
        genre_matrix(y, genres=["jazz", "punk"], hierarchy=TREE)
    with pytest.raises(ValueError, match="has a loop"):
        genre_matrix(y, hierarchy={"punk": "rock", "rock": "punk"})
    with pytest.raises(ValueError, match="both as names, or both as numbers"):
        genre_matrix(y, hierarchy={1: 2})
