"""Displays of a comparison's held-out predictions."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgenre.inspection import (
    GenreConfusionMatrixDisplay,
    GenrePrecisionRecallDisplay,
    GenreScoresDisplay,
    ReliabilityDisplay,
)
from skgenre.model_selection import compare


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "jazz", "metal"], 10)
    X = rng.standard_normal((30, 3)) + 2 * np.eye(3)[np.repeat([0, 1, 2], 10)]
    return compare({"bayes": GaussianNB(), "svc": LinearSVC()}, X, y, cv=2, random_state=0)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_confusion_matrix_of_a_pipeline(result):
    display = GenreConfusionMatrixDisplay.from_comparison(result, "svc")
    assert display.confusion_matrix.tolist() == result.confusion_matrix("svc").values.tolist()
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["blues", "jazz", "metal"]
    shares = GenreConfusionMatrixDisplay.from_comparison(result, normalize="true")
    assert np.allclose(shares.confusion_matrix.sum(axis=1), 1)


def test_the_reliability_of_the_best_pipeline_with_probabilities(result):
    figure, ax = plt.subplots()
    display = ReliabilityDisplay.from_comparison(result, n_bins=5, ax=ax)
    assert display.ax_ is ax
    assert display.frame.equals(result.reliability("bayes", n_bins=5))
    assert figure is display.figure_


def test_the_curves_of_a_pipeline(result):
    display = GenrePrecisionRecallDisplay.from_comparison(result, genres=["jazz"])
    target, values = result.probabilities("bayes")
    expected = GenrePrecisionRecallDisplay.from_predictions(target, values, labels=values.columns)
    assert display.average_precision == expected.average_precision
    assert list(display.lines_) == ["jazz", "all genres (micro)"]


@pytest.mark.parametrize("display", [ReliabilityDisplay, GenrePrecisionRecallDisplay])
def test_a_pipeline_without_probabilities_is_named(result, display):
    with pytest.raises(ValueError, match="'svc' has no probabilities"):
        display.from_comparison(result, "svc")


@pytest.fixture(scope="module")
def several():
    """A comparison of clips of several genres, in groups of two."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    y = pd.DataFrame(X[:, :3] + rng.normal(size=(60, 3)) > 0.3, columns=["blues", "jazz", "rock"])
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(9))
    groups = np.repeat(np.arange(30), 2)
    return compare({"neighbours": model}, X, y.astype(int), groups=groups, cv=3, scoring="roc_auc")


def test_scores_of_the_genres_of_a_pipeline(several):
    display = GenreScoresDisplay.from_comparison(several, n_bootstraps=100)
    target, values = several.probabilities()
    expected = roc_auc_score(target.to_numpy(), values.to_numpy(), average=None)
    np.testing.assert_allclose(display.frame["score"], expected)
    assert display.frame.index.tolist() == ["blues", "jazz", "rock"]
    assert display.frame[["low", "high"]].notna().all(axis=None)


def test_curves_of_a_pipeline_of_several_genres(several):
    display = GenrePrecisionRecallDisplay.from_comparison(several, "neighbours")
    target, values = several.probabilities()
    expected = average_precision_score(target["jazz"], values["jazz"])
    assert display.average_precision["jazz"] == pytest.approx(expected)
