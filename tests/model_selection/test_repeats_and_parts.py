"""Folds drawn several times, named, or given as the part of each clip."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GroupKFold,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from skgenre.model_selection import compare
from skgenre.model_selection._compare.folds import make_folds

Y = np.repeat(["blues", "metal"], 10)
X = np.zeros((20, 2))
GROUPS = np.arange(20) // 2


def folds_of(cv, *, groups=None, seed=0, y=Y, **kwargs):
    folds, _ = make_folds(cv, np.zeros((len(y), 2)), y, groups, seed, **kwargs)
    return [(train.tolist(), test.tolist()) for train, test in folds]


def list_tests(cv, **kwargs):
    return [test for _, test in folds_of(cv, **kwargs)]


def refusal_of(cv, **kwargs):
    with pytest.raises(ValueError, match=r"compare|cv") as caught:
        folds_of(cv, **kwargs)
    return str(caught.value)


def test_repeats_test_every_clip_once_a_repeat_in_other_folds():
    result = compare({"chance": DummyClassifier()}, X, Y, cv=5, repeats=3, random_state=0)
    assert result.frame["repeat"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert result.frame["fold"].tolist() == list(range(15))
    assert result.protocol["split"] == "StratifiedKFold(5, shuffled), 3 repeats"
    assert (result.protocol["folds"], result.protocol["repeats"]) == (15, 3)
    partitions = set()
    for first in (0, 5, 10):
        clips = result.predictions.query("@first <= fold < @first + 5")
        assert sorted(clips["clip"]) == list(range(20))
        partitions.add(frozenset(map(tuple, list_tests(5, repeats=3)[first : first + 5])))
    assert len(partitions) == 3


def test_more_repeats_begin_with_the_folds_of_fewer():
    """So that a run with more repeats resumes one with fewer."""
    five = folds_of(4, repeats=5)
    assert folds_of(4) == five[:4]
    assert folds_of(4, repeats=2) == five[:8]
    assert folds_of(4, repeats=5, seed=1) != five


@pytest.mark.parametrize("groups", [None, GROUPS])
def test_a_name_is_five_folds_that_keep_groups_together(groups):
    kind = "stratified" if groups is None else "group"
    assert folds_of(kind, groups=groups) == folds_of(5, groups=groups)
    assert folds_of(None, groups=groups) == folds_of(5, groups=groups)
    assert folds_of("repeated", groups=groups) == folds_of(5, groups=groups, repeats=5)
    assert folds_of("repeated", groups=groups, repeats=2) == folds_of(5, groups=groups, repeats=2)
    if groups is not None:
        for train, test in folds_of("repeated", groups=groups):
            assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize("random_state", [None, 7])
def test_a_splitter_that_shuffles_is_repeated(random_state):
    cv = StratifiedKFold(4, shuffle=True, random_state=random_state)
    folds = folds_of(cv, repeats=3)
    assert len({repr(folds[first : first + 4]) for first in (0, 4, 8)}) == 3
    assert folds == folds_of(cv, repeats=3)
    assert folds[:4] == folds_of(cv)
    assert cv.random_state is random_state


@pytest.mark.parametrize(
    ("cv", "cure"),
    [
        (RepeatedStratifiedKFold(n_splits=2), "repeats itself: .* set its n_repeats"),
        (ShuffleSplit(3), "draws every split anew: .* set its n_splits"),
        (StratifiedKFold(4), "same folds each time: .* set its shuffle=True"),
        (PredefinedSplit([0, 1] * 10), "same folds each time: .* pass a number of folds as cv"),
        ([([0, 10], [1, 11])], "cv gives them: leave repeats out, or pass a number of folds"),
        (["train", "test"] * 10, "cv gives them: leave repeats out, or pass a number of folds"),
    ],
)
def test_what_can_not_be_drawn_anew_is_not_repeated(cv, cure):
    with pytest.raises(ValueError, match=cure):
        folds_of(cv, repeats=2)


def test_no_repeat_has_the_folds_of_another():
    groups = np.tile([0, 1], 10)
    assert "finds no more than 1 different sets of folds" in refusal_of(2, groups=groups, repeats=2)
    # Four groups make three pairs.
    pairs = [
        frozenset(map(tuple, list_tests(2, groups=np.arange(20) % 4, repeats=3)[i : i + 2]))
        for i in (0, 2, 4)
    ]
    assert len(set(pairs)) == 3


@pytest.mark.parametrize("repeats", [0, -1, 1.5, True, "2", None])
def test_repeats_is_a_number(repeats):
    assert f"must be a whole number of at least 1. Got {repeats!r}" in refusal_of(
        5, repeats=repeats
    )


@pytest.mark.parametrize(
    ("cv", "groups", "message"),
    [
        (1, None, "needs at least 2 folds, got cv=1.*StratifiedShuffleSplit"),
        (0, None, "needs at least 2 folds, got cv=0"),
        (11, None, "needs at least 11 clips of every genre.*such genres.*smaller cv"),
        ("grouped", None, r"Got 'grouped' instead. Did you mean 'group'\?"),
        ("group", None, "needs groups=, one label per clip"),
        ("stratified", GROUPS, "would divide the groups: use cv='group'"),
        (2.5, None, "'cv' parameter of compare must be a number of folds.*Got 2.5"),
        (True, None, "'cv' parameter of compare must be a number of folds.*Got True"),
        (object, None, "'cv' parameter of compare must be a number of folds"),
        (b"group", None, "'cv' parameter of compare must be a number of folds"),
        (StratifiedKFold, None, "'cv' parameter of compare must be a number of folds"),
        (StratifiedGroupKFold(2), None, "cv=StratifiedGroupKFold needs groups="),
        ([([0, 10], [1, 20])], None, "indices of its 20 clips from cv, 0 to 19. Split 0"),
        ([([0, 10], [-1])], None, "indices of its 20 clips from cv"),
        ([([0.5, 10], [1])], None, "indices of its 20 clips from cv"),
        ([([0, 10], [1], [2])], None, "pairs of .train, test. from cv.*Split 0"),
    ],
)
def test_no_such_cv(cv, groups, message):
    with pytest.raises(ValueError, match=message):
        folds_of(cv, groups=groups)


def test_a_genre_with_fewer_groups_than_folds_is_refused():
    groups = np.where(Y == "blues", np.arange(20), np.arange(20) % 3 + 100)
    assert (
        "needs at least 5 groups of every genre, but 'metal' has 3 groups: add groups, leave the "
        "genre out, or use a smaller cv"
    ) in refusal_of(5, groups=groups)
    assert len(folds_of(3, groups=groups)) == 3


def test_a_fold_that_does_not_know_a_genre_is_refused():
    y = np.array(["blues", "metal", "rock"] * 4)
    message = refusal_of([([0, 3, 1], [4, 6])], y=y)
    assert "Split 0 of cv is on data with 'rock', but trains on none" in message


def test_a_splitter_without_a_seed_gets_one():
    cv = ShuffleSplit(2, test_size=0.5)
    assert folds_of(cv) == folds_of(cv) != folds_of(cv, seed=1)


def test_masks_are_taken_as_indices():
    test = np.arange(20) % 4 == 0
    assert folds_of([(~test, test)]) == [
        (np.flatnonzero(~test).tolist(), np.flatnonzero(test).tolist())
    ]


@pytest.mark.parametrize(
    "cast", [list, np.array, pd.Series, pd.Categorical, lambda parts: np.array(parts, dtype=object)]
)
def test_each_part_is_tested_in_turn(cast):
    parts = ["a", "b"] * 10
    even, odd = list(range(0, 20, 2)), list(range(1, 20, 2))
    assert folds_of(cast(parts)) == [(odd, even), (even, odd)]


@pytest.mark.parametrize("cast", [list, np.array, np.float64, pd.Series])
def test_numbers_of_folds_and_clips_that_are_never_tested(cast):
    numbers = [0, 1, -1, 1, 0] * 4
    folds = folds_of(cast(numbers))
    assert folds == [
        (train.tolist(), test.tolist()) for train, test in PredefinedSplit(numbers).split()
    ]
    _, words = make_folds(cast(numbers), X, Y, None, 0)
    assert words == "2 given parts tested in turn, 4 clips never tested"


@pytest.mark.parametrize(
    ("train", "valid", "test"), [("train", "valid", "test"), ("training", "validation", "Test ")]
)
def test_an_official_split_is_scored_on_its_test_part(train, valid, test):
    parts = np.array([train, valid, train, test] * 5)
    [(trained, tested)] = folds_of(parts)
    assert set(parts[trained]) == {train}
    assert set(parts[tested]) == {test}
    _, words = make_folds(parts, X, Y, None, 0)
    assert words == (
        f"trained on {train!r} (10 clips), tested on {test!r} (5 clips), "
        f"{valid!r} (5 clips) not used"
    )


def test_an_official_split_without_a_test_part_is_scored_on_the_others():
    assert list_tests(["train", "val"] * 10) == [list(range(1, 20, 2))]
    parts = np.array(["train", "train", "live", "studio"] * 5)
    folds = folds_of(parts)
    assert [set(parts[train]) for train, _ in folds] == [{"train"}, {"train"}]
    assert [set(parts[test]) for _, test in folds] == [{"live"}, {"studio"}]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["a", "b"], "got 20 clips and 'cv' of length 2"),
        (["a", None] * 10, "'cv' has no value for clip 1"),
        (["train", ""] * 10, "'cv' has no value for clip 1"),
        (["train"] * 20, "got only 'train' as the parts of cv"),
        ([-1] * 20, "got only -1 as the parts of cv"),
        ([True, False] * 10, "as text or as whole numbers, all alike. Got True"),
        ([0, "a"] * 10, "as text or as whole numbers, all alike. Got 'a'"),
        ([0.5, 1] * 10, "as text or as whole numbers, all alike. Got 0.5"),
        (pd.array([1, None] * 10, dtype="Int64"), "'cv' has no value for clip 1"),
        (np.array([2**63, 1] * 10, dtype=np.uint64), f"all alike. Got {2**63}"),
        (pd.DataFrame({"a": ["x"] * 10, "b": ["y"] * 10}), "Got shape (10, 2)"),
        ([0.0, np.inf] * 10, "as text or as whole numbers, all alike. Got inf"),
    ],
)
def test_impossible_parts_are_refused(parts, message):
    assert message in refusal_of(parts)


def test_groups_of_several_types_are_refused():
    groups = np.array(["a", 1] * 10, dtype=object)
    with pytest.raises(ValueError, match=r"'groups' of one type.*a mix of int and str"):
        compare({"chance": DummyClassifier()}, X, Y, groups=groups, cv=2)


def test_parts_must_not_divide_groups():
    assert "has the group '0' in both train and test" in refusal_of(["a", "b"] * 10, groups=GROUPS)


def test_group_splitters_still_work():
    assert len(folds_of(GroupKFold(5), groups=np.arange(20) % 10)) == 5
    cv = StratifiedGroupKFold(2, shuffle=True)
    assert len(folds_of(cv, groups=GROUPS, repeats=3)) == 6
