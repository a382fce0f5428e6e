"""Splits of any collection: groups stay whole, clips are tested once, genres keep their shares."""

import warnings

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

from skgenre.datasets import fault_filtered_split
from skgenre.exceptions import SkgenreWarning
from skgenre.model_selection import FaultFilteredSplit, StratifiedGroupShuffleSplit, compare

GENRES = ("blues", "jazz", "rock")
# One group each: its clips' genres.
GROUPS = st.lists(st.lists(st.sampled_from(GENRES), min_size=1, max_size=6), min_size=2)
SEEDS = st.integers(0, 99)


def collection(clips_of_groups, seed):
    """Return genres and groups of the clips, in random order."""
    y = np.array([genre for clips in clips_of_groups for genre in clips])
    groups = np.repeat(np.arange(len(clips_of_groups)), [len(clips) for clips in clips_of_groups])
    order = np.random.default_rng(seed).permutation(len(y))
    return y[order], groups[order]


def check_refusal(error, *reasons):
    assert any(reason in str(error) for reason in reasons), error


@given(clips_of_groups=GROUPS, seed=SEEDS, test_size=st.floats(0.05, 0.9))
def test_random_splits_keep_groups_whole_and_every_genre_on_both_sides(
    clips_of_groups, seed, test_size
):
    y, groups = collection(clips_of_groups, seed)
    splitter = StratifiedGroupShuffleSplit(2, test_size=test_size, random_state=seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SkgenreWarning)
            splits = list(splitter.split(y, y, groups))
    except ValueError as error:
        check_refusal(error, "two genres", "at least 2 groups", "too few", "no choice", "be empty")
        return
    assert len(splits) == 2
    for train, test in splits:
        assert sorted([*train, *test]) == list(range(len(y)))
        assert np.intersect1d(groups[train], groups[test]).size == 0
        assert set(y[train]) == set(y[test]) == set(y)


@given(
    counts=st.lists(st.integers(4, 40), min_size=2, max_size=4),
    seed=SEEDS,
    test_size=st.floats(0.2, 0.8),
)
def test_random_splits_of_single_clips_have_the_shares_of_genres(counts, seed, test_size):
    y = np.repeat(np.arange(len(counts)), counts)
    splitter = StratifiedGroupShuffleSplit(1, test_size=test_size, random_state=seed)
    [(_, test)] = splitter.split(y, y, np.arange(len(y)))
    n_test = np.ceil(test_size * len(y))
    assert abs(len(test) - n_test) <= 1
    wanted = n_test * np.array(counts) / len(y)
    np.testing.assert_array_less(np.abs(np.bincount(y[test]) - wanted), 1.01)


@given(clips_of_groups=GROUPS, seed=SEEDS, n_folds=st.integers(2, 5), grouped=st.booleans())
def test_folds_of_a_comparison_test_each_clip_once(clips_of_groups, seed, n_folds, grouped):
    y, groups = collection(clips_of_groups, seed)
    X = np.zeros((len(y), 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            predictions = compare(
                {"chance": DummyClassifier()},
                X,
                y,
                groups=groups if grouped else None,
                cv=n_folds,
                random_state=seed,
            ).predictions
    except ValueError as error:
        check_refusal(error, "two genres", f"at least {n_folds}", "on none", "empty train or test")
        return
    assert sorted(predictions["clip"]) == list(range(len(y)))
    fold = predictions.set_index("clip")["fold"].loc[range(len(y))].to_numpy()
    assert set(fold) == set(range(n_folds))
    for number in range(n_folds):
        assert set(y[fold == number]) <= set(y[fold != number])
        if grouped:
            assert np.intersect1d(groups[fold == number], groups[fold != number]).size == 0
    if not grouped:
        for genre in GENRES:
            sizes = np.bincount(fold[y == genre], minlength=n_folds)
            assert np.ptp(sizes) <= 1


PARTS = fault_filtered_split()
NAMES = sorted(PARTS)


@given(
    clips=st.lists(st.integers(0, len(NAMES) - 1), unique=True),
    evaluate=st.sampled_from(["test", "valid"]),
)
def test_the_published_split_takes_any_clips_in_any_order(clips, evaluate):
    names = [NAMES[clip] for clip in clips]
    try:
        [(train, test)] = FaultFilteredSplit(evaluate=evaluate).split([f"{n}.wav" for n in names])
    except ValueError as error:
        check_refusal(error, "clips is in the part", "and none in 'train'")
        return
    assert {number for number, name in enumerate(names) if PARTS[name] == "train"} == set(train)
    assert {number for number, name in enumerate(names) if PARTS[name] == evaluate} == set(test)
