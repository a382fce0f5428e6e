"""Accuracy of one fact about each clip as the only predictor of its genre, and of chance.

The classifier is a tree of one split into many leaves: the values are cut at their quantiles, which
needs no genres, and each leaf predicts its most common genre among the training clips. So the
scores of thousands of permutations of the genres are counts, and take a fraction of a second.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._compare.folds import Fold, number_repeats

_MOST_LEAVES = 16
_CLIPS_PER_LEAF = 4
# Folds that are more than this, such as those of leaving one out, are joined.
_MOST_FOLDS = 20
_JOINED_FOLDS = 10
_PERMUTATIONS = 1999
_ENOUGH = 20
# Units in a part, at the median, that are permuted within it.
_SMALLEST_PART = 4
# Permuted labels at a time, and those that are kept for the next fact.
_BATCH_LABELS = 1 << 18
_KEPT_LABELS = 1 << 24


class Score(NamedTuple):
    """Score of one fact.

    Parameters
    ----------
    accuracy : float
        Share of the clips whose genre is predicted.
    chance : float
        Mean of the same share over permutations of the genres.
    p : float
        Share of the permutations that score as well or better.
    """

    accuracy: float
    chance: float
    p: float


class FactScorer:
    """Scores facts about the same clips in the same folds.

    Parameters
    ----------
    genres : ndarray of shape (n_clips,)
        Genre of each clip.
    groups : ndarray of shape (n_clips,) or None
        Group of each clip; a group's clips get a genre together in a permutation.
    folds : list of (train, test)
        The folds; of repeated ones the first repeat. More than 20, such as leaving one out, are
        joined to 10.
    seed : int
        Seed of the permutations.
    """

    def __init__(
        self, genres: np.ndarray, groups: np.ndarray | None, folds: list[Fold], seed: int
    ) -> None:
        self._genres = np.unique(genres, return_inverse=True)[1]
        self._n_genres = int(self._genres.max()) + 1
        self._units = (
            np.arange(len(genres))
            if groups is None
            else np.unique(groups, return_inverse=True)[1].reshape(-1)
        )
        self._seed = seed
        self._kept: dict[bytes, list[np.ndarray]] = {}
        is_first = np.array(number_repeats(folds)) == 0
        folds = [fold for fold, first in zip(folds, is_first, strict=True) if first]
        role = _roles(len(genres), folds)
        # Clips in the same parts of all folds are counted together.
        parts, self._part = np.unique(role, axis=0, return_inverse=True)
        self._part = self._part.reshape(-1)
        self._trains = parts.T == 1
        self._tests = parts.T == 2

    def __call__(self, values: np.ndarray) -> Score | None:
        """Score a fact; None if it is constant, or known of too few clips.

        Parameters
        ----------
        values : ndarray of shape (n_clips,)
            The fact, in numbers. Clips where it is NaN are left out.
        """
        used = ~np.isnan(values) & (self._tests.any(axis=0) | self._trains.any(axis=0))[self._part]
        if len(np.unique(values[used])) < 2:
            return None
        is_tested = self._tests.any(axis=0)[self._part] & used
        if len(np.unique(self._genres[used])) < 2 or not is_tested.any():
            return None
        count = _Counter(
            cut_values(values[used]), self._part[used], self._trains, self._tests, self._n_genres
        )
        observed = int(count(self._genres[None, used])[0])
        n_drawn = n_reached = total = 0
        for labels in self._permutations(used):
            scores = count(labels)
            n_drawn += len(scores)
            n_reached += int((scores >= observed).sum())
            total += int(scores.sum())
            # A fact that many permutations reach needs no more of them.
            if n_reached >= _ENOUGH:
                break
        n_tested = int(is_tested.sum())
        return Score(
            observed / n_tested,
            total / n_drawn / n_tested,
            (1 + n_reached) / (1 + n_drawn),
        )

    def _permutations(self, used: np.ndarray) -> Iterator[np.ndarray]:
        """Yield batches of permuted genres of these clips, the same ones for every fact."""
        key = used.tobytes()
        if key not in self._kept:
            drawn = _permute(self._genres[used], self._units[used], self._part[used], self._seed)
            if len(used) * _PERMUTATIONS > _KEPT_LABELS:
                yield from drawn
                return
            self._kept = {key: list(drawn)}
        yield from self._kept[key]


def cut_values(values: np.ndarray) -> np.ndarray:
    """Return the leaf of each value: its own where values are few, else one of up to 16 ranges."""
    unique, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    codes = codes.reshape(-1)
    n_leaves = int(np.clip(len(values) // _CLIPS_PER_LEAF, 2, _MOST_LEAVES))
    if len(unique) <= n_leaves:
        return codes
    # Ends of ranges after common values and before them, so that they don't share a leaf.
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])
    is_common = counts >= len(values) / n_leaves
    starts = np.floor(below * n_leaves / len(values))
    leaf_of_value = np.zeros(len(unique), int)
    for place in range(1, len(unique)):
        is_new = is_common[place] or is_common[place - 1] or starts[place] > starts[place - 1]
        leaf_of_value[place] = leaf_of_value[place - 1] + is_new
    return leaf_of_value[codes]


class _Counter:
    """Counts the clips that a tree predicts, for many labellings at once."""

    def __init__(
        self,
        leaves: np.ndarray,
        part: np.ndarray,
        trains: np.ndarray,
        tests: np.ndarray,
        n_genres: int,
    ) -> None:
        self._n_parts, self._n_leaves = trains.shape[1], int(leaves.max()) + 1
        self._n_genres = n_genres
        self._cell = (part * self._n_leaves + leaves) * n_genres
        self._trains, self._tests = trains.astype(np.float32), tests.astype(np.float32)

    def __call__(self, labels: np.ndarray) -> np.ndarray:
        """Return the number of clips predicted, for labels of shape (n_labellings, n_clips)."""
        n_labellings = len(labels)
        shape = (n_labellings, self._n_parts, self._n_leaves, self._n_genres)
        size = int(np.prod(shape[1:]))
        cells = labels + self._cell + size * np.arange(n_labellings)[:, None]
        counts = np.bincount(cells.ravel(), minlength=n_labellings * size)
        cubes = counts.astype(np.float32).reshape(n_labellings, self._n_parts, -1)
        folds = (n_labellings, len(self._trains), self._n_leaves, self._n_genres)
        train = (self._trains @ cubes).reshape(folds)
        test = (self._tests @ cubes).reshape(folds)
        # A leaf without training clips, and one with a tie, takes the more common genre overall.
        overall = train.sum(axis=2, keepdims=True)
        predicted = (train + overall / (1 + overall.sum(axis=-1, keepdims=True))).argmax(axis=-1)
        hits = np.take_along_axis(test, predicted[..., None], axis=-1)
        return hits.sum(axis=(1, 2, 3)).round().astype(int)


def _roles(n_clips: int, folds: list[Fold]) -> np.ndarray:
    """Return 1 for training clips and 2 for test clips, of shape (n_clips, n_folds)."""
    if len(folds) > _MOST_FOLDS:
        tests = [
            np.concatenate([test for _, test in folds[start::_JOINED_FOLDS]])
            for start in range(_JOINED_FOLDS)
        ]
        seen = np.unique(np.concatenate([np.concatenate(fold) for fold in folds]))
        folds = [(np.setdiff1d(seen, test), test) for test in tests]
    role = np.zeros((n_clips, len(folds)), np.int8)
    for number, (train, test) in enumerate(folds):
        role[train, number] = 1
        role[test, number] = 2
    return role


def _permute(
    genres: np.ndarray, units: np.ndarray, part: np.ndarray, seed: int
) -> Iterator[np.ndarray]:
    """Yield batches of permuted genres: of whole units, within the parts that folds divide.

    Folds are stratified by genre, and permutations within their parts keep them so. Where the parts
    are too small for that, units are permuted over all clips.
    """
    _, first, unit, sizes = np.unique(
        units, return_index=True, return_inverse=True, return_counts=True
    )
    unit = unit.reshape(-1)
    # Clips by unit, and the place of each clip in its unit.
    order = np.argsort(unit, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    place = np.empty(len(genres), int)
    place[order] = np.arange(len(genres)) - np.repeat(starts, sizes)
    blocks = part[first]
    if np.median(np.bincount(blocks)[np.unique(blocks)]) < _SMALLEST_PART:
        blocks = np.zeros_like(blocks)
    by_block = np.argsort(blocks, kind="stable")
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH_LABELS // len(genres))
    kind = np.min_scalar_type(int(genres.max()))
    for begin in range(0, _PERMUTATIONS, batch):
        n_drawn = min(batch, _PERMUTATIONS - begin)
        taken = np.empty((n_drawn, len(first)), int)
        taken[:, by_block] = np.argsort(rng.random((n_drawn, len(first))) + blocks, axis=1)
        source = taken[:, unit]
        # A larger unit repeats the genres of a smaller one, which are mostly one.
        yield genres[order[starts[source] + place % sizes[source]]].astype(kind)
