"""Decode a sound file of any length, piece by piece."""

import os
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from .._public import public
from ._load import check_positive, iterate_resampled, open_whole


@public
def stream_audio(path: str | os.PathLike | BinaryIO, *, sr: float = 22050) -> Iterator[np.ndarray]:
    """Decode a sound file to a mono waveform, piece by piece.

    The concatenated pieces are the samples that :func:`load_audio` returns, but only a second or
    two are in memory at a time: a file of hours needs no more than one of a minute.

    Parameters
    ----------
    path : str, PathLike, or binary file
        A file as :func:`load_audio` takes it. Do not read from an open one elsewhere meanwhile.
    sr : float, default=22050
        Sampling rate of the result, in Hz.

    Returns
    -------
    iterator of ndarray of shape (n_samples,)
        The next samples as float32. Pieces differ in length.

    Raises
    ------
    AudioDecodeError
        As :func:`load_audio` raises it, but for damage only when it is reached: earlier pieces may
        come from a file that is cut off.
    ValueError
        If `sr` is not a positive number.

    See Also
    --------
    load_audio : Return the whole waveform.

    Notes
    -----
    The resampler keeps its state from piece to piece [1]_, so the samples at their borders are
    those of the whole file.

    References
    ----------
    .. [1] R. Sykes, "The SoX Resampler library", soxr.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import soundfile
    >>> from skgenre.audio import stream_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "silence.wav")
    ...     soundfile.write(path, np.zeros((10 * 44100, 2)), 44100)
    ...     pieces = [len(piece) for piece in stream_audio(path)]
    >>> len(pieces) > 1, sum(pieces)
    (True, 220500)
    """
    check_positive("stream_audio", "sr", sr)
    return _stream(path, sr)


def _stream(file: str | os.PathLike | BinaryIO, sr: float) -> Iterator[np.ndarray]:
    with open_whole(file) as whole:
        yield from iterate_resampled(whole, sr)
