"""Cut or pad a waveform."""

import numpy as np

from .._public import public


def n_samples_of(duration: float, sr: float) -> int:
    """Return the number of samples in `duration` seconds at the rate `sr`.

    Raises
    ------
    ValueError
        If that is less than one sample.
    """
    n_samples = round(duration * sr)
    if n_samples < 1:
        raise ValueError(
            f"duration={duration} s at sr={sr} Hz is less than one sample: it has to be at least "
            f"{1 / sr:.2g} s."
        )
    return n_samples


@public
def fix_duration(y: np.ndarray, duration: float, sr: float) -> np.ndarray:
    """Cut a waveform, or pad it with zeros at its end, to a duration.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        A waveform.
    duration : float
        Target duration in seconds.
    sr : float
        Sampling rate of the waveform, in Hz.

    Returns
    -------
    ndarray of shape (round(duration * sr),)
        The waveform; `y` itself, or a view of its beginning, if no padding is needed.

    Raises
    ------
    ValueError
        If `duration` is less than one sample.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.audio import fix_duration
    >>> y = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    >>> fix_duration(y, duration=0.5, sr=4)
    array([0.1, 0.2], dtype=float32)
    >>> fix_duration(y, duration=1.0, sr=4)
    array([0.1, 0.2, 0.3, 0. ], dtype=float32)
    """
    n_samples = n_samples_of(duration, sr)
    if len(y) == n_samples:
        return y
    if len(y) > n_samples:
        return y[:n_samples]
    return np.concatenate([y, np.zeros(n_samples - len(y), dtype=y.dtype)])
