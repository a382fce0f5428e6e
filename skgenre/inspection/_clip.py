"""Read one clip from a file or an array."""

import os
from typing import Any

import numpy as np

from ..audio import load_audio


def read_clip(display: type, clip: Any, sr: float, duration: float | None) -> np.ndarray:
    """Return the waveform of one clip.

    Parameters
    ----------
    display : type
        The caller, for error messages.
    clip : str, PathLike or ndarray of shape (n_samples,)
        A file, or a waveform at `sr`.
    sr : float
        Sampling rate in Hz.
    duration : float or None
        Seconds to read from the beginning; None reads all.
    """
    if isinstance(clip, str | os.PathLike):
        y = load_audio(clip, sr=sr)
    else:
        y = np.asarray(clip)
        if y.ndim != 1 or y.dtype.kind != "f" or not y.size:
            raise ValueError(
                f"{display.__name__} takes one clip: the path of a file, or a waveform of shape "
                f"(n_samples,) with floats in [-1, 1]. Got an array of shape {y.shape} and type "
                f"{y.dtype}."
            )
    return y if duration is None else y[: max(1, round(duration * sr))]
