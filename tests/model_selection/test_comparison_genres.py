"""Errors of a comparison by genre and by clip, and its calibration."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import RepeatedStratifiedKFold, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skgenre.metrics import classification_report_frame, expected_calibration_error
from skgenre.model_selection import compare


class Scripted(ClassifierMixin, BaseEstimator):
    """Answers what stands in the table: a number of a genre, with a confidence."""

    def __init__(self, column=0, confidence=0.75):
        self.column = column
        self.confidence = confidence

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X):
        n_genres = len(self.classes_)
        values = np.full((len(X), n_genres), (1 - self.confidence) / (n_genres - 1))
        values[np.arange(len(X)), X[:, self.column].astype(int)] = self.confidence
        return values


GENRES = ["blues", "jazz", "metal"]


@pytest.fixture
def table():
    """Twelve clips; one model errs on clips 0, 1 and 4, the other on 0, 4 and 8."""
    y = np.repeat([0, 1, 2], 4)
    X = np.tile(y[:, np.newaxis], 2).astype(float)
    X[[0, 1, 4], 0] = 1, 1, 2
    X[[0, 4, 8], 1] = 1, 0, 0
    return X, np.array(GENRES)[y]


@pytest.fixture
def result(table):
    pipelines = {"a": Scripted(0), "b": Scripted(1, confidence=0.5)}
    return compare(pipelines, *table, cv=2, random_state=0)


def test_a_confusion_matrix_has_a_row_per_true_genre(result):
    matrix = result.confusion_matrix("a")
    assert matrix.index.tolist() == matrix.columns.tolist() == GENRES
    assert (matrix.index.name, matrix.columns.name) == ("target", "predicted")
    assert matrix.to_numpy().tolist() == [[2, 2, 0], [0, 3, 1], [0, 0, 4]]
    assert result.confusion_matrix("a", normalize="true").loc["blues", "jazz"] == 0.5


def test_the_best_pipeline_is_the_default(table):
    X, y = table
    result = compare({"chance": DummyClassifier(), "a": Scripted(0)}, X, y, cv=2, random_state=0)
    pd.testing.assert_frame_equal(result.confusion_matrix(), result.confusion_matrix("a"))
    pd.testing.assert_frame_equal(result.per_genre(), result.per_genre("a"))


def test_per_genre_is_the_report_of_the_held_out_clips(result):
    held_out = result.predictions.query("pipeline == 'b'")
    expected = classification_report_frame(held_out["target"], held_out["predicted"])
    pd.testing.assert_frame_equal(result.per_genre("b"), expected)


def test_confused_pairs_come_by_frequency(result):
    pairs = result.confused_pairs("a")
    assert pairs.values.tolist() == [["blues", "jazz", 2, 0.5], ["jazz", "metal", 1, 0.25]]
    assert pairs.columns.tolist() == ["target", "predicted", "n_clips", "share"]


def test_clips_that_no_pipeline_predicts_come_with_what_they_agree_on(result):
    wrong = result.always_wrong()
    assert wrong["clip"].tolist() == [0, 4]
    first, second = wrong.to_dict("records")
    assert (first["target"], first["predicted"], first["agreement"]) == ("blues", "jazz", 1.0)
    assert first["probability"] == pytest.approx((0.75 + 0.5) / 2)
    # One says metal, the other blues.
    assert (second["target"], second["agreement"]) == ("jazz", 0.5)


def test_a_clip_predicted_in_one_repeat_is_not_always_wrong(table):
    X, y = table
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    result = compare({"a": Scripted(0)}, X, y, cv=cv)
    assert sorted(result.always_wrong()["clip"]) == [0, 1, 4]
    assert result.confusion_matrix().to_numpy().sum() == 24
    row = result.predictions.query("clip == 4 and repeat == 1").index
    result.predictions.loc[row, "predicted"] = "jazz"
    assert sorted(result.always_wrong()["clip"]) == [0, 1]


def test_no_clip_that_all_miss_is_an_empty_table(table):
    X, y = table
    result = compare({"a": Scripted(), "b": Scripted(1)}, X[[2, 3, 5, 6]], y[[2, 3, 5, 6]], cv=2)
    wrong = result.always_wrong()
    assert len(wrong) == 0
    assert wrong.columns.tolist() == ["clip", "target", "predicted", "agreement", "probability"]
    assert len(result.confused_pairs()) == 0


def test_calibration_compares_confidence_with_accuracy(result):
    calibration = result.calibration()
    assert calibration.index.tolist() == ["a", "b"]
    assert calibration.loc["a", ["confidence", "accuracy", "n_clips"]].tolist() == [0.75, 0.75, 12]
    assert calibration.at["a", "expected_calibration_error"] == pytest.approx(0)
    held_out = result.predictions.query("pipeline == 'b'")
    expected = expected_calibration_error(held_out["target"], held_out.filter(like="probability_"))
    assert calibration.at["b", "expected_calibration_error"] == pytest.approx(expected)
    bins = result.reliability("b", n_bins=5)
    assert bins["n_clips"].tolist() == [12]
    assert bins["confidence"].tolist() == pytest.approx([0.5])


def test_a_pipeline_without_probabilities_has_no_calibration(table):
    result = compare({"a": Scripted(), "svc": LinearSVC()}, *table, cv=2, random_state=0)
    assert result.calibration().index.tolist() == ["a"]
    with pytest.raises(ValueError, match=r"'svc' has no probabilities.* with probabilities: 'a'"):
        result.reliability("svc")
    alone = compare({"svc": LinearSVC()}, *table, cv=2, random_state=0)
    assert len(alone.calibration()) == 0
    with pytest.raises(ValueError, match="Those with probabilities: none"):
        alone.reliability()


@pytest.mark.parametrize("genres", [["a", "b", "c"], [0, 10, 2], [1.0, 3.0, 2.0]])
def test_a_genre_that_is_never_tested_has_a_column(genres):
    X = np.tile(np.repeat([0.0, 1.0, 2.0], 6)[:, np.newaxis], (1, 2))
    y = np.array(genres)[X[:, 0].astype(int)]
    test = np.array([0, 1, 6, 7])
    cv = [(np.setdiff1d(np.arange(18), test), test)]
    result = compare({"bayes": GaussianNB(var_smoothing=1e-2)}, X, y, cv=cv)
    matrix = result.confusion_matrix()
    assert matrix.index.tolist() == sorted(genres)
    held_out = result.predictions
    expected = confusion_matrix(held_out["target"], held_out["predicted"], labels=sorted(genres))
    assert (matrix.to_numpy() == expected).all()
    assert result.calibration()["accuracy"].tolist() == [1.0]
    assert result.per_genre().loc[genres[2], "support"] == 0


def test_an_unknown_pipeline_is_named(result):
    with pytest.raises(ValueError, match=r"pipeline must be one of 'a', 'b'. Got 'c' instead"):
        result.per_genre("c")
    with pytest.raises(ValueError, match=r"'normalize' parameter of .*confusion_matrix"):
        result.confusion_matrix("a", normalize="rows")


def test_a_pipeline_without_predictions_says_so(table):
    class Broken(DummyClassifier):
        def fit(self, X, y):
            raise RuntimeError("no memory")

    cv = ShuffleSplit(1, test_size=0.5, random_state=0)
    with pytest.warns(match="no memory"):
        result = compare({"broken": Broken(), "a": Scripted()}, *table, cv=cv)
    with pytest.raises(ValueError, match="'broken' has no predictions: see the errors"):
        result.confusion_matrix("broken")


def test_genres_that_are_not_utf8_are_in_every_result(table, tmp_path):
    X, y = table
    y = np.array(["caf\udce9", "jazz", "metal"])[np.searchsorted(GENRES, y)]
    scoring = ["accuracy", "f1_macro", "neg_log_loss"]
    options = {"cv": 2, "random_state": 0, "scoring": scoring}
    result = compare({"a": Scripted(0)}, X, y, **options) | compare(
        {"b": Scripted(1)}, X, y, **options
    )
    assert "probability_caf\udce9" in result.predictions.columns
    assert result.pairwise("f1_macro").at[0, "test"] == "sign-flip test over clips"
    assert result.to_dict()["genres"]["a"][0]["genre"] == "caf\udce9"
    result.to_html(tmp_path / "report.html")
    assert "caf\\xe9" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_name_of_a_pipeline_that_is_not_utf8_is_refused(table):
    with pytest.raises(ValueError, match=r"names of pipelines that can be written as UTF-8"):
        compare({"caf\udce9": Scripted(0)}, *table, cv=2)
