"""The timeline of a clip that has several genres at a time."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.exceptions import ShapeMismatchError
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.inspection import GenreTimelineDisplay

pytest.importorskip("matplotlib")

GENRES = ["jazz", "metal", "rock"]
PROBABILITIES = np.array([[0.9, 0.1, 0.6], [0.8, 0.2, 0.6], [0.1, 0.2, 0.2]])


def rows_of(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_lines_mark_the_segments_above_the_threshold():
    display = GenreTimelineDisplay.from_predictions(
        PROBABILITIES, classes=GENRES, segment_duration=2.0, thresholds=[0.85, 0.15, 0.6]
    )
    lines = {(tuple(line[:, 0]), round(line[0, 1])) for line in display.named_.get_segments()}
    assert lines == {((0, 2), 0), ((2, 4), 1), ((4, 6), 1)}
    assert "above the genre's threshold" in display.ax_.get_xlabel()


def test_without_thresholds_nothing_is_marked():
    display = GenreTimelineDisplay.from_predictions(PROBABILITIES, classes=GENRES)
    assert display.named_ is None
    assert display.ax_.get_xlabel() == "time (s)"


def test_of_many_genres_the_highest_peaks_are_drawn_and_the_others_counted():
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 0.3, (10, 87))
    shown = np.sort(rng.choice(87, 20, replace=False))
    values[rng.integers(10, size=20), shown] = 0.9
    names = [f"genre {number}" for number in range(87)]
    display = GenreTimelineDisplay.from_predictions(
        values, classes=names, thresholds=np.full(87, 0.5)
    )
    assert rows_of(display) == display.genres_ == [names[number] for number in shown]
    np.testing.assert_array_equal(display.mesh_.get_array(), values[:, shown].T)
    hidden = np.delete(values, shown, axis=1).max()
    assert f"67 more genres, none above {hidden:.2f}" in display.ax_.get_xlabel()
    assert "their thresholds" not in display.ax_.get_xlabel()
    display.thresholds = np.full(87, 0.0)
    assert "67 above their thresholds" in display.plot().ax_.get_xlabel()


def test_genres_are_chosen_by_name():
    timeline = pd.DataFrame(PROBABILITIES, columns=GENRES)
    timeline.insert(0, "start", [0.0, 1.0, 2.0])
    timeline.insert(1, "end", [1.0, 2.0, 3.0])
    display = GenreTimelineDisplay.from_timeline(timeline, genres=["rock", "jazz"])
    assert rows_of(display) == ["rock", "jazz"]
    np.testing.assert_array_equal(display.mesh_.get_array(), PROBABILITIES[:, [2, 0]].T)
    assert "1 more genre, not above 0.20" in display.ax_.get_xlabel()
    with pytest.raises(ValueError, match="has no row of 'polka'"):
        GenreTimelineDisplay.from_timeline(timeline, genres=["polka"])


@pytest.mark.parametrize("thresholds", [None, [0.5] * 3])
def test_probabilities_of_several_genres_are_not_stacked(thresholds):
    values = PROBABILITIES if thresholds is None else PROBABILITIES / 3
    with pytest.raises(ValueError, match="use kind='heatmap'"):
        GenreTimelineDisplay.from_predictions(
            values, classes=GENRES, thresholds=thresholds, kind="stack"
        )


def test_there_is_a_threshold_of_each_genre():
    with pytest.raises(ShapeMismatchError, match=r"each of the 3 genres. Got shape \(2,\)"):
        GenreTimelineDisplay.from_predictions(PROBABILITIES, classes=GENRES, thresholds=[0.5] * 2)


def test_a_model_of_several_genres_gives_names_and_thresholds():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8, 44100)).astype(np.float32)
    y = pd.DataFrame(rng.integers(2, size=(8, 2)), columns=["jazz", "rock"])
    y.iloc[0] = [1, 0]
    y.iloc[1] = [0, 1]
    network = CNNClassifier(channels=(2,), max_epochs=1, random_state=0, device="cpu")
    segmenter = Segmenter(MelSpectrogram(n_mels=8), segment_duration=1.0)
    model = make_pipeline(segmenter, SegmentVotingClassifier(network, threshold=[0.0, 1.0]))
    display = GenreTimelineDisplay.from_estimator(model.fit(X, y), X[0])
    assert rows_of(display) == ["jazz", "rock"]
    assert [round(line[0, 1]) for line in display.named_.get_segments()] == [0, 0]
