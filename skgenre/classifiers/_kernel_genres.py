"""Kernel machines of several genres per clip, and the calibration of each genre."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
import scipy.special
from sklearn.model_selection import check_cv
from sklearn.svm import SVC

from .._group_folds import count_by_group, make_folds
from ._kernel_machines import Machine

# Logits of a genre that no training clip has: its probability is 0.
UNSEEN_LOGIT = -50.0
# Of scores before calibration: a ridge regression's are near 0 and 1, margins are at -1 and 1.
_PLAIN = {"ridge": (4.0, -2.0), "svm": (2.0, 0.0)}
_LOG_SLOPES = (-5.0, 5.0)
_OFFSETS = (-20.0, 20.0)


class Sigmoids(NamedTuple):
    """Probabilities of each genre: the logistic function of ``slopes * scores + offsets``.

    Parameters
    ----------
    slopes, offsets : ndarray of shape (n_genres,)
        The slopes are positive.
    """

    slopes: np.ndarray
    offsets: np.ndarray


def fit_svm_per_genre(
    kernel: np.ndarray, matrix: np.ndarray, weight: np.ndarray, C: float
) -> Machine:
    """Fit a support vector machine for each genre.

    Parameters
    ----------
    kernel : ndarray of shape (n_clips, n_clips)
        Kernel of the training clips.
    matrix : ndarray of shape (n_clips, n_genres)
        1 where a clip has a genre.
    weight : ndarray of shape (n_clips,)
        Weights of the clips, positive.
    C : float
        Inverse regularization strength.

    Returns
    -------
    Machine
        With a score for each genre: constant, -1 or 1, for one that no clip has, or all have.
    """
    coefs = np.zeros(matrix.shape)
    intercept = np.where(matrix.all(axis=0), 1.0, -1.0)
    for genre in np.flatnonzero(matrix.any(axis=0) & ~matrix.all(axis=0)):
        svc = SVC(C=C, kernel="precomputed", tol=1e-8, random_state=0)
        svc.fit(kernel, matrix[:, genre], sample_weight=weight)
        coefs[svc.support_, genre] = svc.dual_coef_[0]
        intercept[genre] = svc.intercept_[0]
    rows = np.flatnonzero(coefs.any(axis=1))
    if not len(rows):  # a model needs one clip
        rows = np.array([0])
    return Machine(rows, coefs[rows], intercept)


def split_genres(
    matrix: np.ndarray, groups: np.ndarray | None, cv: Any
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return folds of training clips, in which every genre has its share and no group is split.

    A number of folds is reduced to that of the groups; there are none if it is 1.
    """
    if not isinstance(cv, Integral):
        return list(check_cv(cv).split(np.zeros(len(matrix)), matrix, groups))
    units = np.arange(len(matrix)) if groups is None else groups
    counts, sizes, unit_of_clip = count_by_group(matrix, units)
    n_folds = min(int(cv), len(sizes))
    if n_folds < 2:
        return []
    folds = make_folds(counts, sizes, n_folds, np.random.RandomState(0))[unit_of_clip]
    return [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(n_folds)]


def plain_sigmoids(base: str, n_genres: int) -> Sigmoids:
    """Return the sigmoids of scores that are not calibrated."""
    slope, offset = _PLAIN[base]
    return Sigmoids(np.full(n_genres, slope), np.full(n_genres, offset))


def find_sigmoids(
    scores: np.ndarray, matrix: np.ndarray, weight: np.ndarray, base: str
) -> Sigmoids:
    """Return the sigmoids with the least log loss on clips that were not trained on.

    Parameters
    ----------
    scores : ndarray of shape (n_clips, n_genres)
        Their scores; NaN where the training clips had no clip with a genre, or none without it.
    matrix : ndarray of shape (n_clips, n_genres)
        Their genres.
    weight : ndarray of shape (n_clips,)
        Weights of the clips.
    base : {"ridge", "svm"}
        The classifier: genres without scores get its :func:`plain_sigmoids`.
    """
    found = plain_sigmoids(base, matrix.shape[1])
    for genre in range(matrix.shape[1]):
        is_known = np.isfinite(scores[:, genre])
        if is_known.any():
            found.slopes[genre], found.offsets[genre] = _find_sigmoid(
                scores[is_known, genre], matrix[is_known, genre] == 1, weight[is_known]
            )
    return found


def _find_sigmoid(
    scores: np.ndarray, is_true: np.ndarray, weight: np.ndarray
) -> tuple[float, float]:
    """Return slope and offset of a genre, by Platt's method."""
    # Platt's targets: as if there were another clip of each kind, so that nothing is certain.
    n_true, n_false = weight[is_true].sum(), weight[~is_true].sum()
    target = np.where(is_true, (n_true + 1) / (n_true + 2), 1 / (n_false + 2))
    center, scale = scores.mean(), scores.std() or 1.0
    standardized = (scores - center) / scale

    def loss(parameters: np.ndarray) -> float:
        logits = np.exp(parameters[0]) * standardized + parameters[1]
        return float(np.average(np.logaddexp(0, logits) - target * logits, weights=weight))

    share = np.average(target, weights=weight)
    start = np.array([0.0, np.clip(scipy.special.logit(share), *_OFFSETS)])
    found = scipy.optimize.minimize(loss, start, method="L-BFGS-B", bounds=[_LOG_SLOPES, _OFFSETS])
    slope = float(np.exp(found.x[0]) / scale)
    return slope, float(found.x[1] - slope * center)
