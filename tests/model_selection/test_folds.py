import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GroupKFold, KFold, PredefinedSplit, StratifiedGroupKFold

from skgenre.model_selection import compare
from skgenre.model_selection._compare.folds import number_repeats

CHANCE = {"chance": DummyClassifier()}


def labels(*counts):
    return np.repeat(["blues", "metal", "rock"][: len(counts)], counts)


def test_a_number_of_folds_tests_every_clip_once():
    y = labels(10, 10, 10)
    predictions = compare(CHANCE, np.zeros((30, 2)), y, cv=5, random_state=0).predictions
    assert sorted(predictions["clip"]) == list(range(30))
    assert (predictions["target"].to_numpy() == y[predictions["clip"]]).all()


def test_a_number_of_folds_with_groups_keeps_groups_together():
    y = labels(12, 12)
    groups = np.arange(24) // 2
    predictions = compare(CHANCE, np.zeros((24, 2)), y, groups=groups, cv=3).predictions
    folds_of_group = predictions.assign(group=groups[predictions["clip"]]).groupby("group")["fold"]
    assert (folds_of_group.nunique() == 1).all()


def test_random_state_fixes_the_folds_and_another_one_changes_them():
    y, X = labels(10, 10), np.zeros((20, 2))
    clips = [
        compare(CHANCE, X, y, cv=4, random_state=seed).predictions["clip"].tolist()
        for seed in (0, 0, 1)
    ]
    assert clips[0] == clips[1]
    assert clips[0] != clips[2]


def test_a_genre_with_fewer_clips_than_folds_is_named():
    with pytest.raises(ValueError, match=r"cv=5 needs at least 5 clips.*'rock' has 1 clip:"):
        compare(CHANCE, np.zeros((21, 2)), labels(10, 10, 1), cv=5)


def test_a_single_genre_is_refused():
    with pytest.raises(ValueError, match="at least two genres, got one class: 'blues'"):
        compare(CHANCE, np.zeros((9, 2)), labels(9), cv=3)


def test_fewer_groups_than_folds_are_refused():
    with pytest.raises(ValueError, match="at least 4 groups, got 2"):
        compare(CHANCE, np.zeros((20, 2)), labels(10, 10), groups=np.arange(20) % 2, cv=4)


def test_a_splitter_that_tears_a_group_apart_is_refused():
    groups = np.array([f"artist{number // 4}" for number in range(24)])
    with pytest.raises(ValueError, match=r"has the group 'artist\d' in both train"):
        compare(
            CHANCE,
            np.zeros((24, 2)),
            labels(12, 12),
            groups=groups,
            cv=KFold(3, shuffle=True, random_state=0),
        )


def test_a_genre_without_training_clips_is_refused():
    # All clips of a genre share one group, so the fold that tests it can't learn it.
    y = labels(6, 6, 6)
    with pytest.raises(ValueError, match=r"tests clips of '.*', but trains on none"):
        compare(CHANCE, np.zeros((18, 2)), y, groups=y, cv=GroupKFold(3))


def test_a_predefined_split_and_given_indices_work():
    y, X = labels(4, 4), np.zeros((8, 2))
    fold = PredefinedSplit([-1, -1, -1, 0, -1, -1, -1, 0])
    by_splitter = compare(CHANCE, X, y, cv=fold)
    by_indices = compare(CHANCE, X, y, cv=[([0, 1, 2, 4, 5, 6], [3, 7])])
    assert by_splitter.predictions["clip"].tolist() == [3, 7]
    assert by_indices.predictions["clip"].tolist() == [3, 7]
    assert np.isnan(by_splitter.summary.loc["chance", "accuracy_std"])


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ([([0, 1, 4], [1, 5])], "same clip in train and test"),
        ([([0, 1, 4], [])], "empty train or test"),
        ([([0, 1, 4], [2, 2, 5])], "Split 0 of cv tests the same clip more than once"),
        ([([0, 1, 4], [2, 5]), ([1, 0, 4], [5, 2])], "got every split of cv 2 times"),
        ([], "without a single split"),
    ],
)
def test_impossible_given_splits_are_refused(split, message):
    with pytest.raises(ValueError, match=message):
        compare(CHANCE, np.zeros((8, 2)), labels(4, 4), cv=split)


def test_groups_reach_a_given_splitter():
    y = labels(12, 12)
    groups = np.arange(24) // 3
    result = compare(CHANCE, np.zeros((24, 2)), y, groups=groups, cv=StratifiedGroupKFold(4))
    assert result.protocol["groups"] == 8
    assert "StratifiedGroupKFold(n_splits=4" in result.to_markdown()


def test_a_repeat_begins_where_a_clip_is_tested_again():
    def fold(*test):
        return np.array([9]), np.array(test)

    assert number_repeats([fold(0, 1), fold(2), fold(1), fold(0, 2), fold(0)]) == [0, 0, 1, 1, 2]
    assert number_repeats([fold(0)]) == [0]
