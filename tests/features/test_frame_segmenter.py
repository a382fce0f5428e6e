import numpy as np
import pytest

from skgenre.exceptions import ShapeMismatchError
from skgenre.features import FrameSegmenter


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(size=(4, 3, 20)).astype(np.float32)


@pytest.mark.parametrize(
    ("hop", "starts"), [(None, [0, 6, 12]), (4, [0, 4, 8, 12]), (7, [0, 7, 14])]
)
def test_segments_are_the_frames_they_cover(maps, hop, starts):
    segments = FrameSegmenter(6, hop_frames=hop).fit_transform(maps)
    assert segments.shape == (4, len(starts), 3, 6)
    for number, start in enumerate(starts):
        np.testing.assert_array_equal(segments[:, number], maps[:, :, start : start + 6])


def test_the_result_is_a_view(maps):
    segments = FrameSegmenter(5, hop_frames=1).fit_transform(maps)
    assert np.shares_memory(segments, maps)
    assert not segments.flags.writeable


def test_fewer_frames_than_a_segment_are_refused(maps):
    with pytest.raises(ShapeMismatchError, match="n_frames=21, but the maps have 20 frames"):
        FrameSegmenter(21).fit(maps)


def test_segments_of_segments_are_refused(maps):
    segments = FrameSegmenter(5).fit_transform(maps)
    with pytest.raises(ShapeMismatchError, match="have a segments axis already"):
        FrameSegmenter(5).fit(segments)


@pytest.mark.parametrize("parameters", [{"n_frames": 0}, {"hop_frames": 0}, {"n_frames": 2.5}])
def test_parameters_out_of_range_are_refused(parameters, maps):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"'{name}' parameter of FrameSegmenter must be an int"):
        FrameSegmenter(**parameters).fit(maps)
