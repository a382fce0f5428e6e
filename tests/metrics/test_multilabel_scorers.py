"""Scores of clips that may have several genres."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    coverage_error,
    f1_score,
    label_ranking_average_precision_score,
    roc_auc_score,
)
from sklearn.model_selection import cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.exceptions import SkgenreWarning
from skgenre.metrics import (
    check_genre_scoring,
    genre_ranking_frame,
    get_genre_scorer,
    get_genre_scorer_names,
    make_genre_scorer,
)


def make_clips(n_genres, n_clips=80, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_clips, 6))
    y = X @ rng.normal(size=(6, n_genres)) + rng.normal(size=(n_clips, n_genres)) > 0.5
    return X, y.astype(int)


def probabilities(model, X):
    found = model.predict_proba(X)
    return np.stack([part[:, 1] for part in found], 1) if isinstance(found, list) else found


MODELS = {
    "forest": RandomForestClassifier(10, random_state=0),
    "neighbours": KNeighborsClassifier(3),
    "one against the rest": OneVsRestClassifier(LogisticRegression()),
    "trees": XGBGenreClassifier(n_estimators=5, random_state=0),
    "network": CNNClassifier(channels=(4,), max_epochs=2, random_state=0),
}


@pytest.mark.parametrize("n_genres", [2, 3, 20])
@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_scikit_learn(n_genres, name):
    X, y = make_clips(n_genres)
    model = MODELS[name].fit(X[:50], y[:50])
    names = [
        "roc_auc",
        "average_precision",
        "f1_micro",
        "f1_macro",
        "label_ranking_average_precision",
        "neg_coverage_error",
    ]
    found = check_genre_scoring(model, names, multilabel=True)(model, X[50:], y[50:])
    scores, predicted = probabilities(model, X[50:]), model.predict(X[50:])
    some = y[50:].any(axis=1)
    expected = {
        "roc_auc": roc_auc_score(y[50:], scores),
        "average_precision": average_precision_score(y[50:], scores),
        "f1_micro": f1_score(y[50:], predicted, average="micro"),
        "f1_macro": f1_score(y[50:], predicted, average="macro", zero_division=0),
        "label_ranking_average_precision": label_ranking_average_precision_score(
            y[50:][some], scores[some]
        ),
        "neg_coverage_error": -coverage_error(y[50:][some], scores[some]),
    }
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n_genres", [2, 3])
def test_votes_of_segments_are_scored(n_genres):
    X, y = make_clips(n_genres)
    segments = np.repeat(X[:, None], 3, axis=1)[..., None]
    model = SegmentVotingClassifier(RandomForestClassifier(10, random_state=0))
    model.fit(segments[:50], y[:50])
    found = get_genre_scorer("roc_auc", multilabel=True)(model, segments[50:], y[50:])
    assert found == pytest.approx(roc_auc_score(y[50:], model.predict_proba(segments[50:])))


def test_a_genre_without_clips_is_left_out_by_name():
    X, y = make_clips(3)
    y[50:, 1] = 0
    table = pd.DataFrame(y, columns=["blues", "jazz", "soul"])
    model = XGBGenreClassifier(n_estimators=5, random_state=0).fit(X[:50], table[:50])
    scores = model.predict_proba(X[50:])
    expected = np.mean([roc_auc_score(y[50:, j], scores[:, j]) for j in (0, 2)])
    with pytest.warns(SkgenreWarning, match="roc_auc is undefined for jazz, .* 3 genres") as caught:
        value = get_genre_scorer("roc_auc", multilabel=True)(model, X[50:], table[50:])
    assert len(caught) == 1
    assert value == pytest.approx(expected)


def test_a_score_is_nan_only_if_no_genre_has_one():
    y = np.array([[1, 0], [1, 0]])
    model = RandomForestClassifier(3, random_state=0).fit(*make_clips(2))
    with pytest.warns(SkgenreWarning, match="undefined for 0, 1"):
        value = get_genre_scorer("average_precision", multilabel=True)(model, np.zeros((2, 6)), y)
    assert np.isnan(value)


def test_a_genre_that_no_training_clip_had_has_probability_0():
    X, y = make_clips(3)
    y[:50, 2] = 0
    model = RandomForestClassifier(5, random_state=0).fit(X[:50], y[:50])
    found = get_genre_scorer("roc_auc_per_genre", multilabel=True)(model, X[50:], y[50:])
    assert found["roc_auc_2"] == pytest.approx(0.5)


@pytest.mark.parametrize("form", ["sets", "lists", "frame", "other order"])
def test_genres_in_any_form_give_the_same_score(form):
    X, y = make_clips(3)
    genres = np.array(["blues", "jazz", "soul"])
    frame = pd.DataFrame(y, columns=genres)
    sets = [set(genres[row.astype(bool)].tolist()) for row in y]
    forms = {
        "sets": sets,
        "lists": [sorted(row) for row in sets],
        "frame": frame,
        "other order": frame[["soul", "blues", "jazz"]],
    }
    target = forms[form]
    rows = slice(50, None)
    held_out = target[rows] if isinstance(target, list) else target.iloc[rows]
    train = target[:50] if isinstance(target, list) else target.iloc[:50]
    model = XGBGenreClassifier(n_estimators=5, random_state=0).fit(X[:50], train)
    other = XGBGenreClassifier(n_estimators=5, random_state=0).fit(X[:50], frame[:50])
    for name in ("average_precision", "f1_samples"):
        scorer = get_genre_scorer(name, multilabel=True)
        expected = scorer(other, X[50:], frame[50:])
        if form != "other order":  # whose trees draw other numbers
            assert scorer(model, X[50:], held_out) == pytest.approx(expected)
        # The model's own order counts, not that of y.
        assert scorer(other, X[50:], held_out) == pytest.approx(expected)


def test_a_clip_without_genres_counts_in_f1_and_not_in_rankings():
    class Model(KNeighborsClassifier):
        genres_ = np.array(["jazz", "soul"])
        classes_ = [np.array([0, 1])] * 2

        def predict(self, X):
            return [{"jazz"}, set(), set()]

        def predict_proba(self, X):
            return np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.3]])

    y = [{"jazz"}, {"soul"}, set()]

    def score(name):
        return get_genre_scorer(name, multilabel=True)(Model(), np.zeros((3, 1)), y)

    assert score("f1_samples") == pytest.approx(2 / 3)
    assert score("label_ranking_average_precision") == pytest.approx(0.75)
    assert score("neg_coverage_error") == pytest.approx(-1.5)
    assert score("map_at_3") == pytest.approx(0.75)
    assert score("precision_macro") == pytest.approx(0.5)
    assert score("recall_macro") == pytest.approx(0.5)


def test_map_at_k_is_a_mean_over_the_genres_of_a_clip():
    class Model(KNeighborsClassifier):
        classes_ = [np.array([0, 1])] * 4

        def predict_proba(self, X):
            return np.array([[0.9, 0.8, 0.7, 0.1]])

    value = get_genre_scorer("map_at_3", multilabel=True)(
        Model(), np.zeros((1, 1)), np.array([[1, 0, 1, 1]])
    )
    assert value == pytest.approx((1 + 2 / 3) / 3)


@pytest.mark.parametrize("name", get_genre_scorer_names(multilabel=True))
def test_every_scorer_survives_a_pickle(name):
    X, y = make_clips(3)
    model = RandomForestClassifier(5, random_state=0).fit(X, y)
    scorer = get_genre_scorer(name, multilabel=True)
    assert pickle.loads(pickle.dumps(scorer))(model, X, y) == scorer(model, X, y)


def test_scorers_work_in_scikit_learns_tools():
    X, y = make_clips(3)
    scorer = get_genre_scorer("average_precision", multilabel=True)
    values = cross_val_score(RandomForestClassifier(10, random_state=0), X, y, scoring=scorer)
    assert (values > y.mean()).all()


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("accuracy", "use 'f1_samples'"),
        ("top_2_accuracy", "use 'map_at_3'"),
        ("roc_auc_ovr", "use 'roc_auc'"),
        ("mean_average_precision", "use 'average_precision'"),
        ("neg_log_loss", "use 'roc_auc' or 'average_precision'"),
        ("rocauc", "no score named 'rocauc'. Did you mean 'roc_auc'"),
    ],
)
def test_a_score_of_one_genre_per_clip_is_refused_with_the_cure(name, cure):
    with pytest.raises(ValueError, match=cure):
        get_genre_scorer(name, multilabel=True)


def test_a_model_or_a_target_of_one_genre_per_clip_is_refused():
    X, y = make_clips(3)
    scorer = get_genre_scorer("f1_macro", multilabel=True)
    one = LogisticRegression().fit(X, y[:, 0])
    with pytest.raises(ValueError, match="LogisticRegression gives one genre per clip"):
        scorer(one, X, y)
    several = RandomForestClassifier(3).fit(X, y)
    with pytest.raises(ValueError, match="needs several genres per clip as y"):
        scorer(several, X, y[:, 0])
    with pytest.raises(ValueError, match="can't tell which column of RandomForestClassifier"):
        scorer(several, X, [{"jazz"}] * len(X))


def test_a_function_gets_matrices_and_names():
    def seen(y_true, y_pred, *, labels):
        assert y_true.shape == y_pred.shape
        return list(labels).index("jazz") + y_true.sum() / 1000

    X, y = make_clips(2)
    frame = pd.DataFrame(y, columns=["blues", "jazz"])
    model = XGBGenreClassifier(n_estimators=2).fit(X, frame)
    assert make_genre_scorer(seen)(model, X, frame) == pytest.approx(1 + y.sum() / 1000)


def test_the_frame_has_each_genre_and_the_means_of_the_defined():
    y = pd.DataFrame({"jazz": [1, 1, 0, 0], "soul": [0, 0, 0, 0], "rock": [0, 1, 0, 1]})
    scores = [[0.9, 0.1, 0.2], [0.8, 0.1, 0.9], [0.1, 0.2, 0.8], [0.2, 0.3, 0.7]]
    frame = genre_ranking_frame(y, scores)
    assert frame.index.tolist() == ["jazz", "soul", "rock", "macro avg"]
    assert frame["support"].tolist() == [2, 0, 2, 4]
    assert np.isnan(frame.at["soul", "roc_auc"])
    assert frame.at["macro avg", "roc_auc"] == pytest.approx((1 + 0.75) / 2)
    assert frame.at["jazz", "average_precision"] == pytest.approx(1)


def test_the_frame_refuses_scores_of_another_shape_and_nan():
    with pytest.raises(ValueError, match=r"shape \(2, 2\). Got shape \(2, 3\)"):
        genre_ranking_frame([{"jazz"}, {"soul"}], np.zeros((2, 3)))
    with pytest.raises(ValueError, match="1 of 2 clips have NaN"):
        genre_ranking_frame([{"jazz"}, {"soul"}], [[0.1, np.nan], [0, 0]])
