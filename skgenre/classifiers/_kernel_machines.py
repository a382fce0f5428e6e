"""Classifiers of a kernel matrix as linear functions of its columns, and their calibration."""

from itertools import combinations
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.special
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.svm import SVC

# Range of temperatures: the scores of one clip differ by a few units.
_LOG_TEMPERATURES = (-7.0, 3.0)
# Of the logistic function of a pair's score. 8 keeps the accuracy of votes.
_STEEPNESS = 8.0


class Machine(NamedTuple):
    """Scores of a clip: ``kernel @ coefs + intercept``, then :func:`combine_pairs` for a SVM.

    Parameters
    ----------
    rows : ndarray of shape (n_support,)
        Training clips whose kernel with a clip is needed.
    coefs : ndarray of shape (n_support, n_scores)
        Coefficients of these: one score, positive for the second genre, where there are two;
        else one per genre (ridge), or per pair of genres, positive for its first (SVM).
    intercept : ndarray of shape (n_scores,)
        Constants of the scores.
    """

    rows: np.ndarray
    coefs: np.ndarray
    intercept: np.ndarray


def fit_svm(kernel: np.ndarray, y: np.ndarray, weight: np.ndarray, C: float) -> Machine:
    """Fit a support vector machine for each pair of genres.

    Parameters
    ----------
    kernel : ndarray of shape (n_clips, n_clips)
        Kernel of the training clips.
    y : ndarray of shape (n_clips,)
        Numbers of their genres: all from 0 to the largest occur.
    weight : ndarray of shape (n_clips,)
        Weights of the clips, positive.
    C : float
        Inverse regularization strength.
    """
    svc = SVC(C=C, kernel="precomputed", tol=1e-8, random_state=0).fit(
        kernel, y, sample_weight=weight
    )
    if len(svc.classes_) == 2:
        return Machine(svc.support_, svc.dual_coef_.T, svc.intercept_)
    pairs = list(combinations(range(len(svc.classes_)), 2))
    genre = y[svc.support_]
    coefs = np.zeros((len(genre), len(pairs)))
    for pair, (first, second) in enumerate(pairs):
        # The dual coefficients of a clip omit its own genre.
        of_first, of_second = genre == first, genre == second
        coefs[of_first, pair] = svc.dual_coef_[second - 1, of_first]
        coefs[of_second, pair] = svc.dual_coef_[first, of_second]
    return Machine(svc.support_, coefs, svc.intercept_)


def fit_ridge(kernel: np.ndarray, y: np.ndarray, weight: np.ndarray, alpha: float) -> Machine:
    """Fit a kernel ridge regression of the genres' indicators; parameters as of `fit_svm`.

    `y` may be a matrix of 0 and 1, for several genres per clip: there is a score for each.
    """
    is_single = y.ndim == 1
    indicators = y[:, np.newaxis] == np.arange(y.max() + 1) if is_single else y
    indicators = indicators.astype(np.float64)
    intercept = np.average(indicators, axis=0, weights=weight)
    root = np.sqrt(weight)
    penalized = kernel * np.outer(root, root)
    penalized.flat[:: len(y) + 1] += alpha
    residuals = (indicators - intercept) * root[:, np.newaxis]
    coefs = scipy.linalg.solve(penalized, residuals, assume_a="pos") * root[:, np.newaxis]
    if is_single and len(intercept) == 2:
        coefs, intercept = coefs[:, 1:] - coefs[:, :1], intercept[1:] - intercept[:1]
    return Machine(np.arange(len(y)), coefs, intercept)


def combine_pairs(scores: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the log-probability that a genre wins all its pairs, up to a factor.

    A score of 1, the margin, counts as nearly certain, so the ranking is close to that of votes.
    Unlike votes, the sums tell a clear genre from a doubtful one.

    Parameters
    ----------
    scores : ndarray of shape (n_clips, n_pairs)
        Scores of the pairs, positive for the first genre.
    n_classes : int
        Number of genres.

    Returns
    -------
    ndarray of shape (n_clips, n_classes)
        Sums over the pairs of the logarithms of the logistic function of the scores, in units of
        the margin; at most 0.
    """
    sums = np.zeros((len(scores), n_classes))
    for pair, (first, second) in enumerate(combinations(range(n_classes), 2)):
        steep = _STEEPNESS * scores[:, pair]
        sums[:, first] -= np.logaddexp(0, -steep)
        sums[:, second] -= np.logaddexp(0, steep)
    return sums / _STEEPNESS


def make_folds(
    y: np.ndarray, groups: np.ndarray | None, cv: Any
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return folds of training clips.

    A number of folds is reduced to the clips or groups of the rarest genre that has several. A
    genre that has a single one is in all training parts, as it can't be tested.
    """
    if not isinstance(cv, Integral):
        return list(check_cv(cv).split(np.zeros(len(y)), y, groups))
    units = np.arange(len(y)) if groups is None else groups
    is_split = np.ones(len(y), dtype=bool)
    while True:
        counts = {g: len(np.unique(units[is_split & (y == g)])) for g in np.unique(y[is_split])}
        single = [genre for genre, count in counts.items() if count < 2]
        if not single:
            break
        # With all clips of its group, which may be of other genres.
        is_split &= ~np.isin(units, units[is_split & np.isin(y, single)])
    if not counts:
        return []
    n_folds = min(int(cv), *counts.values())
    folds = StratifiedKFold(n_folds) if groups is None else StratifiedGroupKFold(n_folds)
    rows, always = np.flatnonzero(is_split), np.flatnonzero(~is_split)
    parts = folds.split(rows, y[rows], None if groups is None else groups[rows])
    return [(np.sort(np.r_[always, rows[train]]), rows[test]) for train, test in parts]


def find_temperature(scores: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """Return the temperature that minimizes the log loss of the softmax of scores.

    Parameters
    ----------
    scores : ndarray of shape (n_clips, n_classes)
        Scores of clips that were not trained on.
    y : ndarray of shape (n_clips,)
        Numbers of their genres.
    weight : ndarray of shape (n_clips,)
        Weights of the clips.
    """
    # As if one more clip were of all genres: where all predictions are right, the loss alone would
    # make them certain, however few they are.
    share = 1 / (weight.sum() + 1)

    def loss(log_temperature: float) -> float:
        logs = scipy.special.log_softmax(scores * np.exp(-log_temperature), axis=1)
        right = logs[np.arange(len(y)), y]
        return -np.average((1 - share) * right + share * logs.mean(axis=1), weights=weight)

    found = scipy.optimize.minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return float(np.exp(found.x))
