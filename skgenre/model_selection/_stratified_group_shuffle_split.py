"""Random splits that keep groups together and genres in proportion."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.model_selection import BaseShuffleSplit
from sklearn.model_selection._split import GroupsConsumerMixin, _validate_shuffle_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _num_samples

from .._public import public
from ..exceptions import SkgenreWarning
from ._clip_labels import check_genres, check_groups

_MAX_CANDIDATES = 100
_MAX_STARTS = 20


@public
class StratifiedGroupShuffleSplit(GroupsConsumerMixin, BaseShuffleSplit):
    """Draw random splits that keep groups together and genres in proportion.

    Combines :class:`~sklearn.model_selection.GroupShuffleSplit` and
    :class:`~sklearn.model_selection.StratifiedShuffleSplit`.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits.
    test_size : float or int, default=None
        Share or number of clips (not of groups) to test. None means the complement of `train_size`,
        or 0.2 if that is None too.
    train_size : float or int, default=None
        Share or number of clips to train on. None means the complement of `test_size`.
    random_state : int, RandomState instance or None, default=None
        Seeds the splits.

    See Also
    --------
    sklearn.model_selection.StratifiedGroupKFold : Folds, each clip tested once.
    FaultFilteredSplit : The published split of GTZAN.

    Notes
    -----
    Whole groups can't match every size exactly. Groups join the test part in random order as long
    as that brings the numbers of clips, per genre and in total, closer to the requested ones, by
    squared error relative to the available ones; then single groups are exchanged until no exchange
    helps. Each genre is in both parts. With a few large groups the splits may repeat, and a warning
    is given if a part is off by more than half of its size.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection import StratifiedGroupShuffleSplit
    >>> y = np.repeat(["blues", "jazz"], [20, 10])
    >>> artists = np.arange(30) // 2
    >>> splitter = StratifiedGroupShuffleSplit(3, test_size=0.2, random_state=0)
    >>> for train, test in splitter.split(y, y, artists):
    ...     print(len(train), np.unique(y[test], return_counts=True)[1])
    24 [4 2]
    24 [4 2]
    24 [4 2]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        test_size: float | None = None,
        train_size: float | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            n_splits=n_splits,
            test_size=test_size,
            train_size=train_size,
            random_state=random_state,
        )
        self._default_test_size = 0.2

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate the indices of training and test clips.

        Parameters
        ----------
        X : sequence of length n_clips
            The clips.
        y : array-like of shape (n_clips,)
            Their genres.
        groups : array-like of shape (n_clips,)
            Group labels; a group never appears in both train and test.

        Yields
        ------
        train : ndarray
            Indices of training clips.
        test : ndarray
            Indices of test clips.

        Raises
        ------
        ValueError
            When a genre has a single group, or no choice of groups leaves every genre in both train
            and test.

        Warns
        -----
        SkgenreWarning
            When the groups are too large for the requested sizes.
        """
        name = type(self).__name__
        if (
            not isinstance(self.n_splits, int | np.integer)
            or isinstance(self.n_splits, bool)
            or self.n_splits < 1
        ):
            raise ValueError(
                f"The 'n_splits' parameter of {name} must be an int of at least 1. Got "
                f"{self.n_splits!r} instead."
            )
        y = check_genres(name, X, y)
        if groups is None:
            raise ValueError(
                f"{name} needs groups: artists, albums or duplicates. Without, use "
                f"StratifiedShuffleSplit."
            )
        groups = check_groups(name, X, groups)
        yield from self._iter_indices(X, y, groups)

    def _iter_indices(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        n_train, n_test = _validate_shuffle_split(
            _num_samples(X),
            self.test_size,
            self.train_size,
            default_test_size=self._default_test_size,
        )
        genres, genre_of_clip = np.unique(y, return_inverse=True)
        group_names, group_of_clip = np.unique(groups, return_inverse=True)
        counts = np.zeros((len(group_names), len(genres)), dtype=int)
        np.add.at(counts, (group_of_clip, genre_of_clip), 1)
        self._check_enough_groups(genres, counts, n_train, n_test)
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            in_train, in_test = self._draw(counts, n_train, n_test, rng)
            train = np.flatnonzero(in_train[group_of_clip])
            test = np.flatnonzero(in_test[group_of_clip])
            self._warn_of_sizes(("training", len(train), n_train), ("test", len(test), n_test))
            yield rng.permutation(train), rng.permutation(test)

    def _check_enough_groups(
        self, genres: np.ndarray, counts: np.ndarray, n_train: int, n_test: int
    ) -> None:
        name = type(self).__name__
        groups_of_genre = (counts > 0).sum(axis=0)
        rarest = groups_of_genre.argmin()
        if groups_of_genre[rarest] < 2:
            n_clips = counts[:, rarest].sum()
            raise ValueError(
                f"{name} needs at least 2 groups of every genre, for train and test, but "
                f"{str(genres[rarest])!r} has a single one ({n_clips} "
                f"{'clip' if n_clips == 1 else 'clips'}): add clips of others, or leave the genre "
                f"out."
            )
        for side, n_clips in (("train_size", n_train), ("test_size", n_test)):
            if n_clips < len(genres):
                raise ValueError(
                    f"{name}: {side} comes to {n_clips} clips, too few for {len(genres)} genres."
                )

    def _draw(
        self, counts: np.ndarray, n_train: int, n_test: int, rng: np.random.RandomState
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the training groups and the test groups."""
        for _ in range(_MAX_STARTS):
            in_test = _choose(counts, n_test, rng)
            rest = np.flatnonzero(~in_test)
            in_train = ~in_test
            if n_train < counts.sum() - n_test:
                in_train = np.zeros(len(counts), dtype=bool)
                in_train[rest] = _choose(counts[rest], n_train, rng, spare=False)
            if all(counts[side].sum(axis=0).all() for side in (in_train, in_test)):
                return in_train, in_test
        raise ValueError(
            f"{type(self).__name__} found no choice of groups that leaves every genre in both "
            f"train and test: groups of several genres prevent it. Use more groups, another "
            f"test_size, or fewer genres."
        )

    def _warn_of_sizes(self, *sides: tuple[str, int, int]) -> None:
        for side, got, asked in sides:
            if abs(got - asked) > asked / 2:
                warnings.warn(
                    f"{type(self).__name__}: the {side} part has {got} clips instead of {asked}, "
                    f"since groups are too large.",
                    SkgenreWarning,
                    stacklevel=4,
                )


def _choose(
    counts: np.ndarray, n_clips: int, rng: np.random.RandomState, *, spare: bool = True
) -> np.ndarray:
    """Choose groups with about `n_clips` clips, the genres in proportion.

    Parameters
    ----------
    counts : ndarray of shape (n_groups, n_genres)
        Clips of each genre in each group.
    n_clips : int
        Number of clips to choose.
    rng : RandomState
        Draws the order.
    spare : bool, default=True
        Whether the other groups must keep a clip of each genre.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        The groups chosen.
    """
    totals = counts.sum(axis=0)
    wanted = n_clips * totals / totals.sum()

    def error(chosen: np.ndarray) -> np.ndarray:
        off = ((chosen - wanted) ** 2 / np.maximum(totals, 1)).sum(axis=-1)
        off = off + (chosen.sum(axis=-1) - n_clips) ** 2 / totals.sum()
        lacking = (chosen == 0).sum(axis=-1) + spare * (chosen == totals).sum(axis=-1)
        return off + lacking * float(totals.sum())

    is_chosen = np.zeros(len(counts), dtype=bool)
    chosen = np.zeros_like(totals)
    least = error(chosen)
    for group in rng.permutation(len(counts)):
        now = error(chosen + counts[group])
        if now < least:
            is_chosen[group], chosen, least = True, chosen + counts[group], now
    while True:
        outs, ins = (_candidates(counts, side, rng) for side in (is_chosen, ~is_chosen))
        # -1 means no group, so that a group may leave or join alone.
        moved = np.where(outs[:, np.newaxis] < 0, 0, counts[outs])
        joined = np.where(ins[:, np.newaxis] < 0, 0, counts[ins])
        errors = error(chosen - moved[:, np.newaxis] + joined[np.newaxis])
        best = np.unravel_index(errors.argmin(), errors.shape)
        if errors[best] >= least - 1e-12:
            return is_chosen
        for group, state in ((outs[best[0]], False), (ins[best[1]], True)):
            if group >= 0:
                is_chosen[group] = state
        chosen, least = counts[is_chosen].sum(axis=0), errors[best]


def _candidates(counts: np.ndarray, side: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """Return one group of each composition in a part, and -1 for none."""
    groups = rng.permutation(np.flatnonzero(side))
    _, first = np.unique(counts[groups], axis=0, return_index=True)
    return np.append(groups[rng.permutation(first)[:_MAX_CANDIDATES]], -1)
