"""Clips are cut as segments are, whatever the pieces that a song comes in."""

import numpy as np
import pytest

from skgenre.features import Segmenter
from skgenre.songs._cut import Cut, batched, cut_stream

from .conftest import SR, make_mfcc


def in_pieces(y, sizes):
    """Split a song into pieces of these sizes, again and again."""
    begin, number = 0, 0
    while begin < len(y):
        yield y[begin : begin + sizes[number % len(sizes)]]
        begin += sizes[number % len(sizes)]
        number += 1


@pytest.mark.parametrize("n_samples", [10, 99, 100, 101, 149, 150, 200, 249, 250, 555])
@pytest.mark.parametrize("hop", [20, 60, 100, 130, 170, 260])
def test_the_clips_are_those_of_segmenter(n_samples, hop):
    song = np.arange(1, n_samples + 1, dtype=np.float32)
    segmenter = Segmenter(
        make_mfcc(), sr=SR, segment_duration=100 / SR, segment_hop=None if hop == 100 else hop / SR
    )
    expected = segmenter._cut(song)
    for sizes in ([1], [7, 300], [100], [1000]):
        cuts = list(cut_stream(in_pieces(song, sizes), 100, hop))
        assert len(cuts) == len(expected)
        for number, (cut, segment) in enumerate(zip(cuts, expected, strict=True)):
            np.testing.assert_array_equal(cut.y, segment)
            assert cut.start == number * hop
            assert cut.end == min(cut.start + 100, n_samples)


def test_clips_are_predicted_together_up_to_a_size():
    cuts = [Cut(n, n + 10, np.zeros(10)) for n in range(7)]
    assert [[cut.start for cut in batch] for batch in batched(cuts, 35)] == [
        [0, 1, 2],
        [3, 4, 5],
        [6],
    ]
    assert [len(batch) for batch in batched(cuts, 5)] == [1] * 7
    assert list(batched([], 5)) == []
