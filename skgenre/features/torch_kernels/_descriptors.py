"""Descriptors of the spectrum's shape."""

from typing import Any

import torch

from ._spectrum import iterate_magnitudes


def describe_spectrum(
    waveforms: torch.Tensor, sr: float, *, roll_percent: float = 0.85, **framing: Any
) -> torch.Tensor:
    """Return centroid, bandwidth and rolloff of the magnitudes, in Hz.

    Parameters
    ----------
    waveforms : Tensor of shape (n_clips, n_samples)
        Waveforms.
    sr : float
        Sampling rate in Hz.
    roll_percent : float, default=0.85
        Share of the magnitude for the rolloff.
    **framing
        As in :func:`iterate_magnitudes`.

    Returns
    -------
    Tensor of shape (n_clips, 3, n_frames), float64
        The rows. Centroid and bandwidth of a silent frame are 0.
    """
    blocks = []
    for _, magnitudes in iterate_magnitudes(waveforms, power=1.0, **framing):
        n_bins = magnitudes.shape[1]
        frequencies = torch.arange(n_bins, device=magnitudes.device, dtype=magnitudes.dtype)
        frequencies *= sr / framing["n_fft"]
        total = magnitudes.sum(dim=1)
        shares = magnitudes / total.clamp(min=torch.finfo(torch.float32).tiny).unsqueeze(1)
        centroid = (shares * frequencies[:, None]).sum(dim=1)
        distances = frequencies[:, None] - centroid.unsqueeze(1)
        bandwidth = (shares * distances.square()).sum(dim=1).sqrt()
        is_reached = magnitudes.cumsum(dim=1) >= roll_percent * total.unsqueeze(1)
        rolloff = frequencies[is_reached.to(torch.uint8).argmax(dim=1)]
        blocks.append(torch.stack([centroid, bandwidth, rolloff], dim=1))
    return torch.cat(blocks, dim=2)
