"""Energy by pitch class."""

from typing import Any

import numpy as np
import torch

from ._spectrum import iterate_magnitudes


def power_spectrograms(waveforms: torch.Tensor, **framing: Any) -> np.ndarray:
    """Return power spectrograms on the host, for the estimate of the tuning.

    Parameters
    ----------
    waveforms : Tensor of shape (n_clips, n_samples)
        Waveforms.
    **framing
        As in :func:`iterate_magnitudes`.

    Returns
    -------
    ndarray of shape (n_clips, 1 + n_fft // 2, n_frames), float32
        Spectrograms.
    """
    blocks = [
        magnitudes.to(torch.float32).cpu().numpy()
        for _, magnitudes in iterate_magnitudes(waveforms, power=2.0, **framing)
    ]
    return np.concatenate(blocks, axis=2)


def scale_frames(energies: torch.Tensor, norm: float | None) -> torch.Tensor:
    """Return pitch-class energies with each frame scaled to unit norm.

    A frame without energy stays as it is.

    Parameters
    ----------
    energies : Tensor of shape (n_clips, n_chroma, n_frames)
        Energies.
    norm : float or None
        Order of the norm; None leaves them as they are.
    """
    if norm is None:
        return energies
    length = torch.linalg.vector_norm(energies, ord=float(norm), dim=1, keepdim=True)
    is_silent = length < torch.finfo(energies.dtype).tiny
    return energies / length.masked_fill(is_silent, 1.0)
