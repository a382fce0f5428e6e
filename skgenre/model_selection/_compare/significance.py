"""Tests of the difference between two pipelines that were scored on the same clips."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

CORRECTED_T = "corrected resampled t-test"
MCNEMAR = "exact McNemar test"
BOOTSTRAP = "paired bootstrap over clips"


@dataclass(frozen=True)
class Difference:
    """Difference between two pipelines and its significance.

    Parameters
    ----------
    mean : float
        The mean difference.
    low, high : float
        Its 95 % interval.
    p : float
        The two-sided p-value of no difference.
    """

    mean: float
    low: float
    high: float
    p: float


def corrected_variance(spread: float, n_folds: int, test_share: float) -> float:
    """Return the variance of a mean over folds that share training clips.

    Parameters
    ----------
    spread : float
        Standard deviation over the folds, with ``ddof=1``.
    n_folds : int
        Number of folds, over all repeats.
    test_share : float
        Ratio of test clips to training clips in a fold.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.
    """
    return (1 / n_folds + test_share) * spread**2


def corrected_interval(values: np.ndarray, test_share: float) -> tuple[float, float]:
    """Return the 95 % interval of a mean over folds, (nan, nan) for a single fold."""
    if len(values) < 2:
        return np.nan, np.nan
    deviation = np.sqrt(corrected_variance(values.std(ddof=1), len(values), test_share))
    half = stats.t.ppf(0.975, len(values) - 1) * deviation
    return float(values.mean() - half), float(values.mean() + half)


def corrected_t_test(differences: np.ndarray, n_train: float, n_test: float) -> Difference:
    """Test whether the mean difference over folds is zero.

    The folds share training clips, so the plain t-test finds differences far too often. Its
    variance is corrected, in the same way for a single and for a repeated cross-validation.

    If all folds differ by the same amount, there is no spread. One clip per fold is then used as
    the spread, the smallest difference that a score of `n_test` clips can show.

    Parameters
    ----------
    differences : ndarray of shape (n_folds,)
        The difference in each fold, of all repeats.
    n_train, n_test : float
        Clips in the train and the test part of a fold, on average.

    Returns
    -------
    Difference
        With p = 1 where the pipelines score the same in every fold.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.
    .. [2] R. R. Bouckaert, E. Frank, "Evaluating the Replicability of Significance Tests for
       Comparing Learning Algorithms", PAKDD 2004: the same variance for repeated folds.
    """
    mean = float(differences.mean())
    if np.allclose(differences, 0.0, rtol=0.0, atol=1e-12):
        return Difference(0.0, 0.0, 0.0, 1.0)
    spread = float(differences.std(ddof=1))
    if np.ptp(differences) < 1e-12:
        spread = 1 / n_test
    k = len(differences)
    deviation = np.sqrt(corrected_variance(spread, k, n_test / n_train))
    p = 2 * stats.t.sf(abs(mean) / deviation, k - 1)
    half = stats.t.ppf(0.975, k - 1) * deviation
    return Difference(mean, float(mean - half), float(mean + half), float(p))


def mcnemar_test(right_a: np.ndarray, right_b: np.ndarray) -> float:
    """Return the exact p-value of no difference in accuracy on the same clips.

    Only clips that one of the two predicts correctly and the other does not are used: under the
    null hypothesis each of these is a coin toss.

    Parameters
    ----------
    right_a, right_b : ndarray of bool of shape (n_clips,)
        Which clips each of them predicts correctly.

    References
    ----------
    .. [1] Q. McNemar, "Note on the Sampling Error of the Difference Between Correlated
       Proportions or Percentages", Psychometrika 12, 1947.
    .. [2] T. G. Dietterich, "Approximate Statistical Tests for Comparing Supervised
       Classification Learning Algorithms", Neural Computation 10, 1998.
    """
    only_a = int(np.sum(right_a & ~right_b))
    only_b = int(np.sum(right_b & ~right_a))
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def bootstrap_interval(resampled: np.ndarray) -> tuple[float, float]:
    """Return the 95 % percentile interval of a score over resamples of the test clips."""
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)


def bootstrap_test(resampled_a: np.ndarray, resampled_b: np.ndarray) -> float:
    """Return the two-sided p-value of no difference, from the same resamples of the test clips.

    It is twice the share of resamples in which the difference is zero or of the other sign. This is
    below 5 % where the percentile interval of the difference excludes zero.

    Parameters
    ----------
    resampled_a, resampled_b : ndarray of shape (n_resamples,)
        The scores of both on the same resamples.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993,
       chapter 15.
    """
    differences = resampled_a - resampled_b
    differences[np.abs(differences) < 1e-12] = 0.0
    fewer = min(np.sum(differences <= 0), np.sum(differences >= 0))
    return min(1.0, 2 * float(fewer + 1) / (len(differences) + 1))


def holm(p_values: ArrayLike) -> np.ndarray:
    """Return p-values with Holm's correction, in the order given.

    The probability that any of them falls below a level without a difference is at most that level.
    NaN, for a test that was not possible, stays NaN and is not counted.

    References
    ----------
    .. [1] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
       Journal of Statistics 6, 1979.
    """
    p = np.asarray(p_values, dtype=float)
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]
    factors = len(order) - np.arange(len(order))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(factors * p[order]))
    return corrected
