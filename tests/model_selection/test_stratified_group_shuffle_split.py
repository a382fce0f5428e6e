import numpy as np
import pytest
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, GroupShuffleSplit, cross_val_score

from skgenre.exceptions import SkgenreWarning
from skgenre.model_selection import StratifiedGroupShuffleSplit


@pytest.fixture
def collection():
    """Genres of unlike sizes, artists with one to seven clips each."""
    rng = np.random.default_rng(0)
    y, groups = [], []
    for genre, size in (("blues", 200), ("jazz", 80), ("rock", 40)):
        while sum(label == genre for label in y) < size:
            left = size - sum(label == genre for label in y)
            n_clips = min(left, rng.integers(1, 8))
            y += [genre] * n_clips
            groups += [f"{genre} {len(groups)}"] * n_clips
    order = rng.permutation(len(y))
    return np.array(y)[order], np.array(groups)[order]


@pytest.mark.parametrize(
    ("sizes", "n_train", "n_test"),
    [
        ({}, 256, 64),
        ({"test_size": 0.1}, 288, 32),
        ({"train_size": 0.5}, 160, 160),
        ({"test_size": 80, "train_size": 120}, 120, 80),
    ],
)
def test_sizes_and_shares_are_those_asked_for_and_no_group_is_torn(
    collection, sizes, n_train, n_test
):
    y, groups = collection
    splitter = StratifiedGroupShuffleSplit(4, **sizes, random_state=0)
    assert splitter.get_n_splits() == 4
    splits = list(splitter.split(y, y, groups))
    assert len(splits) == 4
    for train, test in splits:
        assert abs(len(train) - n_train) <= 2
        assert abs(len(test) - n_test) <= 2
        assert np.intersect1d(groups[train], groups[test]).size == 0
        for side in (train, test):
            shares = [np.mean(y[side] == genre) for genre in ("blues", "jazz", "rock")]
            assert shares == pytest.approx([200 / 320, 80 / 320, 40 / 320], abs=0.03)


def test_it_is_closer_than_a_split_by_groups_alone(collection):
    y, groups = collection

    def distance(splitter):
        return np.mean(
            [abs(np.mean(y[test] == "rock") - 1 / 8) for _, test in splitter.split(y, y, groups)]
        )

    params = {"n_splits": 10, "test_size": 0.2, "random_state": 0}
    plain = distance(GroupShuffleSplit(**params))
    assert distance(StratifiedGroupShuffleSplit(**params)) < plain / 3


def test_the_seed_fixes_the_splits_and_each_split_is_another(collection):
    y, groups = collection

    def tests(seed):
        splitter = StratifiedGroupShuffleSplit(3, random_state=seed)
        return [sorted(test.tolist()) for _, test in splitter.split(y, y, groups)]

    assert tests(0) == tests(0)
    assert tests(0) != tests(1)
    first, second, third = tests(0)
    assert first != second != third


def test_every_clip_can_be_tested(collection):
    y, groups = collection
    splitter = StratifiedGroupShuffleSplit(40, test_size=0.2, random_state=0)
    tested = np.concatenate([test for _, test in splitter.split(y, y, groups)])
    counts = np.bincount(tested, minlength=len(y))
    assert counts.min() >= 1
    assert counts.max() < 25


def test_groups_that_span_genres_leave_every_genre_on_both_sides():
    rng = np.random.default_rng(0)
    groups = np.arange(60) // 5
    y = rng.permutation(np.repeat(["blues", "jazz", "rock"], 20))
    for train, test in StratifiedGroupShuffleSplit(5, random_state=0).split(y, y, groups):
        assert len(np.unique(y[train])) == len(np.unique(y[test])) == 3


def test_it_works_where_scikit_learn_takes_a_cv(collection):
    y, groups = collection
    X, splitter = np.zeros((len(y), 2)), StratifiedGroupShuffleSplit(2, random_state=0)
    with config_context(enable_metadata_routing=True):
        scores = cross_val_score(DummyClassifier(), X, y, cv=splitter, params={"groups": groups})
        assert len(scores) == 2
        search = GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, cv=splitter)
        assert search.fit(X, y, groups=groups).n_splits_ == 2
    assert repr(splitter).startswith("StratifiedGroupShuffleSplit(n_splits=2, random_state=0")


def test_impossible_splits_are_refused_with_the_reason():
    y = np.repeat(["blues", "jazz"], 6)

    def split(y, groups, **params):
        return list(StratifiedGroupShuffleSplit(**params).split(y, y, groups))

    with pytest.raises(ValueError, match=r"'jazz' has a single one \(6 clips\)"):
        split(y, [1, 1, 2, 2, 3, 3, 9, 9, 9, 9, 9, 9])
    with pytest.raises(ValueError, match=r"'rock' has a single one \(1 clip\)"):
        split([*y, "rock"], range(13))
    with pytest.raises(ValueError, match="test_size comes to 1 clips, too few for 2 genres"):
        split(y, range(12), test_size=1)
    with pytest.raises(ValueError, match="no choice of groups"):
        # Of each genre's two groups one would have to be on each side, around a ring of three.
        split(["a", "b", "b", "c", "c", "a"], [0, 0, 1, 1, 2, 2], test_size=3)
    with pytest.raises(ValueError, match="needs groups"):
        split(y, None)
    with pytest.raises(ValueError, match="'groups' of length 2"):
        split(y, [1, 2])
    with pytest.raises(ValueError, match="give y"):
        next(StratifiedGroupShuffleSplit().split(y))
    with pytest.raises(ValueError, match=r"'n_splits'.*Got 0"):
        split(y, range(12), n_splits=0)


def test_groups_too_large_for_the_size_are_said():
    y = np.repeat(["blues", "jazz"], 20)
    groups = np.repeat([0, 1, 2, 3], 10)
    with pytest.warns(SkgenreWarning, match="test part has 20 clips instead of 4"):
        next(StratifiedGroupShuffleSplit(test_size=4, random_state=0).split(y, y, groups))
