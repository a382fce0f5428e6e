"""Deal groups of clips to folds, so that each fold has its share of every genre."""

import numpy as np

# With more groups than this, single moves alone come close, and pairs would take minutes.
_MAX_GROUPS_IN_PAIRS = 2000
_MAX_PASSES = 40
_N_STARTS = 3
_LEAST_GAIN = 1e-9


def count_by_group(
    matrix: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the clips of each genre in each group.

    Parameters
    ----------
    matrix : ndarray of shape (n_clips, n_genres)
        1 where a clip has a genre.
    groups : ndarray of shape (n_clips,)
        Group labels.

    Returns
    -------
    counts : ndarray of shape (n_groups, n_genres)
        Clips of each genre in each group.
    sizes : ndarray of shape (n_groups,)
        Clips of each group.
    group_of_clip : ndarray of shape (n_clips,)
        Number of the group of each clip.
    """
    names, group_of_clip = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), matrix.shape[1]), dtype=np.int64)
    np.add.at(counts, group_of_clip, matrix.astype(np.int64))
    return counts, np.bincount(group_of_clip), group_of_clip


def make_folds(
    counts: np.ndarray, sizes: np.ndarray, n_folds: int, rng: np.random.RandomState
) -> np.ndarray:
    """Deal groups to folds so that each fold has its share of every genre and of the clips.

    Of several starts, the first in the given order and the others in a random one, the folds
    closest to equal are kept.

    Parameters
    ----------
    counts : ndarray of shape (n_groups, n_genres)
        Clips of each genre in each group.
    sizes : ndarray of shape (n_groups,)
        Clips of each group.
    n_folds : int
        Number of folds.
    rng : RandomState
        Draws the orders.

    Returns
    -------
    ndarray of shape (n_groups,)
        The fold of each group.
    """
    # The same folds, whatever the order of the genres.
    counts = counts[:, np.lexsort(counts[::-1])]
    best, least = np.zeros(len(counts), dtype=int), np.inf
    for start in range(_N_STARTS):
        order = rng.permutation(len(counts)) if start else np.arange(len(counts))
        folds = np.empty(len(counts), dtype=int)
        folds[order] = _assign(counts[order], sizes[order], n_folds)
        exchange = _Exchange(counts, sizes, folds, n_folds)
        exchange.run(rng)
        if exchange.error < least - _LEAST_GAIN:
            best, least = exchange.folds, exchange.error
    return best


def _assign(counts: np.ndarray, sizes: np.ndarray, n_folds: int) -> np.ndarray:
    """Deal groups to folds, the rarest genre first."""
    lacking = np.tile(counts.sum(axis=0) / n_folds, (n_folds, 1))
    room = np.full(n_folds, sizes.sum() / n_folds)
    folds = np.full(len(counts), -1)
    left = counts.sum(axis=0)

    def deal(group: int, fold: int) -> None:
        folds[group] = fold
        lacking[fold] -= counts[group]
        room[fold] -= sizes[group]

    while left.any():
        genre = np.where(left > 0, left, left.max() + 1).argmin()
        members = np.flatnonzero((folds < 0) & (counts[:, genre] > 0))
        for group in members[np.argsort(-counts[members, genre], kind="stable")]:
            deal(group, int(np.lexsort((-room, -lacking[:, genre]))[0]))
        left = left - counts[members].sum(axis=0)
    rest = np.flatnonzero(folds < 0)
    for group in rest[np.argsort(-sizes[rest], kind="stable")]:
        deal(group, int(room.argmax()))
    return folds


class _Exchange:
    """Folds with the distance of each from its share, which a move changes by one group.

    The error is the sum over folds of squared distances, each column by its weight. A column is a
    genre; the last one is the number of clips, with the mean weight of the others.
    """

    def __init__(
        self, counts: np.ndarray, sizes: np.ndarray, folds: np.ndarray, n_folds: int
    ) -> None:
        self.folds = folds.copy()
        self.columns = np.column_stack([counts, sizes]).astype(float)
        totals = self.columns.sum(axis=0)
        weights = 1 / np.sqrt(np.maximum(totals, 1))
        weights[-1] = weights[:-1].mean()
        self.weights = weights
        self.weighted = self.columns * weights
        self.squares = (self.columns * self.weighted).sum(axis=1)
        self.off = np.tile(-totals / n_folds, (n_folds, 1))
        np.add.at(self.off, self.folds, self.columns)

    @property
    def error(self) -> float:
        """The sum of squared distances from equal folds, by the weights."""
        return float((self.off**2 * self.weights).sum())

    def run(self, rng: np.random.RandomState) -> None:
        """Move groups and exchange pairs until neither helps."""
        for _ in range(_MAX_PASSES):
            if self.move_each(rng):
                continue
            if len(self.folds) > _MAX_GROUPS_IN_PAIRS or not self.pair_each(rng):
                return

    def move_each(self, rng: np.random.RandomState) -> int:
        """Move each group to the fold where it is needed most; return how many moved."""
        n_moved = 0
        for group in rng.permutation(len(self.folds)):
            fold = self.folds[group]
            pull = 2 * (self.off @ self.weighted[group])
            change = pull - pull[fold] + 2 * self.squares[group]
            change[fold] = 0
            best = int(change.argmin())
            if change[best] < -_LEAST_GAIN:
                self._put(group, best)
                n_moved += 1
        return n_moved

    def pair_each(self, rng: np.random.RandomState) -> int:
        """Exchange each group with the one of another fold that helps most; return how many."""
        n_exchanged = 0
        pull = 2 * (self.off @ self.weighted.T)  # of each fold and group
        every = np.arange(len(self.folds))
        for group in rng.permutation(len(self.folds)):
            fold = self.folds[group]
            products = self.columns @ self.weighted[group]
            change = pull[fold] - pull[self.folds, every] - pull[fold, group]
            change += pull[self.folds, group]
            change += 2 * (self.squares + self.squares[group] - 2 * products)
            change[self.folds == fold] = 0
            other = int(change.argmin())
            if change[other] < -_LEAST_GAIN:
                change_of_pull = 2 * (self.columns[other] - self.columns[group]) @ self.weighted.T
                pull[fold] += change_of_pull
                pull[self.folds[other]] -= change_of_pull
                self._put(group, self.folds[other])
                self._put(other, fold)
                n_exchanged += 1
        return n_exchanged

    def _put(self, group: int, fold: int) -> None:
        self.off[self.folds[group]] -= self.columns[group]
        self.off[fold] += self.columns[group]
        self.folds[group] = fold
