import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    classification_report,
    f1_score,
    label_ranking_average_precision_score,
    roc_auc_score,
    top_k_accuracy_score,
)

from skgenre.metrics import (
    classification_report_frame,
    expected_calibration_error,
    map_at_k_score,
    mean_average_precision_score,
    reliability_frame,
)
from skgenre.metrics._ranking import roc_auc_ovr_score

GENRES = np.array(["blues", "jazz", "metal", "pop", "rock"])
SCORES = [map_at_k_score, mean_average_precision_score, expected_calibration_error]


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    y = GENRES[np.arange(60) % 5]
    probabilities = rng.dirichlet(np.ones(5), 60)
    probabilities[np.arange(60), np.arange(60) % 5] += 0.2
    return y, probabilities / probabilities.sum(axis=1, keepdims=True)


def test_map_at_k_is_the_reciprocal_rank_cut_at_k():
    probabilities = np.tile([0.5, 0.3, 0.2], (3, 1))
    y = ["blues", "jazz", "metal"]
    assert map_at_k_score(y, probabilities, k=1) == pytest.approx(1 / 3)
    assert map_at_k_score(y, probabilities, k=2) == pytest.approx((1 + 1 / 2) / 3)
    assert map_at_k_score(y, probabilities) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_map_at_1_is_accuracy_and_without_a_cut_label_ranking_precision(clips):
    y, probabilities = clips
    predicted = GENRES[probabilities.argmax(axis=1)]
    assert map_at_k_score(y, probabilities, k=1) == pytest.approx(accuracy_score(y, predicted))
    everything = label_ranking_average_precision_score(y[:, None] == GENRES, probabilities)
    assert map_at_k_score(y, probabilities, k=5) == pytest.approx(everything)


def test_map_at_k_of_clips_with_several_genres():
    # Genres 0 and 2, at the first and third place: (1/1 + 2/3) / 2; at k=2 only 1/1 of 2.
    y, scores = np.array([[1, 0, 1, 0]]), [[0.9, 0.5, 0.4, 0.1]]
    assert map_at_k_score(y, scores) == pytest.approx((1 + 2 / 3) / 2)
    assert map_at_k_score(y, scores, k=2) == pytest.approx(1 / 2)
    assert map_at_k_score(y, scores, k=1) == 1.0


def test_equal_scores_do_not_rank_well_by_luck():
    assert map_at_k_score(GENRES, np.full((5, 5), 0.2), k=4) == 0.0
    assert map_at_k_score(GENRES, np.full((5, 5), 0.2), k=5) == pytest.approx(1 / 5)


def test_mean_average_precision_is_sklearns_macro_average(clips):
    y, probabilities = clips
    expected = average_precision_score(y[:, None] == GENRES, probabilities, average="macro")
    assert mean_average_precision_score(y, probabilities) == pytest.approx(expected)


def test_roc_auc_is_sklearns_where_every_genre_is_there(clips):
    y, probabilities = clips
    expected = roc_auc_score(y, probabilities, multi_class="ovr", average="macro")
    assert roc_auc_ovr_score(y, probabilities) == pytest.approx(expected)


@pytest.mark.parametrize("score", [mean_average_precision_score, roc_auc_ovr_score])
def test_a_genre_without_clips_does_not_count(clips, score):
    y, probabilities = clips
    some = y != "pop"
    got = score(y[some], probabilities[some], labels=GENRES)
    columns = GENRES != "pop"
    without = score(y[some], probabilities[some][:, columns], labels=GENRES[columns])
    assert got == pytest.approx(without)
    assert got != pytest.approx(score(y, probabilities))


def test_roc_auc_of_one_genre_is_refused():
    with pytest.raises(ValueError, match="all 2 clips are of one genre"):
        roc_auc_ovr_score(["jazz", "jazz"], [[0.2, 0.8], [0.1, 0.9]], labels=["blues", "jazz"])


def test_calibration_error_of_a_worked_example():
    # Bins of a fifth. (0.6, 0.8]: 0.7 and 0.8, one of two right; (0.8, 1]: 0.9 and 1, both right.
    top = np.array([0.7, 0.8, 0.9, 1.0])
    probabilities = np.column_stack([top, 1 - top])
    y = ["blues", "jazz", "blues", "blues"]
    expected = (2 * abs(0.75 - 0.5) + 2 * abs(0.95 - 1.0)) / 4
    assert expected_calibration_error(y, probabilities, n_bins=5) == pytest.approx(expected)


def test_calibration_error_falls_with_calibration():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(5), 20_000)
    y = np.array([rng.choice(GENRES, p=row) for row in probabilities])
    assert expected_calibration_error(y, probabilities) < 0.02
    sharpened = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
    assert expected_calibration_error(y, sharpened) > 0.15


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_bins_are_sklearns_calibration_curve(clips, strategy):
    y, probabilities = clips
    frame = reliability_frame(y, probabilities, n_bins=6, strategy=strategy)
    confidence = probabilities.max(axis=1)
    is_right = GENRES[probabilities.argmax(axis=1)] == y
    accuracy, mean = calibration_curve(is_right, confidence, n_bins=6, strategy=strategy)
    np.testing.assert_allclose(frame["accuracy"], accuracy)
    np.testing.assert_allclose(frame["confidence"], mean)
    assert frame["n_clips"].sum() == 60
    assert (frame["confidence"] <= frame["high"] + 1e-12).all()


def test_quantile_bins_hold_the_same_number_of_clips(clips):
    frame = reliability_frame(*clips, n_bins=6, strategy="quantile")
    assert frame["n_clips"].tolist() == [10] * 6


def test_one_confidence_is_one_bin():
    probabilities = np.tile([0.75, 0.25], (4, 1))
    y = ["blues", "blues", "blues", "jazz"]
    for strategy in ("uniform", "quantile"):
        frame = reliability_frame(y, probabilities, strategy=strategy)
        assert frame[["confidence", "accuracy", "n_clips"]].values.tolist() == [[0.75, 0.75, 4]]


@pytest.mark.parametrize("score", [*SCORES, roc_auc_ovr_score])
def test_a_weight_of_two_is_the_clip_twice(clips, score):
    y, probabilities = clips
    weight = np.where(np.arange(60) < 20, 2, 1)
    twice = np.repeat(np.arange(60), weight)
    weighted = score(y, probabilities, sample_weight=weight)
    assert weighted == pytest.approx(score(y[twice], probabilities[twice]))
    assert weighted != pytest.approx(score(y, probabilities), abs=1e-6)


@pytest.mark.parametrize("score", SCORES)
def test_columns_follow_labels(clips, score):
    y, probabilities = clips
    order = [3, 1, 4, 0, 2]
    shuffled = score(y, probabilities[:, order], labels=GENRES[order])
    assert shuffled == pytest.approx(score(y, probabilities))
    assert shuffled != pytest.approx(score(y, probabilities[:, order]))


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_true": ["polka"] * 60, "labels": GENRES}, "clips of 'polka', not among the labels"),
        ({"y_true": ["jazz"] * 60}, "has 1 genres and y_(score|prob) 5 columns.*labels="),
        ({"labels": GENRES[:4]}, "a different label for each of the 5 columns"),
        ({"y_score": np.zeros(60)}, r"shape \(n_clips, n_genres\). Got shape \(60,\)"),
        ({"y_score": np.where(np.eye(60, 5) > 0, np.nan, 0.2)}, "for 5 of 60 clips.*clip 0"),
        ({"sample_weight": np.zeros(60)}, "(?i)sample weights .*zero"),
        ({"y_true": np.zeros((60, 5))}, "clip 0 has none"),
        ({"y_true": np.full((60, 3), 1)}, "indicator matrix"),
    ],
)
def test_bad_input_is_named(clips, score, change, message):
    y, probabilities = clips
    given = {"y_true": y, "y_score": probabilities, **change}
    with pytest.raises(ValueError, match=message):
        score(given.pop("y_true"), given.pop("y_score"), **given)


def test_logits_are_no_probabilities(clips):
    y, probabilities = clips
    with pytest.raises(ValueError, match=r"sum to 1.*Use predict_proba"):
        expected_calibration_error(y, np.log(probabilities))
    with pytest.raises(ValueError, match="one genre per clip"):
        expected_calibration_error(np.ones((60, 5)), probabilities)


@pytest.mark.parametrize("k", [0, 1.5])
def test_k_is_a_positive_integer(clips, k):
    with pytest.raises(ValueError, match="'k' parameter of map_at_k_score"):
        map_at_k_score(*clips, k=k)


def test_the_report_is_sklearns(clips):
    y, probabilities = clips
    predicted = GENRES[probabilities.argmax(axis=1)]
    frame = classification_report_frame(y, predicted)
    expected = classification_report(y, predicted, output_dict=True)
    for genre in GENRES:
        assert frame.loc[genre].to_dict() == pytest.approx(expected[genre])
    assert frame.loc["accuracy", "f1-score"] == pytest.approx((y == predicted).mean())
    assert frame.loc["macro avg", "f1-score"] == pytest.approx(
        f1_score(y, predicted, average="macro")
    )
    assert frame["support"].tolist() == [12] * 5 + [60] * 3


def test_the_report_keeps_labels_and_their_order():
    frame = classification_report_frame([3, 1, 3], [3, 1, 1], labels=[3, 1])
    assert frame.index[:2].tolist() == [3, 1]
    assert frame.loc[3, "recall"] == 0.5
    some = classification_report_frame([3, 1, 3], [3, 1, 1], labels=[3])
    assert some.index.tolist() == [3, "micro avg", "macro avg", "weighted avg"]


@pytest.mark.parametrize("name", ["accuracy", "macro avg", "micro avg", "genre:rock"])
def test_the_report_of_a_genre_named_as_a_row_of_its_own(name):
    y, predicted = [name, "rock", name], [name, "rock", "rock"]
    frame = classification_report_frame(y, predicted)
    rows = [f"genre:{name}", "rock"]
    assert sorted(frame.index) == sorted([*rows, "accuracy", "macro avg", "weighted avg"])
    assert frame.loc[f"genre:{name}", "recall"] == 0.5
    assert frame.loc["accuracy", "f1-score"] == pytest.approx(2 / 3)


def test_the_report_of_genres_named_as_its_columns():
    names = ["precision", "recall", "support", "f1-score"]
    frame = classification_report_frame(names * 2, names * 2)
    assert frame.loc[names, "support"].tolist() == [2, 2, 2, 2]


def test_a_genre_never_predicted_has_the_precision_asked_for():
    y, predicted = ["jazz", "rock"], ["rock", "rock"]
    assert classification_report_frame(y, predicted).loc["jazz", "precision"] == 0
    nan = classification_report_frame(y, predicted, zero_division=np.nan)
    assert pd.isna(nan.loc["jazz", "precision"])


def test_top_k_accuracy_bounds_map_at_k(clips):
    y, probabilities = clips
    top = top_k_accuracy_score(y, probabilities, k=3, labels=GENRES)
    assert accuracy_score(y, GENRES[probabilities.argmax(axis=1)]) < map_at_k_score(
        y, probabilities, k=3
    )
    assert map_at_k_score(y, probabilities, k=3) < top
