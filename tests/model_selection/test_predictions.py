"""The table of predictions of a comparison."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skgenre.model_selection import compare
from skgenre.model_selection._compare.predictions import align_probabilities

CALLS = []


class Asked(GaussianNB):
    """Naive Bayes that lists the calls of its methods, in this process."""

    def predict(self, X):
        CALLS.append("predict")
        return super().predict(X)

    def predict_proba(self, X):
        CALLS.append("predict_proba")
        return super().predict_proba(X)


class OfFiles(ClassifierMixin, BaseEstimator):
    """Predicts the genre from the name of the file; its probabilities are no numbers."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array([Path(path).name.partition("-")[0] for path in X])

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), np.nan)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "jazz", "metal"], 8)
    return rng.standard_normal((24, 3)) + np.repeat([0.0, 2.0, 4.0], 8)[:, None], y


def test_a_row_has_pipeline_repeat_fold_clip_group_and_probabilities(table):
    X, y = table
    groups = np.array([f"artist {number // 2}" for number in range(24)])
    pipelines = {"bayes": GaussianNB(), "svc": LinearSVC()}
    predictions = compare(pipelines, X, y, groups=groups, cv=4, random_state=0).predictions
    assert predictions.columns.tolist() == [
        *("pipeline", "repeat", "fold", "clip", "group", "target", "predicted"),
        *("probability_blues", "probability_jazz", "probability_metal"),
    ]
    assert len(predictions) == 2 * 24
    assert (predictions["repeat"] == 0).all()
    assert (predictions["target"] == y[predictions["clip"]]).all()
    assert (predictions["group"] == groups[predictions["clip"]]).all()
    probabilities = predictions.filter(like="probability_")
    assert probabilities[predictions["pipeline"] == "svc"].isna().all(axis=None)
    own = probabilities[predictions["pipeline"] == "bayes"]
    assert np.allclose(own.sum(axis=1), 1, atol=1e-5)
    named = own.idxmax(axis=1).str.removeprefix("probability_")
    assert named.tolist() == predictions.loc[own.index, "predicted"].tolist()


def test_predictions_are_those_of_scikit_learn(table):
    X, y = table
    folds = [(np.setdiff1d(np.arange(24), part), part) for part in np.arange(24).reshape(8, 3).T]
    model = LogisticRegression()
    predictions = compare({"logistic": model}, X, y, cv=folds, random_state=0).predictions
    expected = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    found = predictions.sort_values("clip").filter(like="probability_")
    assert np.allclose(found, expected, atol=1e-6)


def test_repeats_are_numbered(table):
    cv = RepeatedStratifiedKFold(n_splits=4, n_repeats=3, random_state=0)
    predictions = compare({"bayes": GaussianNB()}, *table, cv=cv, random_state=0).predictions
    assert predictions["repeat"].value_counts().to_dict() == {0: 24, 1: 24, 2: 24}
    assert not predictions.duplicated(["repeat", "clip"]).any()


def test_without_any_probabilities_there_are_no_columns_of_them(table):
    predictions = compare({"svc": LinearSVC()}, *table, cv=2, random_state=0).predictions
    assert predictions.columns.tolist() == [
        *("pipeline", "repeat", "fold", "clip", "target", "predicted"),
    ]


def test_a_genre_that_a_pipeline_was_not_trained_on_has_probability_zero():
    genres = np.array(["blues", "jazz", "metal"])
    answers = {
        "predict": np.array(["metal", "blues"]),
        "predict_proba": np.array([[0.25, 0.75], [1.0, 0.0]]),
    }
    aligned = align_probabilities(answers, np.array(["blues", "metal"]), genres)
    assert aligned.tolist() == [[0.25, 0.0, 0.75], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "values", [[[0.5, 0.6]], [[np.nan, 1.0]], [[2.0, -1.0]], [[1.0]], [0.5], []]
)
def test_values_that_are_no_probabilities_are_left_out(values):
    genres = np.array(["blues", "metal"])
    answers = {"predict": genres[:1], "predict_proba": np.array(values)}
    assert align_probabilities(answers, genres, genres) is None
    answers["predict_proba"] = np.array([[0.5, 0.5]] * 2)
    assert align_probabilities(answers, genres, genres) is None


def test_a_clip_has_its_file(tmp_path):
    y = np.array(["blues", "metal"] * 4)
    paths = [tmp_path / f"{genre}-{number}" for number, genre in enumerate(y)]
    predictions = compare({"names": OfFiles()}, paths, y, cv=2, random_state=0).predictions
    assert predictions.columns.tolist()[3:] == ["clip", "file", "target", "predicted"]
    assert predictions["file"].tolist() == [str(paths[clip]) for clip in predictions["clip"]]
    assert (predictions["predicted"] == predictions["target"]).all()


def test_a_file_whose_name_is_not_utf8_keeps_it():
    y = np.array(["blues", "metal"] * 4)
    paths = [f"{genre}-\udce9{number}" for number, genre in enumerate(y)]
    predictions = compare({"names": OfFiles()}, paths, y, cv=2, random_state=0).predictions
    assert sorted(predictions["file"]) == sorted(paths)


@pytest.mark.parametrize("scoring", ["accuracy", ["neg_log_loss", "roc_auc_ovr", "map_at_2"]])
def test_a_fold_is_asked_once(table, scoring):
    CALLS.clear()
    result = compare({"asked": Asked()}, *table, cv=3, scoring=scoring, random_state=0)
    # GaussianNB's own predict does not call predict_proba.
    assert sorted(CALLS) == ["predict"] * 3 + ["predict_proba"] * 3
    if scoring != "accuracy":
        first = result.predictions[result.predictions["fold"] == 0]
        loss = log_loss(first["target"], first.filter(like="probability_"))
        assert result.frame["test_neg_log_loss"][0] == pytest.approx(-loss, abs=1e-4)


def test_a_function_of_the_user_gets_the_model(table):
    def n_features(model, X, y):
        return float(model.n_features_in_ + X.shape[1])

    result = compare({"bayes": GaussianNB()}, *table, cv=2, scoring=n_features, random_state=0)
    assert result.frame["test_score"].tolist() == [6.0, 6.0]
