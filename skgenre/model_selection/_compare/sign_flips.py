"""Sign-flip test of paired differences, with the intervals that it inverts to."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SIGN_FLIP = "sign-flip test over clips"
GROUP_SIGN_FLIP = "sign-flip test over groups of clips"
N_FLIPS = 10_000
_N_ENUMERATED = 12  # of so few groups, all sign patterns are used
_N_VALUES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Intervals:
    """Differences with p-values and the intervals that the p-values invert to.

    All are arrays of shape (n_columns,).

    Parameters
    ----------
    difference : ndarray
        The observed differences.
    p, low, high : ndarray
        P-value of no difference, and the interval at level 1 - alpha. p is below alpha exactly if
        the interval excludes 0.
    p_adjusted, adjusted_low, adjusted_high : ndarray
        The same for all columns at once: with probability 1 - alpha, all these intervals hold.
    error : ndarray
        Standard errors.
    level : float
        Level of a single test that is equivalent to `alpha` for all columns at once.
    """

    difference: np.ndarray
    p: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_adjusted: np.ndarray
    adjusted_low: np.ndarray
    adjusted_high: np.ndarray
    error: np.ndarray
    level: float


def flip_signs(
    sums: np.ndarray,
    weights: np.ndarray,
    *,
    clip_weight: float,
    alpha: float = 0.05,
    bound: float = np.inf,
    n_flips: int = N_FLIPS,
    is_joint: bool = True,
) -> Intervals:
    """Test whether weighted mean differences are zero, by flipping the signs of groups.

    If two pipelines are equally good, each group's difference might as well have the other sign.
    The p-value is the share of sign patterns that give a mean at least as far from zero as the
    observed one. The same test of any other value, applied to the differences from it, gives the
    interval: all values that are not rejected. The mean of a random half of the groups lies as far
    from the mean of the other half as a flip carries it, so each pattern rejects all values outside
    the range of these two means, and the interval needs no search [1]_.

    Each pattern also gets a normal deviate with the variance of two clips: one more clip that the
    first pipeline wins, and one that the second wins [2]_. This removes ties, and leaves an
    interval of a few clips where both predict the same.

    Several columns share the sign patterns. The adjusted p-value is the share of patterns in which
    the smallest p-value of any column, around the observed differences, is at most as small [3]_.

    Parameters
    ----------
    sums : ndarray of shape (n_groups, n_columns)
        Weighted sums of the differences of each group's clips.
    weights : ndarray of shape (n_groups,)
        Sums of the weights of each group's clips; together they are 1.
    clip_weight : float
        The weight of a clip, times the largest difference that it can make.
    alpha : float, default=0.05
        Level of the intervals.
    bound : float, default=inf
        The largest difference possible.
    n_flips : int, default=10_000
        Number of sign patterns. Up to 12 groups, all patterns are used equally often.
    is_joint : bool, default=True
        Whether to adjust for the number of columns; if not, the adjusted values are the others.

    References
    ----------
    .. [1] J. A. Hartigan, "Using Subsample Values as Typical Values", Journal of the American
       Statistical Association 64, 1969.
    .. [2] A. Agresti, Y. Min, "Simple Improved Confidence Intervals for Comparing Matched
       Proportions", Statistics in Medicine 24, 2005.
    .. [3] P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing", Wiley, 1993.
    """
    difference = sums.sum(axis=0)
    residuals = sums - np.outer(weights, difference)
    parts = [
        _flip_once(signs, noise * clip_weight, sums, weights, residuals)
        for signs, noise in _draw_signs(len(weights), n_flips)
    ]
    low, high, around = (np.concatenate(values) for values in zip(*parts, strict=True))
    low, high = (
        np.sort(np.clip(low, -bound, bound), axis=0),
        np.sort(np.clip(high, -bound, bound), axis=0),
    )
    n = len(low)
    counts = np.minimum((low <= 0).sum(axis=0), (high >= 0).sum(axis=0))
    levels = _adjust(around if is_joint else around[:, :1])
    adjusted_count = _first_count(levels >= alpha)
    count = _first_count(np.arange(1, n + 1) / n >= alpha)
    spread = (residuals**2).sum(axis=0) * (len(weights) / max(len(weights) - 1, 1))
    return Intervals(
        difference,
        p=counts / n,
        low=low[count - 1],
        high=high[n - count],
        p_adjusted=levels[counts - 1],
        adjusted_low=low[adjusted_count - 1],
        adjusted_high=high[n - adjusted_count],
        error=np.sqrt(spread + 2 * clip_weight**2),
        level=adjusted_count / n,
    )


def _draw_signs(n_groups: int, n_flips: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield patterns of 1 and -1, and the noise of each.

    The observed pattern has no noise, and so always counts.
    """
    rng = np.random.default_rng(0)
    if n_groups <= _N_ENUMERATED:
        bits = np.arange(2**n_groups)[:, None] >> np.arange(n_groups)
        every = np.where(bits & 1, -1.0, 1.0)
        signs = np.tile(every, (max(1, round(n_flips / len(every))), 1))
        yield signs, _draw_noise(rng, signs)
        return
    yield np.ones((1, n_groups)), np.zeros(1)
    n_left = n_flips - 1
    while n_left:
        n_rows = min(n_left, max(1, _N_VALUES_AT_ONCE // n_groups))
        signs = rng.integers(0, 2, (n_rows, n_groups), dtype=np.int8) * 2.0 - 1.0
        yield signs, _draw_noise(rng, signs)
        n_left -= n_rows


def _draw_noise(rng: np.random.Generator, signs: np.ndarray) -> np.ndarray:
    noise = np.sqrt(2) * rng.standard_normal(len(signs))
    noise[np.abs(signs.sum(axis=1)) == signs.shape[1]] = 0.0
    return noise


def _flip_once(
    signs: np.ndarray,
    noise: np.ndarray,
    sums: np.ndarray,
    weights: np.ndarray,
    residuals: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the range of values that each pattern doesn't reject, and its flipped residuals."""
    flipped = signs @ sums + noise[:, None]
    share = (signs @ weights)[:, None]
    total = sums.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept_mean = (total + flipped) / (1 + share)
        other_mean = (total - flipped) / (1 - share)
    low, high = np.minimum(kept_mean, other_mean), np.maximum(kept_mean, other_mean)
    is_whole = np.abs(signs.sum(axis=1)) == signs.shape[1]
    low[is_whole], high[is_whole] = -np.inf, np.inf
    return low, high, np.abs(signs @ residuals + noise[:, None])


def _adjust(around: np.ndarray) -> np.ndarray:
    """Return the adjusted p-value for each unadjusted one, 1 / n to 1."""
    n, n_columns = around.shape
    unadjusted = np.arange(1, n + 1) / n
    if n_columns == 1:
        return unadjusted
    smallest = np.ones(n)
    for column in around.T:
        ordered = np.sort(column)
        smallest = np.minimum(smallest, 1 - np.searchsorted(ordered, column) / n)
    smallest.sort()
    shares = np.searchsorted(smallest, unadjusted + 0.5 / n) / n
    return np.minimum(np.maximum(shares, unadjusted), np.minimum(n_columns * unadjusted, 1.0))


def _first_count(is_kept: np.ndarray) -> int:
    return int(np.argmax(is_kept)) + 1
