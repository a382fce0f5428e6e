"""Votes of classifiers on one genre per clip, and on several."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import GenreVotingClassifier, HierarchicalGenreClassifier
from skgenre.datasets import genre_matrix
from skgenre.metrics import genre_ranking_frame
from skgenre.persistence import load_model, save_model

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
GENRES = ["funk", "jazz", "soul"]
MATRIX = (X[:, :3] + 0.3 * RNG.normal(size=(120, 3)) > 0.2).astype(int)
FRAME = pd.DataFrame(MATRIX, columns=GENRES)
SETS = [set(np.array(GENRES)[row == 1].tolist()) for row in MATRIX]
# A forest answers with a list of arrays, the others with one array.
MEMBERS = [
    ("forest", RandomForestClassifier(30, random_state=0)),
    ("linear", OneVsRestClassifier(LogisticRegression())),
]
ONE = np.array(["jazz", "rock"])[(X[:, 0] > 0).astype(int)]


def test_one_genre_per_clip_is_the_vote_of_scikit_learn():
    members = [("linear", LogisticRegression()), ("neighbours", KNeighborsClassifier())]
    ours = GenreVotingClassifier(members, weights=[2, 1]).fit(X, ONE)
    theirs = VotingClassifier(members, voting="soft", weights=[2, 1]).fit(X, ONE)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.classes_.tolist() == ["jazz", "rock"]
    assert not hasattr(ours, "genres_")


@pytest.mark.parametrize("weights", [None, [3, 1]])
def test_probabilities_are_the_mean_of_the_members(weights):
    model = GenreVotingClassifier(MEMBERS, weights=weights).fit(X, FRAME)
    forest, linear = model.estimators_
    by_genre = np.stack([part[:, 1] for part in forest.predict_proba(X)], axis=1)
    mean = np.average([by_genre, linear.predict_proba(X)], axis=0, weights=weights)
    np.testing.assert_allclose(model.predict_proba(X), mean)
    assert model.genres_.tolist() == GENRES
    assert [answers.tolist() for answers in model.classes_] == [[0, 1]] * 3


@pytest.mark.parametrize("y", [MATRIX, FRAME, SETS], ids=["matrix", "frame", "sets"])
def test_predictions_have_the_form_of_the_target(y):
    model = GenreVotingClassifier(MEMBERS).fit(X, y)
    predicted = model.predict(X)
    assert type(predicted) is type(y)
    assert model.score(X, y) > 0.9
    if isinstance(y, pd.DataFrame):
        assert predicted.columns.tolist() == GENRES


def test_held_out_clips_are_ranked_well():
    model = GenreVotingClassifier(MEMBERS).fit(X[:80], FRAME[:80])
    scores = genre_ranking_frame(FRAME[80:], model.predict_proba(X[80:]))
    assert scores.loc["macro avg", "roc_auc"] > 0.9


def test_thresholds_are_of_each_genre():
    plain = GenreVotingClassifier(MEMBERS).fit(X, MATRIX)
    model = GenreVotingClassifier(MEMBERS, threshold=[0.0, 0.5, 1.0]).fit(X, MATRIX)
    predicted = model.predict(X)
    assert predicted[:, 0].mean() > plain.predict(X)[:, 0].mean()
    np.testing.assert_array_equal(predicted[:, 1], plain.predict(X)[:, 1])
    assert not predicted[:, 2].any()


def test_hard_votes_are_counted():
    members = [*MEMBERS, ("neighbours", KNeighborsClassifier())]
    model = GenreVotingClassifier(members, voting="hard").fit(X, MATRIX)
    votes = sum(np.asarray(member.predict(X)) for member in model.estimators_)
    np.testing.assert_array_equal(model.predict(X), votes >= 2)
    assert not hasattr(model, "predict_proba")


def test_a_member_can_be_dropped():
    model = GenreVotingClassifier([MEMBERS[0], ("linear", "drop")], weights=[1, 5]).fit(X, MATRIX)
    assert len(model.estimators_) == 1
    assert model.predict_proba(X).shape == (120, 3)


def test_a_fit_on_one_genre_forgets_several():
    model = GenreVotingClassifier(MEMBERS).fit(X, FRAME)
    model.fit(X, ONE)
    assert not hasattr(model, "genres_")
    assert set(model.predict(X)) == {"jazz", "rock"}
    model.fit(X, SETS)
    assert not hasattr(model, "le_")
    assert isinstance(model.predict(X), list)


@pytest.mark.parametrize(
    ("params", "y", "words"),
    [
        ({"estimators": [("svc", SVC())]}, MATRIX, "SVC has no predict_proba: use another"),
        (
            {"estimators": [("wrapped", OneVsRestClassifier(SVC()))]},
            MATRIX,
            "OneVsRestClassifier has no predict_proba",
        ),
        (
            {"estimators": [("svc", SVC())], "voting": "hard"},
            MATRIX,
            r"SVC takes one: wrap it, as in OneVsRestClassifier\(SVC\(\)\)",
        ),
        (
            {"estimators": [("steps", make_pipeline(StandardScaler(), GaussianNB()))]},
            MATRIX,
            r"GaussianNB takes one: wrap it, as in OneVsRestClassifier\(GaussianNB\(\)\)",
        ),
        ({"threshold": [0.5, 0.5]}, MATRIX, "each of the 3 genres"),
        ({"threshold": "f1"}, MATRIX, "threshold"),
        ({"threshold": 0.4}, ONE, "is for clips of several genres"),
        ({}, np.zeros((120, 3), dtype=int), "needs a clip with a genre"),
        ({"weights": [1, 2, 3]}, MATRIX, "[Nn]umber of `estimators` and weights must be equal"),
    ],
)
def test_wrong_parameters_are_refused(params, y, words):
    model = GenreVotingClassifier(**{"estimators": MEMBERS, **params})
    with pytest.raises(ValueError, match=words):
        model.fit(X, y)


def test_weights_of_clips_reach_the_members():
    members = [("one", RandomForestClassifier(5, random_state=0))]
    weight = np.where(MATRIX[:, 0] == 1, 100.0, 1e-3)
    weighted = GenreVotingClassifier(members).fit(X, MATRIX, sample_weight=weight)
    plain = GenreVotingClassifier(members).fit(X, MATRIX)
    assert weighted.predict_proba(X)[:, 0].mean() > plain.predict_proba(X)[:, 0].mean() + 0.2
    with config_context(enable_metadata_routing=True):
        routed = GenreVotingClassifier(
            [("one", members[0][1].set_fit_request(sample_weight=True))]
        ).fit(X, MATRIX, sample_weight=weight)
    np.testing.assert_array_equal(routed.predict_proba(X), weighted.predict_proba(X))


@pytest.mark.parametrize("y", [ONE, FRAME, SETS], ids=["one", "frame", "sets"])
def test_it_is_saved_and_loaded(y, tmp_path):
    model = GenreVotingClassifier(MEMBERS, weights=[1, 2]).fit(X, y)
    save_model(model, tmp_path / "vote.skops")
    loaded = load_model(tmp_path / "vote.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert type(loaded.predict(X)) is type(model.predict(X))


def test_a_tree_of_genres_holds_for_a_vote():
    tree = HierarchicalGenreClassifier(GenreVotingClassifier(MEMBERS), hierarchy={"soul": "jazz"})
    full = genre_matrix(FRAME, hierarchy={"soul": "jazz"})
    found = tree.fit(X, full).predict_proba(X)
    assert (found[:, 1] >= found[:, 2]).all()
