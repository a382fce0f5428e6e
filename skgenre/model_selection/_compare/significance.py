"""Tests and intervals over folds, and intervals of bounded scores."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

CORRECTED_T = "corrected resampled t-test"
FEWEST_FOLDS = 5


@dataclass(frozen=True)
class Difference:
    """Mean difference over folds with a t distribution, the posterior of the true difference.

    Parameters
    ----------
    mean : float
        The mean difference.
    error : float
        Its standard error.
    freedom : float
        Degrees of freedom.
    """

    mean: float
    error: float
    freedom: float

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference."""
        return float(2 * stats.t.sf(abs(self.mean) / self.error, self.freedom))

    @property
    def low(self) -> float:
        """Lower bound of the 95 % interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper bound of the 95 % interval."""
        return self.interval()[1]

    def interval(self, alpha: float = 0.05) -> tuple[float, float]:
        """Return the interval at level ``1 - alpha``, which excludes 0 if ``p < alpha``."""
        half = float(stats.t.isf(alpha / 2, self.freedom)) * self.error
        return self.mean - half, self.mean + half

    def probabilities(self, rope: float) -> tuple[float, float, float]:
        """Return the probabilities that the true difference is above, in and below ±rope.

        References
        ----------
        .. [1] A. Benavoli, G. Corani, J. Demšar, M. Zaffalon, "Time for a Change: a Tutorial for
           Comparing Multiple Classifiers Through Bayesian Analysis", Journal of Machine Learning
           Research 18, 2017: the correlated t-test.
        """
        better = float(stats.t.sf((rope - self.mean) / self.error, self.freedom))
        below = float(stats.t.cdf((rope - self.mean) / self.error, self.freedom))
        worse = float(stats.t.cdf((-rope - self.mean) / self.error, self.freedom))
        return better, below - worse, worse


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
    if np.allclose(differences, 0.0, rtol=0.0, atol=1e-12):
        differences = np.zeros(len(differences))
    k = len(differences)
    spread = 1 / n_test if np.ptp(differences) < 1e-12 else float(differences.std(ddof=1))
    error = float(np.sqrt(corrected_variance(spread, k, n_test / n_train)))
    return Difference(float(differences.mean()), error, k - 1)


def score_interval(
    mean: float, error: float, freedom: float, n_clips: float, bounds: tuple[float, float]
) -> tuple[float, float]:
    """Return the 95 % interval of a score, within its bounds.

    A bounded score has Wilson's interval [1]_ for as many independent clips as would give the same
    standard error, at most `n_clips`, and for `n_clips` if the error is zero, so that it has a
    width even if all clips are predicted correctly. A score without bounds has a t interval.

    Parameters
    ----------
    mean, error : float
        The score and its standard error.
    freedom : float
        Degrees of freedom of the error.
    n_clips : float
        Number of clips.
    bounds : (float, float)
        The smallest and the largest value of the score; infinite where there is none.

    Returns
    -------
    low, high : float
        NaN without degrees of freedom.

    References
    ----------
    .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
       Journal of the American Statistical Association 22, 1927.
    """
    if not freedom >= 1 or np.isnan(mean) or np.isnan(error):
        return np.nan, np.nan
    lowest, highest = bounds
    if not np.isfinite([lowest, highest]).all():
        half = float(stats.t.isf(0.025, freedom)) * error
        return max(lowest, mean - half), min(highest, mean + half)
    span = highest - lowest
    share = min(max((mean - lowest) / span, 0.0), 1.0)
    variance = share * (1 - share)
    n = n_clips if error == 0 or variance == 0 else variance * (span / error) ** 2
    if n >= n_clips:
        n, freedom = n_clips, max(freedom, n_clips - 1)
    t = float(stats.t.isf(0.025, freedom))
    centre = (share + t**2 / (2 * n)) / (1 + t**2 / n)
    half = t / (1 + t**2 / n) * np.sqrt(variance / n + t**2 / (4 * n**2))
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return float(lowest + span * low), float(lowest + span * high)
