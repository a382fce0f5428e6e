"""Displays of what models predict and how they were trained."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgenre.classifiers import MLPGenreClassifier, SegmentVotingClassifier
from skgenre.inspection import (
    GenreConfusionMatrixDisplay,
    GenrePrecisionRecallDisplay,
    HistoryDisplay,
    ReliabilityDisplay,
    genre_colors,
)
from skgenre.metrics import expected_calibration_error, reliability_frame

GENRES = np.array(["blues", "jazz", "metal", "rock"])
MICRO = "all genres (micro)"


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(
        120, n_features=6, n_informative=4, n_classes=4, class_sep=0.8, random_state=0
    )
    return X, GENRES[y]


@pytest.fixture(scope="module")
def model(table):
    return LogisticRegression().fit(table[0][:80], table[1][:80])


@pytest.fixture
def fold(table):
    """Clips of a test fold in which there is no metal."""
    X, y = table[0][80:], table[1][80:]
    return X[y != "metal"], y[y != "metal"]


def colors_of(display):
    return {genre: line.get_color() for genre, line in display.lines_.items() if genre != MICRO}


def test_the_confusion_matrix_of_a_fold_has_all_genres_of_the_model(model, fold):
    X, y = fold
    # Metal is not predicted either.
    others = model.predict(X) != "metal"
    X, y = X[others], y[others]
    display = GenreConfusionMatrixDisplay.from_estimator(model, X, y)
    expected = confusion_matrix(y, model.predict(X), labels=GENRES)
    np.testing.assert_array_equal(display.confusion_matrix, expected)
    np.testing.assert_array_equal(display.im_.get_array(), expected)
    for axis in (display.ax_.xaxis, display.ax_.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == GENRES.tolist()
    assert display.ax_.get_ylabel() == "true genre"


def test_a_genre_that_the_model_does_not_know_is_a_row(table):
    X, y = table
    known = y != "jazz"
    model = LogisticRegression().fit(X[known], y[known])
    display = GenreConfusionMatrixDisplay.from_estimator(model, X, y)
    assert display.confusion_matrix.shape == (4, 4)
    assert display.confusion_matrix[1].sum() == (y == "jazz").sum()
    assert display.confusion_matrix[:, 1].sum() == 0


def test_numbers_of_a_confusion_matrix_are_short_and_zeros_blank():
    y, predicted = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
    counts = GenreConfusionMatrixDisplay.from_predictions(y, predicted)
    assert [text.get_text() for text in counts.text_.ravel()] == ["2", "1", "", "1"]
    shares = GenreConfusionMatrixDisplay.from_predictions(y, predicted, normalize="true")
    assert [text.get_text() for text in shares.text_.ravel()] == [".67", ".33", "", "1.00"]


def test_numbers_stay_within_their_cells():
    genres = [f"genre {number:02d}" for number in range(20)]
    y, predicted = np.repeat(genres, 3), np.tile(genres, 3)
    large = GenreConfusionMatrixDisplay.from_predictions(y, predicted, normalize="true")
    large.figure_.draw_without_rendering()
    cell = large.ax_.get_window_extent().width / 20
    texts = [text for text in large.text_.ravel() if text.get_text()]
    assert texts
    assert all(text.get_visible() for text in texts)
    assert max(text.get_window_extent().width for text in texts) < cell
    ax = plt.figure(figsize=(2, 2)).subplots()
    small = GenreConfusionMatrixDisplay.from_predictions(y, predicted, normalize="true", ax=ax)
    assert small.ax_ is ax
    assert not any(text.get_visible() for text in small.text_.ravel())


def test_a_new_figure_grows_with_genres_and_their_names():
    def width(names):
        return GenreConfusionMatrixDisplay.from_predictions(names, names).figure_.get_figwidth()

    few = width(["a", "b"])
    assert width([str(number) for number in range(15)]) > few
    assert width(["a" * 60, "b" * 60]) > few


def test_precision_recall_curves_are_sklearns(model, table):
    X, y = table
    display = GenrePrecisionRecallDisplay.from_estimator(model, X, y)
    probabilities = model.predict_proba(X)
    assert list(display.lines_) == [*GENRES, MICRO]
    for column, genre in enumerate(GENRES):
        precision, recall, _ = precision_recall_curve(y == genre, probabilities[:, column])
        line = display.lines_[genre]
        np.testing.assert_allclose(line.get_xdata(), recall)
        np.testing.assert_allclose(line.get_ydata(), precision)
        area = average_precision_score(y == genre, probabilities[:, column])
        assert display.average_precision[genre] == pytest.approx(area)
        assert line.get_label() == f"{genre}: {area:.2f}"
    micro = average_precision_score(y[:, None] == GENRES, probabilities, average="micro")
    assert display.average_precision[MICRO] == pytest.approx(micro)
    assert display.lines_[MICRO].get_color() not in genre_colors(GENRES).values()


def test_a_genre_without_clips_is_said_to_have_none(model, fold):
    display = GenrePrecisionRecallDisplay.from_estimator(model, *fold)
    assert display.lines_["metal"].get_label() == "metal: no clips"
    assert len(display.lines_["metal"].get_xdata()) == 0
    legend = [text.get_text() for text in display.legend_.get_texts()]
    assert "metal: no clips" in legend


def test_some_genres_keep_their_colours(model, table):
    every = GenrePrecisionRecallDisplay.from_estimator(model, *table)
    some = GenrePrecisionRecallDisplay.from_estimator(model, *table, genres=["rock"])
    assert list(some.lines_) == ["rock", MICRO]
    assert colors_of(some)["rock"] == colors_of(every)["rock"] == genre_colors(["rock"])["rock"]
    with pytest.raises(ValueError, match="no curve of 'polka'"):
        every.plot(genres=["polka"])


def test_precision_and_recall_need_no_probabilities(table):
    X, y = table
    svm = LinearSVC().fit(X, y)
    display = GenrePrecisionRecallDisplay.from_estimator(svm, X, y)
    area = average_precision_score(y == "jazz", svm.decision_function(X)[:, 1])
    assert display.average_precision["jazz"] == pytest.approx(area)


def test_of_two_genres_both_have_a_curve(table):
    X, y = table
    two = np.isin(y, ["blues", "rock"])
    for classifier in (LogisticRegression(), LinearSVC()):
        model = classifier.fit(X[two], y[two])
        display = GenrePrecisionRecallDisplay.from_estimator(model, X[two], y[two])
        blues = average_precision_score(y[two] == "blues", -model.decision_function(X[two]))
        assert display.average_precision["blues"] == pytest.approx(blues)


def test_the_reliability_diagram_shows_the_bins(model, table):
    X, y = table
    ax = plt.figure().subplots()
    display = ReliabilityDisplay.from_estimator(model, X, y, n_bins=8, ax=ax)
    frame = reliability_frame(y, model.predict_proba(X), n_bins=8, labels=GENRES)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    np.testing.assert_allclose(display.line_.get_xdata(), frame["confidence"])
    np.testing.assert_allclose(display.line_.get_ydata(), frame["accuracy"])
    bars = display.bars_.patches
    np.testing.assert_allclose([bar.get_height() for bar in bars], frame["accuracy"])
    np.testing.assert_allclose([bar.get_x() for bar in bars], frame["low"])
    np.testing.assert_allclose([bar.get_width() for bar in bars], frame["high"] - frame["low"])
    assert [int(text.get_text()) for text in display.counts_] == frame["n_clips"].tolist()
    error = expected_calibration_error(y, model.predict_proba(X), n_bins=8, labels=GENRES)
    assert display.expected_calibration_error == pytest.approx(error)
    assert f"calibration error {error:.3f}" in display.text_.get_text()


def test_reliability_needs_probabilities(table):
    X, y = table
    with pytest.raises(ValueError, match=r"ReliabilityDisplay needs.*LinearSVC has none.*Calibr"):
        ReliabilityDisplay.from_estimator(LinearSVC().fit(X, y), X, y)


HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2, 3, 4],
        "train_loss": [1.0, 0.8, 0.6, 0.5],
        "train_accuracy": [0.3, 0.5, 0.6, 0.7],
        "valid_loss": [1.1, 0.9, 0.95, 1.2],
        "valid_accuracy": [0.2, 0.4, 0.5, 0.5],
    }
)


def test_the_history_shows_losses_accuracies_and_the_best_epoch():
    display = HistoryDisplay(HISTORY).plot()
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "accuracy"]
    for column, line in display.lines_.items():
        assert line.get_xdata().tolist() == [1, 2, 3, 4]
        assert line.get_ydata().tolist() == HISTORY[column].tolist()
    assert len(display.lines_) == 4
    assert display.best_epoch == 2
    assert [list(line.get_xdata()) for line in display.best_lines_] == [[2, 2], [2, 2]]
    labels = [text.get_text() for text in display.legend_.get_texts()]
    assert labels == ["training", "validation", "best epoch: 2"]


def test_a_history_without_validation_marks_no_epoch():
    display = HistoryDisplay(HISTORY[["epoch", "train_loss", "train_accuracy"]]).plot()
    assert sorted(display.lines_) == ["train_accuracy", "train_loss"]
    assert display.best_epoch is None
    assert display.best_lines_ == []


def test_the_history_takes_an_axes_a_metric():
    ax = plt.figure().subplots()
    display = HistoryDisplay(HISTORY).plot(ax=ax, metrics="accuracy")
    assert display.ax_ is ax
    assert sorted(display.lines_) == ["train_accuracy", "valid_accuracy"]
    with pytest.raises(ValueError, match=r"one axes a metric: 2. Got 1"):
        HistoryDisplay(HISTORY).plot(ax=ax)
    with pytest.raises(ValueError, match=r"'metrics'.*Got 'f1'"):
        HistoryDisplay(HISTORY).plot(metrics="f1")


def network():
    return MLPGenreClassifier(max_epochs=3, early_stopping=True, random_state=0)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda network: network,
        lambda network: make_pipeline(StandardScaler(), network),
        SegmentVotingClassifier,
        lambda network: GridSearchCV(
            make_pipeline(StandardScaler(), SegmentVotingClassifier(network)), {}, cv=2
        ),
    ],
)
def test_the_history_of_a_network_within_others_is_found(table, wrap):
    display = HistoryDisplay.from_estimator(wrap(network()).fit(*table))
    assert len(display.lines_["train_loss"].get_xdata()) == 3
    assert display.best_epoch in (1, 2, 3)


def test_what_has_no_history_is_named(model):
    with pytest.raises(ValueError, match="LogisticRegression has no history_"):
        HistoryDisplay.from_estimator(model)


def test_colours_are_the_genres_own():
    gtzan = ["blues", "classical", "country", "disco", "hiphop"]
    gtzan += ["jazz", "metal", "pop", "reggae", "rock"]
    fma = ["Electronic", "Experimental", "Folk", "Hip-Hop"]
    fma += ["Instrumental", "International", "Pop", "Rock"]
    for genres in (gtzan, fma):
        assert len(set(genre_colors(genres).values())) == len(genres)
    both = genre_colors([*gtzan, *fma])
    assert both["hiphop"] == both["Hip-Hop"]
    assert genre_colors(["rock", "metal"]) == {name: both[name] for name in ("rock", "metal")}


def test_other_genres_get_the_colours_left():
    colors = genre_colors(["polka", "rock", "tango"])
    assert len(set(colors.values())) == 3
    assert colors["rock"] == genre_colors(["rock"])["rock"]
    many = [f"genre {number}" for number in range(25)]
    assert len(set(genre_colors(many).values())) == 10


def test_beyond_ten_genres_lines_tell_colours_apart():
    genres = [f"genre {number:02d}" for number in range(20)]
    scores = np.eye(20) + 0.01
    display = GenrePrecisionRecallDisplay.from_predictions(genres, scores)
    looks = {
        (line.get_color(), line.get_linestyle())
        for genre, line in display.lines_.items()
        if genre != MICRO
    }
    assert len(looks) == 20
