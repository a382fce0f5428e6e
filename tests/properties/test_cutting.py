"""Clips and segments: however a song is cut, the pieces are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skgenre.features import FrameSegmenter, MelSpectrogram, Segmenter
from skgenre.songs._cut import cut_stream

SR = 1000


# Short ones, so that a last clip is often exactly half full.
@settings(max_examples=200)
@given(
    n_samples=st.integers(1, 60),
    length=st.integers(1, 10),
    hop=st.none() | st.integers(1, 15),
    ends=st.lists(st.floats(0, 1), max_size=8),
)
def test_a_stream_is_cut_as_segmenter_cuts(n_samples, length, hop, ends):
    song = np.arange(1, n_samples + 1, dtype=np.float32)
    segmenter = Segmenter(
        MelSpectrogram(sr=SR),
        sr=SR,
        segment_duration=length / SR,
        segment_hop=None if hop is None else hop / SR,
    )
    # Pieces of any lengths, empty ones too.
    pieces = np.split(song, sorted(round(end * n_samples) for end in ends))
    cuts = list(cut_stream(pieces, length, hop or length))
    expected = segmenter._cut(song)
    assert len(cuts) == len(expected)
    for number, (cut, segment) in enumerate(zip(cuts, expected, strict=True)):
        np.testing.assert_array_equal(cut.y, segment)
        assert cut.start == number * (hop or length)
        assert cut.end == min(cut.start + length, n_samples)


@given(n_samples=st.integers(1, 2000), n_segments=st.integers(1, 50))
def test_a_number_of_segments_cuts_into_equal_parts(n_samples, n_segments):
    song = np.arange(n_samples)
    segmenter = Segmenter(MelSpectrogram(sr=SR), sr=SR, n_segments=n_segments)
    if n_samples < n_segments:
        with pytest.raises(ValueError, match=f"{n_samples} samples into n_segments={n_segments}"):
            segmenter._cut(song)
        return
    segments = segmenter._cut(song)
    joined = np.concatenate(segments)
    assert len(segments) == n_segments
    np.testing.assert_array_equal(joined, song[: len(joined)])
    assert 0 <= n_samples - len(joined) < n_segments


@given(total=st.integers(1, 200), n_frames=st.integers(1, 60), hop=st.none() | st.integers(1, 90))
def test_segments_of_maps_are_slices(total, n_frames, hop):
    maps = np.random.default_rng(total).standard_normal((2, 3, total))
    segmenter = FrameSegmenter(n_frames, hop_frames=hop)
    if n_frames > total:
        with pytest.raises(ValueError, match=f"n_frames={n_frames}, but the maps have {total} "):
            segmenter.fit_transform(maps)
        return
    segments = segmenter.fit_transform(maps)
    starts = range(0, total - n_frames + 1, hop or n_frames)
    assert segments.shape == (2, len(starts), 3, n_frames)
    for number, start in enumerate(starts):
        np.testing.assert_array_equal(segments[:, number], maps[:, :, start : start + n_frames])
