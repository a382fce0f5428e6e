import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GroupKFold, cross_val_score

from skgenre.exceptions import SkgenreWarning
from skgenre.model_selection import MultilabelStratifiedGroupKFold


def make_collection(seed, n_clips=4000, n_genres=161, n_groups=900):
    """Genres as unequal as in large collections; a group has one to 50 clips and a few genres."""
    rng = np.random.default_rng(seed)
    sizes = rng.zipf(1.8, n_groups).clip(1, 60).astype(float)
    more = rng.choice(n_groups, n_clips - n_groups, p=sizes / sizes.sum())
    groups = np.concatenate([np.arange(n_groups), more])
    shares = 1 / np.arange(1, n_genres + 1)
    genres_of_group = [
        rng.choice(
            n_genres, rng.integers(1, min(8, n_genres)), replace=False, p=shares / shares.sum()
        )
        for _ in range(n_groups)
    ]
    y = np.zeros((n_clips, n_genres), dtype=int)
    for clip, group in enumerate(groups):
        genres = genres_of_group[group]
        y[clip, rng.choice(genres, rng.integers(1, len(genres) + 1), replace=False)] = 1
    return y, groups


def measure(folds, y, groups):
    """Return the mean deviation of the shares of genres in 5 groups or more, and the sizes."""
    n_groups = [len(np.unique(groups[column == 1])) for column in y.T]
    y = y[:, np.array(n_groups) >= 5]
    deviation = np.mean([np.abs(y[test].mean(axis=0) - y.mean(axis=0)) for _, test in folds])
    return deviation, np.array([len(test) for _, test in folds])


@pytest.mark.filterwarnings("ignore:.*fewer groups than there are folds")
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3, 4))]
)
def test_shares_deviate_half_as_much_as_by_groups_alone(seed):
    y, groups = make_collection(seed)
    splitter = MultilabelStratifiedGroupKFold(5, shuffle=True, random_state=seed)
    folds = list(splitter.split(y, y, groups))
    deviation, sizes = measure(folds, y, groups)
    by_groups, _ = measure(list(GroupKFold(5).split(y, y, groups)), y, groups)
    assert deviation <= by_groups / 2
    assert np.all(np.abs(sizes - 800) <= 80)
    for train, test in folds:
        assert np.intersect1d(groups[train], groups[test]).size == 0
        assert np.union1d(train, test).size == len(y)


def test_every_form_of_several_genres_gives_the_same_folds():
    matrix = np.tile(np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]]), (10, 1))
    names = np.array(["a1", "b1", "c1"])
    forms = [
        matrix,
        pd.DataFrame(matrix, columns=names),
        [set(names[row == 1]) for row in matrix],
    ]
    groups = np.arange(40) // 2
    folds = [
        [test.tolist() for _, test in MultilabelStratifiedGroupKFold(4).split(y, y, groups)]
        for y in forms
    ]
    assert folds[0] == folds[1] == folds[2]


def test_without_shuffle_the_seed_has_no_part_and_with_it_folds_repeat():
    y, groups = make_collection(0, 200, 4, 60)

    def split(**params):
        splitter = MultilabelStratifiedGroupKFold(3, **params)
        return [test.tolist() for _, test in splitter.split(y, y, groups)]

    assert split() == split()
    first = split(shuffle=True, random_state=1)
    assert first == split(shuffle=True, random_state=1)
    assert first != split(shuffle=True, random_state=2)
    assert sorted(np.concatenate(first).tolist()) == list(range(200))


def test_without_groups_each_clip_is_one():
    y = np.tile([[1, 0], [0, 1], [1, 1], [0, 0]], (15, 1))
    for _, test in MultilabelStratifiedGroupKFold(5).split(y, y):
        assert len(test) == 12
        assert y[test].sum(axis=0).tolist() == [6, 6]


def test_rare_genres_are_named_in_a_warning():
    y = np.zeros((30, 3), dtype=int)
    y[:, 0], y[:2, 1], y[::2, 2] = 1, 1, 1
    frame = pd.DataFrame(y, columns=["rock", "polka", "soul"])
    with pytest.warns(SkgenreWarning, match=r"of 3 genres 1 has clips in fewer .*: polka \(2\)"):
        list(MultilabelStratifiedGroupKFold(3).split(frame, frame))


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        (["jazz", "rock"] * 5, None, "For one genre per clip, use StratifiedGroupKFold"),
        (None, None, "needs several genres per clip"),
        (np.ones((10, 1), dtype=int), None, "needs several genres"),
        (np.ones((9, 2), dtype=int), None, "got 10 clips and 'y' of length 9"),
        (np.ones((10, 2), dtype=int), ["a", "b"] * 5, "at least as many groups as folds, 3. Got 2"),
        (np.ones((10, 2), dtype=int), ["a"] * 9, "got 10 clips and 'groups' of length 9"),
        (np.full((10, 2), 2), None, "matrix of 0 and 1"),
    ],
)
def test_bad_input_is_named(y, groups, message):
    with pytest.raises(ValueError, match=message):
        list(MultilabelStratifiedGroupKFold(3).split(np.zeros((10, 1)), y, groups))


def test_the_order_of_genres_and_clips_does_not_change_the_folds():
    y, groups = make_collection(0, 120, 6, 30)
    rng = np.random.default_rng(0)
    clips, genres = rng.permutation(len(y)), rng.permutation(6)
    splitter = MultilabelStratifiedGroupKFold(4, shuffle=True, random_state=0)
    given = [set(test) for _, test in splitter.split(y, y, groups)]
    moved = y[clips][:, genres]
    assert [set(clips[test]) for _, test in splitter.split(moved, moved, groups[clips])] == given


def test_groups_are_routed_to_it_by_scikit_learn():
    y, groups = make_collection(0, 120, 3, 40)
    with config_context(enable_metadata_routing=True):
        scores = cross_val_score(
            DummyClassifier(),
            np.zeros((120, 1)),
            y,
            cv=MultilabelStratifiedGroupKFold(3),
            params={"groups": groups},
        )
    assert len(scores) == 3
