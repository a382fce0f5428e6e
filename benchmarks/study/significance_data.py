"""Held-out predictions of two models, drawn many times, for the study of the tests."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

N_GENRES = 3
# Share of clips that only one of the two models predicts correctly.
DISCORDANT = 0.35
GAIN = 0.15

# Correlation of a model's advantage between clips of a group, and between repeats.
_IN_GROUP, _BETWEEN_REPEATS = 0.3, 0.8
_FOLD_SPREAD = 0.05

# How far the genres lie apart, in standard deviations of a clip: in the features that both models
# read, and in those of the better one, which makes about 15 points.
_N_SHARED, _N_OWN = 4, 8
_SHARED_SIGNAL, _EQUAL_SIGNAL, _BETTER_SIGNAL = 0.5, 0.2, 0.55
_GROUP_SPREAD = 0.4
_RUNS_AT_ONCE = 250


@dataclass(frozen=True)
class Design:
    """Clips, groups and folds of a comparison.

    Parameters
    ----------
    n_folds, n_repeats : int
        The cross-validation.
    n_clips : int
        Clips to draw; the number that fills whole groups is used.
    group_size : int
        Clips in a group.
    """

    n_folds: int
    n_repeats: int
    n_clips: int
    group_size: int

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return self.n_clips // self.group_size

    @property
    def groups(self) -> np.ndarray:
        """Group of each clip."""
        return np.repeat(np.arange(self.n_groups), self.group_size)

    @property
    def genres(self) -> np.ndarray:
        """Genre of each clip, the same for a group."""
        return self.groups % N_GENRES

    def draw_folds(self, rng: np.random.Generator) -> np.ndarray:
        """Return the fold of each clip in each repeat, of shape (n_repeats, n_clips).

        Groups stay together, and those of a genre are dealt out to all folds.
        """
        rows = []
        for _ in range(self.n_repeats):
            order = rng.permutation(self.n_groups)
            order = order[np.argsort(order % N_GENRES, kind="stable")]
            fold_of_group = np.empty(self.n_groups, dtype=int)
            fold_of_group[order] = np.arange(self.n_groups) % self.n_folds
            rows.append(fold_of_group[self.groups])
        return np.stack(rows)


@dataclass(frozen=True)
class Draws:
    """Differences between two models on the same clips.

    Parameters
    ----------
    wins : ndarray of shape (n_runs, n_repeats, n_clips)
        1 where only the first model is right, -1 where only the second is, otherwise 0.
    folds : ndarray of shape (n_repeats, n_clips)
        Fold of each clip.
    design : Design
        The comparison.
    """

    wins: np.ndarray
    folds: np.ndarray
    design: Design

    @property
    def weights(self) -> np.ndarray:
        """Share of each clip in the mean over folds, of shape (n_repeats, n_clips)."""
        counts = np.stack([np.bincount(row, minlength=self.design.n_folds) for row in self.folds])
        each = np.take_along_axis(counts, self.folds, axis=1)
        return 1 / (each * self.design.n_folds * self.design.n_repeats)

    def sum_groups(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the weighted differences (n_groups, n_runs) and the weights of the groups."""
        d = self.design
        weights = self.weights
        shape = (-1, d.n_groups, d.group_size)
        sums = (self.wins * weights).sum(axis=1).reshape(shape).sum(axis=2)
        return sums.T, weights.sum(axis=0).reshape(shape).sum(axis=2)[0]

    def score_folds(self) -> np.ndarray:
        """Return the difference in each fold, of shape (n_runs, n_repeats * n_folds)."""
        columns = []
        for repeat, folds in enumerate(self.folds):
            members = np.equal.outer(np.arange(self.design.n_folds), folds).astype(np.float32)
            members /= members.sum(axis=1, keepdims=True)
            columns.append(self.wins[:, repeat].astype(np.float32) @ members.T)
        return np.concatenate(columns, axis=1).astype(float)


def draw_fixed_models(design: Design, gain: float, n_runs: int, seed: int = 0) -> Draws:
    """Draw clips for models that are already fitted, with a true difference of `gain`.

    Clips of a group share a part of what makes one model better on them, and repeats nearly all of
    it. The models of the folds differ, with `gain` as their mean.
    """
    rng = np.random.default_rng(seed)
    clips = (n_runs, 1, design.n_groups * design.group_size)
    design = replace(design, n_clips=clips[2])
    group = rng.standard_normal((n_runs, 1, design.n_groups), dtype=np.float32)
    latent = np.sqrt(_IN_GROUP) * np.repeat(group, design.group_size, axis=2)
    latent += np.sqrt(1 - _IN_GROUP) * rng.standard_normal(clips, dtype=np.float32)
    if design.n_repeats > 1:
        shape = (n_runs, design.n_repeats, clips[2])
        latent = np.sqrt(_BETWEEN_REPEATS) * latent + np.sqrt(
            1 - _BETWEEN_REPEATS
        ) * rng.standard_normal(shape, dtype=np.float32)
    folds = design.draw_folds(rng)
    effects = _FOLD_SPREAD * rng.standard_normal((n_runs, design.n_repeats, design.n_folds))
    effects -= effects.mean(axis=2, keepdims=True)
    rows = np.arange(design.n_repeats)[:, None]
    shift = gain + effects
    first = latent < ndtri((DISCORDANT + shift) / 2).astype(np.float32)[:, rows, folds]
    second = latent > ndtri(1 - (DISCORDANT - shift) / 2).astype(np.float32)[:, rows, folds]
    return Draws(first.astype(np.int8) - second, folds, design)


def draw_trained_models(design: Design, *, is_equal: bool, n_runs: int, seed: int = 0) -> Draws:
    """Draw new clips in each run, and cross-validate two nearest-centroid classifiers on them.

    Both read features that they share, and as many of their own. If they are equal, their own
    features have the same signal; otherwise only those of the first one have some.
    """
    rng = np.random.default_rng(seed)
    design = replace(design, n_clips=design.n_groups * design.group_size)
    centres = rng.standard_normal((N_GENRES, _N_SHARED + _N_OWN))
    own = centres[:, _N_SHARED:]
    signals = (_EQUAL_SIGNAL, _EQUAL_SIGNAL) if is_equal else (_BETTER_SIGNAL, 0.0)
    means = np.hstack([_SHARED_SIGNAL * centres[:, :_N_SHARED], *(s * own for s in signals)])
    folds = design.draw_folds(rng)
    wins = np.concatenate(
        [
            _cross_validate(part, folds, design)
            for part in _draw_features(rng, design, means, n_runs)
        ]
    )
    return Draws(wins, folds, design)


def _draw_features(
    rng: np.random.Generator, design: Design, means: np.ndarray, n_runs: int
) -> Iterator[np.ndarray]:
    for start in range(0, n_runs, _RUNS_AT_ONCE):
        n = min(_RUNS_AT_ONCE, n_runs - start)
        X = rng.standard_normal((n, design.n_clips, means.shape[1]), dtype=np.float32)
        groups = rng.standard_normal((n, design.n_groups, means.shape[1]), dtype=np.float32)
        X += _GROUP_SPREAD * np.repeat(groups, design.group_size, axis=1)
        X += means[design.genres].astype(np.float32)
        yield X


def _cross_validate(X: np.ndarray, folds: np.ndarray, design: Design) -> np.ndarray:
    """Return who wins each clip, of shape (n_runs, n_repeats, n_clips)."""
    shared = list(range(_N_SHARED))
    first = [*shared, *range(_N_SHARED, _N_SHARED + _N_OWN)]
    second = [*shared, *range(_N_SHARED + _N_OWN, _N_SHARED + 2 * _N_OWN)]
    wins = np.empty((len(X), design.n_repeats, design.n_clips), dtype=np.int8)
    genres = design.genres
    members = np.equal.outer(np.arange(N_GENRES), genres).astype(np.float32)
    for repeat, row in enumerate(folds):
        for fold in range(design.n_folds):
            test = np.flatnonzero(row == fold)
            train = members * (row != fold)
            centroids = (train / train.sum(axis=1, keepdims=True)) @ X
            right = [
                _predict(X[:, test][:, :, columns], centroids[:, :, columns]) == genres[test]
                for columns in (first, second)
            ]
            wins[:, repeat, test] = right[0].astype(np.int8) - right[1]
    return wins


def _predict(X: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    products = X @ centroids.transpose(0, 2, 1)
    return (products - (centroids**2).sum(axis=2)[:, None] / 2).argmax(axis=2)


def draw_equal_models(
    design: Design, n_models: int, n_runs: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw which clips several equally good models predict correctly, of all pairs.

    Returns
    -------
    sums : ndarray of shape (n_runs, n_groups, n_models)
        Share of the clips of each group in the accuracy of each model.
    weights : ndarray of shape (n_groups,)
        Share of each group in the clips.
    """
    rng = np.random.default_rng(seed)
    shape = (n_runs, design.n_groups, design.group_size)
    difficulty = rng.standard_normal((*shape, 1))
    in_group = rng.standard_normal((n_runs, design.n_groups, 1, n_models))
    own = rng.standard_normal((*shape, n_models))
    right = np.sqrt(0.6) * difficulty + np.sqrt(0.12) * in_group + np.sqrt(0.28) * own > -0.5
    n = design.n_groups * design.group_size
    return right.sum(axis=2) / n, np.full(design.n_groups, 1 / design.n_groups)
