"""A timeline is drawn as it is."""

import numpy as np
import pytest

from skgenre.inspection import GenreTimelineDisplay
from skgenre.songs import predict_timeline

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("hop", [None, 0.25, 2.0])
def test_what_is_drawn_is_the_timeline(pooled, write_song, hop):
    path = write_song("song.wav", ["tone", "noise", "noise", "tone"])
    timeline = predict_timeline(pooled, path, segment_hop=hop)
    display = GenreTimelineDisplay.from_timeline(timeline)
    np.testing.assert_allclose(display.edges[:, 0], timeline["start"])
    assert display.edges[-1, 1] == timeline["end"].iloc[-1]
    np.testing.assert_array_equal(display.probabilities, timeline[["noise", "tone"]])
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["noise", "tone"]
    assert display.ax_.get_xlim() == (0, timeline["end"].iloc[-1])


def test_a_single_clip_is_drawn(pooled, write_song):
    timeline = predict_timeline(pooled, write_song("song.wav", ["tone"]))
    display = GenreTimelineDisplay.from_timeline(timeline, kind="stack")
    assert display.edges.tolist() == [[0.0, 1.0]]
    assert set(display.bars_) == {"noise", "tone"}


def test_what_is_no_timeline_is_refused(pooled, write_song):
    timeline = predict_timeline(pooled, write_song("song.wav", ["tone"]))
    for wrong in (timeline[["noise", "tone"]], timeline.iloc[:0]):
        with pytest.raises(ValueError, match="takes the DataFrame of predict_timeline"):
            GenreTimelineDisplay.from_timeline(wrong)
