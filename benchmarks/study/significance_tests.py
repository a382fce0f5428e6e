"""Tests of a difference, each for many simulated comparisons at once."""

import numpy as np
from scipy import stats
from scipy.special import ndtr, ndtri

from skgenre.model_selection._compare.sign_flips import flip_signs

from .significance_data import Draws

ALPHA = 0.05
SIGN_FLIP = "sign-flip over groups"
PERCENTILE = "bootstrap over groups, percentile"
BCA = "bootstrap over groups, BCa"
STUDENTIZED = "bootstrap over groups, studentized"
MCNEMAR = "McNemar over clips, exact"
CORRECTED_T = "corrected resampled t over folds"
PLAIN_T = "plain t over folds"


def sign_flip(draws: Draws, n_resamples: int) -> np.ndarray:
    """Return where the test of skgenre finds a difference.

    With groups of equal weight, studentizing changes nothing: the sum of squares is the same for
    all signs, so the studentized statistic is an increasing function of this one.
    """
    sums, weights = draws.sum_groups()
    found = flip_signs(
        sums,
        weights,
        clip_weight=1 / draws.design.n_clips,
        alpha=ALPHA,
        bound=1.0,
        n_flips=n_resamples,
        is_joint=False,
    )
    return found.p < ALPHA


def bootstraps(draws: Draws, n_resamples: int) -> dict[str, np.ndarray]:
    """Return where three intervals over resampled groups exclude zero."""
    sums, weights = draws.sum_groups()
    n_groups = len(weights)
    rng = np.random.default_rng(0)
    counts = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), n_resamples)
    sums32, counts32 = sums.astype(np.float32), counts.astype(np.float32)
    total = (counts @ weights)[:, None]
    means = (counts32 @ sums32) / total
    observed = sums.sum(axis=0)
    residuals = sums - np.outer(weights, observed)
    error = np.sqrt((residuals**2).sum(axis=0))

    squares = counts32 @ sums32**2
    products = counts32 @ (sums32 * weights[:, None].astype(np.float32))
    variances = squares - 2 * means * products + means**2 * (counts @ weights**2)[:, None]
    errors = np.sqrt(np.maximum(variances, 1e-12)) / total
    t = np.sort((means - observed) / errors, axis=0)
    means = np.sort(means, axis=0)
    with np.errstate(all="ignore"):
        skewness = (residuals**3).sum(axis=0) / (6 * error**3)
    skewness = np.nan_to_num(skewness)
    below = ((means < observed).sum(axis=0) + (means <= observed).sum(axis=0)) / 2
    shift = ndtri(np.clip(below / n_resamples, 1e-3, 1 - 1e-3))
    bca = [
        _pick(means, ndtr(shift + (shift + z) / (1 - skewness * (shift + z))))
        for z in ndtri([ALPHA / 2, 1 - ALPHA / 2])
    ]
    ends = [_pick(means, np.full(len(observed), share)) for share in (ALPHA / 2, 1 - ALPHA / 2)]
    t_ends = [_pick(t, np.full(len(observed), share)) for share in (1 - ALPHA / 2, ALPHA / 2)]
    return {
        PERCENTILE: (ends[0] > 0) | (ends[1] < 0),
        BCA: (bca[0] > 0) | (bca[1] < 0),
        STUDENTIZED: (observed - t_ends[0] * error > 0) | (observed - t_ends[1] * error < 0),
    }


def _pick(ordered: np.ndarray, shares: np.ndarray) -> np.ndarray:
    rows = np.clip((shares * len(ordered)).astype(int), 0, len(ordered) - 1)
    return ordered[rows, np.arange(ordered.shape[1])]


def mcnemar(draws: Draws) -> np.ndarray:
    """Return where the exact test over clips of the first repeat finds a difference."""
    wins = draws.wins[:, 0]
    first, second = (wins > 0).sum(axis=1), (wins < 0).sum(axis=1)
    p = 2 * stats.binom.cdf(np.minimum(first, second), first + second, 0.5)
    return p < ALPHA


def t_tests(draws: Draws) -> dict[str, np.ndarray]:
    """Return where the t-tests over folds find a difference."""
    folds = draws.score_folds()
    n, k = folds.shape[1], draws.design.n_folds
    means, spread = folds.mean(axis=1), folds.std(axis=1, ddof=1)
    # The rule of skgenre for folds that all differ by the same amount.
    spread[spread < 1e-12] = k / draws.design.n_clips
    t = stats.t.isf(ALPHA / 2, n - 1)
    return {
        CORRECTED_T: np.abs(means) > t * spread * np.sqrt(1 / n + 1 / (k - 1)),
        PLAIN_T: np.abs(means) > t * spread * np.sqrt(1 / n),
    }
