"""A song by its clips."""

import numpy as np
import pandas as pd
import pytest

from skgenre.songs import combine_timeline


def timeline_of(names, genres=("a", "b", "c"), certain=0.8):
    """Clips that are of a genre with some probability, the rest spread over the others."""
    rest = (1 - certain) / (len(genres) - 1)
    rows = [[certain if genre == name else rest for genre in genres] for name in names]
    timeline = pd.DataFrame(rows, columns=list(genres))
    timeline.insert(0, "start", np.arange(len(rows), dtype=float))
    timeline.insert(1, "end", np.arange(1.0, len(rows) + 1))
    return timeline


def test_the_three_ways_differ_where_they_are_to():
    # b is named most often, a for the longest time on end; c rarely, but with certainty.
    timeline = timeline_of("babaabbcb", certain=0.4)
    timeline.loc[7, ["a", "b", "c"]] = 0.0, 0.0, 1.0
    timeline.loc[timeline.index != 7, "c"] = 0.39
    assert combine_timeline(timeline, "mean").index[0] == "c"
    majority = combine_timeline(timeline, "majority")
    assert majority.to_dict() == pytest.approx({"b": 5 / 9, "a": 3 / 9, "c": 1 / 9})
    timeline = timeline_of("bbabbaaa")
    longest = combine_timeline(timeline, "longest_run")
    assert longest.to_dict() == {"a": 3 / 8, "b": 2 / 8, "c": 0.0}


def test_the_mean_is_the_mean_and_the_default():
    timeline = timeline_of("abb")
    mean = combine_timeline(timeline)
    assert mean.to_dict() == pytest.approx(timeline[["a", "b", "c"]].mean().to_dict())
    assert mean.name == "probability"
    assert mean.index.name == "genre"
    assert mean.tolist() == sorted(mean, reverse=True)


@pytest.mark.parametrize("combine", ["majority", "longest_run"])
def test_the_mean_decides_between_equals(combine):
    timeline = timeline_of("abab")
    assert combine_timeline(timeline, combine).index[0] == "a"
    timeline.loc[1, "b"] += 0.1
    shares = combine_timeline(timeline, combine)
    assert shares.index[0] == "b"
    assert shares["a"] == shares["b"]
    assert shares.name == "share"


def test_genres_are_whatever_they_were():
    timeline = timeline_of([1, 7, 7], genres=(1, 7))
    assert combine_timeline(timeline).index.tolist() == [7, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.iloc[:0], "at least one clip"),
        (lambda t: t[["a", "b", "c"]], r"columns \['a', 'b', 'c'\]"),
        (lambda t: t[["start", "end"]], r"columns \['start', 'end'\]"),
    ],
)
def test_what_is_no_timeline_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        combine_timeline(change(timeline_of("ab")))


def test_another_way_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"'mean', 'majority', 'longest_run'. Got 'median'"):
        combine_timeline(timeline_of("ab"), "median")
