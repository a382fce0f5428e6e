"""Statistics of rows of numbers."""

import numpy as np

SEVEN = ("kurtosis", "max", "mean", "median", "min", "skew", "std")


def seven_statistics(rows: np.ndarray) -> np.ndarray:
    """Return the statistics of :data:`SEVEN` of each row, of shape (7, n_rows), float64.

    Kurtosis is excess; skewness and kurtosis of a constant row are nan, as in SciPy.
    """
    rows = np.asarray(rows, dtype=np.float64)
    mean = rows.mean(axis=1)
    centred = rows - mean[:, np.newaxis]
    squared = centred * centred
    variance = squared.mean(axis=1)
    # A row whose numbers differ only by rounding is constant.
    is_constant = variance <= (np.finfo(np.float64).resolution * mean) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = (squared * centred).mean(axis=1) / variance**1.5
        kurtosis = (squared * squared).mean(axis=1) / variance**2 - 3
    skew[is_constant] = kurtosis[is_constant] = np.nan
    return np.stack(
        [
            kurtosis,
            rows.max(axis=1),
            mean,
            np.median(rows, axis=1),
            rows.min(axis=1),
            skew,
            np.sqrt(variance),
        ]
    )
