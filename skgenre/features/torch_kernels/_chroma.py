"""Energy by pitch class."""

from typing import Any

import numpy as np
import torch

from ..kernels._tuning import estimate_tuning
from ._spectrum import iterate_magnitudes


def estimate_tunings(
    waveforms: torch.Tensor, sr: float, n_chroma: int, **framing: Any
) -> list[float]:
    """Return each clip's deviation from A440 in fractions of a chroma bin.

    Parameters
    ----------
    waveforms : Tensor of shape (n_clips, n_samples)
        Waveforms. Their spectrograms are moved to the CPU, where the tuning is estimated.
    sr : float
        Sampling rate in Hz.
    n_chroma : int
        Number of pitch classes.
    **framing
        As in :func:`iterate_magnitudes`.
    """
    blocks = [
        magnitudes.to(torch.float32).cpu().numpy()
        for _, magnitudes in iterate_magnitudes(waveforms, **framing)
    ]
    spectrograms = np.concatenate(blocks, axis=2)
    return [estimate_tuning(S, sr, framing["n_fft"], n_chroma) for S in spectrograms]


def scale_frames(energies: torch.Tensor, norm: float | None) -> torch.Tensor:
    """Return pitch-class energies with each frame scaled to unit norm.

    A frame without energy is unchanged.

    Parameters
    ----------
    energies : Tensor of shape (n_clips, n_chroma, n_frames)
        Energies.
    norm : float or None
        Order of the norm; None keeps them unchanged.
    """
    if norm is None:
        return energies
    length = torch.linalg.vector_norm(energies, ord=float(norm), dim=1, keepdim=True)
    is_silent = length < torch.finfo(energies.dtype).tiny
    return energies / length.masked_fill(is_silent, 1.0)
