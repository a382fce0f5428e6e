"""Rows in float16: half the size, and an error if a value is out of range."""

from collections.abc import Callable

import numpy as np

_LARGEST = float(np.finfo(np.float16).max)


def to_half(features: np.ndarray, describe: Callable[[int, float], str]) -> np.ndarray:
    """Round the features of a clip to float16.

    Parameters
    ----------
    features : ndarray
        Of shape (n_bands, n_frames), (n_segments, n_bands, n_frames) or (n_features,).
    describe : callable
        Called with the index of a band or column and a value in it that float16 can't represent;
        returns the error message.

    Raises
    ------
    ValueError
        If the magnitude of a finite value is above 65,504.
    """
    magnitudes = np.abs(features)
    is_too_large = (magnitudes > _LARGEST) & np.isfinite(magnitudes)
    if is_too_large.any():
        place = np.unravel_index(is_too_large.argmax(), features.shape)
        band = place[0] if features.ndim == 1 else place[-2]
        raise ValueError(describe(int(band), float(features[place])))
    return features.astype(np.float16)
