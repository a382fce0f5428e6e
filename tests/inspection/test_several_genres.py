"""Displays of clips that may have several genres."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
from sklearn.multiclass import OneVsRestClassifier

from skgenre.classifiers import MLPGenreClassifier
from skgenre.exceptions import ShapeMismatchError
from skgenre.inspection import (
    FeatureScatterDisplay,
    GenreConfusionMatrixDisplay,
    GenreCooccurrenceDisplay,
    GenrePrecisionRecallDisplay,
    GenreScoresDisplay,
    HistoryDisplay,
    ReliabilityDisplay,
)
from skgenre.inspection._cluster_bootstrap import bootstrap_intervals
from skgenre.metrics._weighted_ranking import (
    measure_genre,
    weighted_average_precision,
    weighted_roc_auc,
)

GENRES = ["blues", "jazz", "rock"]
MICRO = "all genres (micro)"


@pytest.fixture(scope="module")
def clips():
    """Clips with no, one, two or three genres, in groups of four."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 5)).astype(np.float32)
    y = pd.DataFrame(X[:, :3] + rng.normal(size=(120, 3)) > 0.4, columns=GENRES).astype(int)
    return X, y, np.repeat(np.arange(30), 4)


@pytest.fixture(scope="module")
def network(clips):
    X, y, _ = clips
    network = MLPGenreClassifier(
        dense=(8,), max_epochs=5, early_stopping=True, random_state=0, device="cpu"
    )
    return network.fit(X, y)


def texts(labels):
    return [label.get_text() for label in labels]


# Co-occurrence.


def test_cells_are_the_share_of_the_rows_clips_that_also_have_the_column():
    sets = [{"jazz", "rock"}, {"jazz"}, {"jazz", "rock", "blues"}, {"rock"}, set()]
    display = GenreCooccurrenceDisplay.from_labels(sets)
    assert display.genres == GENRES
    assert np.asarray(display.counts).tolist() == [[1, 1, 1], [1, 3, 2], [1, 2, 3]]
    drawn = display.mesh_.get_array()
    assert np.ma.getmaskarray(drawn).tolist() == np.eye(3, dtype=bool).tolist()
    np.testing.assert_allclose(drawn[1].compressed(), [1 / 3, 2 / 3])
    np.testing.assert_allclose(drawn[0].compressed(), [1, 1])
    assert texts(display.ax_.get_yticklabels()) == ["blues (1)", "jazz (3)", "rock (3)"]
    assert {text.get_text() for text in display.text_} == {"1.00", ".33", ".67"}
    assert display.ax_.yaxis_inverted()


def test_cells_are_numbers_of_clips():
    y = pd.DataFrame([[1, 1, 0]] * 300 + [[0, 1, 1]], columns=GENRES)
    display = GenreCooccurrenceDisplay.from_labels(y, values="count")
    assert display.mesh_.get_array()[0, 1] == 300
    assert display.mesh_.get_clim() == (0, 300)
    assert {text.get_text() for text in display.text_} == {"300", "1"}


def test_a_genre_without_clips_is_a_blank_row():
    display = GenreCooccurrenceDisplay.from_labels(np.array([[1, 0, 1], [1, 0, 0]]))
    assert np.ma.getmaskarray(display.mesh_.get_array())[1].all()
    assert np.isnan(display.shares[1]).all()
    assert texts(display.ax_.get_yticklabels())[1] == "1 (0)"


def test_the_figure_grows_with_the_genres_and_small_cells_have_no_numbers():
    rng = np.random.default_rng(0)
    sizes = []
    for n_genres in (3, 12, 60):
        display = GenreCooccurrenceDisplay.from_labels(rng.integers(2, size=(50, n_genres)))
        sizes.append(display.figure_.get_size_inches()[0])
    assert sizes == sorted(sizes)
    _, ax = plt.subplots(figsize=(3, 3))
    display = GenreCooccurrenceDisplay.from_labels(rng.integers(2, size=(50, 60)), ax=ax)
    assert display.text_ == []
    assert display.ax_ is ax


def test_one_genre_per_clip_has_no_cooccurrence():
    with pytest.raises(ValueError, match="y has one genre per clip, so no two are together"):
        GenreCooccurrenceDisplay.from_labels(["jazz", "rock"])
    with pytest.raises(ValueError, match=r"'values' parameter .* 'share' or 'count'"):
        GenreCooccurrenceDisplay.from_labels(np.eye(3, dtype=int), values="all")
    with pytest.raises(ShapeMismatchError, match=r"needs counts of shape \(3, 3\)"):
        GenreCooccurrenceDisplay(np.eye(2), GENRES).plot()


# Scores.


@pytest.mark.parametrize(
    ("score", "function"),
    [("roc_auc", roc_auc_score), ("average_precision", average_precision_score)],
)
def test_bars_are_the_scores_of_the_genres(score, function, clips, network):
    X, y, _ = clips
    display = GenreScoresDisplay.from_estimator(network, X, y, score=score)
    expected = function(y.to_numpy(), network.predict_proba(X), average=None)
    np.testing.assert_allclose(display.frame["score"], expected)
    order = np.argsort(-expected)
    assert display.genres_ == [GENRES[n] for n in order]
    np.testing.assert_allclose([bar.get_width() for bar in display.bars_], expected[order])
    counts = y.sum()
    names = texts(display.ax_.get_yticklabels())
    assert names == [f"{genre} ({counts[genre]})" for genre in display.genres_]
    chance = 0.5 if score == "roc_auc" else y.mean().to_numpy()
    np.testing.assert_allclose(display.frame["chance"], chance)
    assert display.mean_line_.get_xdata()[0] == pytest.approx(expected.mean())
    assert display.errorbars_ is None


def test_an_undefined_score_is_said_and_left_out_of_the_mean(clips, network):
    X, y, _ = clips
    y = y.assign(jazz=0, rock=1)
    display = GenreScoresDisplay.from_estimator(network, X, y)
    assert display.genres_[0] == "blues"
    assert {text.get_text() for text in display.ax_.texts} == {
        "undefined: no clip has it",
        "undefined: all clips have it",
    }
    assert display.mean_line_.get_xdata()[0] == display.frame["score"]["blues"]


def test_genres_are_drawn_as_they_are_given(clips, network):
    X, y, _ = clips
    display = GenreScoresDisplay.from_estimator(network, X, y)
    assert display.plot(sort=False).genres_ == GENRES
    assert display.plot(sort=False, genres=["rock", "blues"]).genres_ == ["rock", "blues"]
    with pytest.raises(ValueError, match="has no score of 'polka'"):
        display.plot(genres=["polka"])


def test_estimators_of_scikit_learn_have_scores(clips):
    X, y, _ = clips
    forest = RandomForestClassifier(10, random_state=0).fit(X[:80], y[:80])
    display = GenreScoresDisplay.from_estimator(forest, X[80:], y[80:].to_numpy())
    expected = [
        roc_auc_score(y[80:].iloc[:, n], part[:, 1])
        for n, part in enumerate(forest.predict_proba(X[80:]))
    ]
    np.testing.assert_allclose(display.frame["score"], expected)
    assert display.frame.index.tolist() == [0, 1, 2]


def test_intervals_are_drawn_around_the_scores_of_groups(clips, network):
    X, y, groups = clips
    display = GenreScoresDisplay.from_estimator(network, X, y, groups=groups)
    assert (display.frame["low"] < display.frame["score"]).all()
    assert (display.frame["high"] > display.frame["score"]).all()
    assert display.errorbars_ is not None
    again = GenreScoresDisplay.from_estimator(network, X, y, groups=groups)
    pd.testing.assert_frame_equal(again.frame, display.frame)
    # Larger groups are fewer independent clips.
    coarse = GenreScoresDisplay.from_estimator(network, X, y, groups=groups // 5).frame
    assert coarse["low"].notna().all()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        GenreScoresDisplay.from_estimator(network, X, y, groups=groups[:-1])


def test_a_genre_of_one_group_has_no_interval(clips, network):
    X, y, groups = clips
    y = y.assign(jazz=(groups == 3).astype(int))
    frame = GenreScoresDisplay.from_estimator(network, X, y, groups=groups).frame
    assert frame["low"].isna().tolist() == [False, True, False]
    assert frame["score"].notna().all()


@pytest.mark.parametrize(
    ("measure", "function"),
    [
        (weighted_roc_auc, roc_auc_score),
        (weighted_average_precision, average_precision_score),
    ],
)
def test_scores_of_samples_are_scikit_learns_with_weights(measure, function):
    rng = np.random.default_rng(0)
    is_true = rng.integers(2, size=60).astype(bool)
    scores = np.sort(rng.integers(8, size=60) / 8)[::-1]  # with ties
    weights = rng.integers(3, size=(5, 60)).astype(float)
    found = measure_genre(measure, is_true, scores, weights)
    expected = [function(is_true, scores, sample_weight=row) for row in weights]
    np.testing.assert_allclose(found, expected)
    assert np.isnan(measure_genre(measure, is_true, scores, weights * is_true)).all()


def test_intervals_cover_clips_of_dependent_groups():
    """Each group has one score for its clips: by clip, the interval would be too narrow."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 20)
    matrix = np.repeat(rng.integers(2, size=(30, 1)), 20, axis=0)
    scores = np.repeat(matrix[::20] + 1.5 * rng.normal(size=(30, 1)), 20, axis=0)
    widths = []
    for unit in (groups, np.arange(600)):
        low, high = bootstrap_intervals(
            weighted_roc_auc,
            matrix,
            scores,
            unit,
            n_samples=300,
            random_state=np.random.RandomState(0),
        )
        widths.append((high - low).item())
    assert widths[0] > 3 * widths[1]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"score": "f1"}, "'score' parameter .* 'roc_auc', 'average_precision'. Got 'f1'"),
        ({"n_bootstraps": 10}, "'n_bootstraps' parameter .* at least 100"),
    ],
)
def test_other_parameters_of_scores_are_refused(params, words, clips, network):
    X, y, groups = clips
    with pytest.raises(ValueError, match=words):
        GenreScoresDisplay.from_estimator(network, X, y, groups=groups, **params)


def test_scores_of_one_genre_per_clip_are_refused_with_the_cure(clips):
    X, y, _ = clips
    model = LogisticRegression().fit(X, y["jazz"])
    with pytest.raises(ValueError, match="one genre per clip: use GenrePrecisionRecallDisplay"):
        GenreScoresDisplay.from_estimator(model, X, y["jazz"])


# Precision and recall.


@pytest.mark.parametrize("form", ["frame", "matrix", "sets"])
def test_curves_of_several_genres_are_scikit_learns(form, clips, network):
    X, y, _ = clips
    given = {
        "frame": y[GENRES[::-1]],  # columns are found by name
        "matrix": y.to_numpy(),
        "sets": [{genre for genre in GENRES if row[genre]} for _, row in y.iterrows()],
    }[form]
    display = GenrePrecisionRecallDisplay.from_estimator(network, X, given)
    probabilities = network.predict_proba(X)
    assert list(display.lines_) == [*GENRES, MICRO]
    for column, genre in enumerate(GENRES):
        precision, recall, _ = precision_recall_curve(y[genre], probabilities[:, column])
        np.testing.assert_allclose(display.precision[genre], precision)
        np.testing.assert_allclose(display.recall[genre], recall)
    micro = average_precision_score(y.to_numpy(), probabilities, average="micro")
    assert display.average_precision[MICRO] == pytest.approx(micro)


def test_curves_of_an_estimator_without_probabilities(clips):
    X, y, _ = clips
    model = OneVsRestClassifier(LogisticRegression()).fit(X, y.to_numpy())
    weights = np.linspace(0, 1, len(X))
    display = GenrePrecisionRecallDisplay.from_predictions(
        y, model.decision_function(X), sample_weight=weights
    )
    expected = average_precision_score(
        y["jazz"], model.decision_function(X)[:, 1], sample_weight=weights
    )
    assert display.average_precision["jazz"] == pytest.approx(expected)


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 120, [0.0] * 120])
def test_wrong_weights_are_refused(weights, clips, network):
    X, y, _ = clips
    with pytest.raises(ValueError, match="needs sample_weight to be a number of 0 or more"):
        GenrePrecisionRecallDisplay.from_estimator(network, X, y, sample_weight=weights)


def test_a_model_of_several_genres_needs_them_in_y(clips, network):
    X, _, _ = clips
    with pytest.raises(ValueError, match="needs several genres per clip in y"):
        GenrePrecisionRecallDisplay.from_estimator(network, X, np.array(["jazz"] * len(X)))


# Displays of one genre per clip.


@pytest.mark.parametrize(
    ("display", "cure"),
    [
        (ReliabilityDisplay, "CalibrationDisplay"),
        (GenreConfusionMatrixDisplay, "GenrePrecisionRecallDisplay or GenreScoresDisplay"),
    ],
)
def test_displays_of_one_genre_say_what_to_use_instead(display, cure, clips, network):
    X, y, _ = clips
    with pytest.raises(ValueError, match=f"{display.__name__} takes one genre .*{cure}"):
        display.from_estimator(network, X, y)
    with pytest.raises(ValueError, match=f"{display.__name__} takes one genre .*{cure}"):
        display.from_predictions(y, network.predict_proba(X))
    with pytest.raises(ValueError, match=f"MLPGenreClassifier was fitted on several: .*{cure}"):
        display.from_estimator(network, X, np.array(["jazz"] * len(X)))


def test_a_scatter_is_coloured_by_one_genre(clips):
    X, y, _ = clips
    with pytest.raises(ValueError, match="FeatureScatterDisplay takes one genre per clip"):
        FeatureScatterDisplay.from_features(X, y)
    assert set(FeatureScatterDisplay.from_features(X, y["jazz"]).scatters_) == {0, 1}


def test_the_history_of_several_genres_is_drawn(network):
    display = HistoryDisplay.from_estimator(network)
    assert {"train_loss", "valid_accuracy"} <= set(display.lines_)
