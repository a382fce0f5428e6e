"""Framing, windowing, Fourier transform and filter banks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ..kernels._spectrum import make_window, n_frames_of

# Samples of frames at a time: 256 MB in double precision, and as much of spectra.
_BLOCK = 2**25


def iterate_magnitudes(
    waveforms: torch.Tensor,
    *,
    n_fft: int,
    hop_length: int,
    win_length: int | None,
    window: Any,
    center: bool,
    pad_mode: str,
    power: float = 2.0,
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Yield the magnitudes of the short-time Fourier transform, a block of frames at a time.

    Parameters
    ----------
    waveforms : Tensor of shape (n_clips, n_samples)
        Waveforms; zero-padded at their ends if they are shorter than `n_fft`.
    n_fft, hop_length, win_length : int
        Frame length, hop and window length, in samples.
    window : str, float or tuple
        As in :func:`scipy.signal.get_window`.
    center : bool
        Whether frame t is centred at sample ``t * hop_length``.
    pad_mode : str
        As in :func:`numpy.pad`, for `center`.
    power : float, default=2.0
        Exponent of the magnitude.

    Yields
    ------
    frames : slice
        Indices of the frames.
    magnitudes : Tensor of shape (n_clips, 1 + n_fft // 2, n_block), float64
        Their magnitudes, raised to `power`.
    """
    taper = torch.tensor(make_window(window, win_length or n_fft, n_fft), device=waveforms.device)
    padded = _pad(waveforms, n_fft, center=center, pad_mode=pad_mode)
    frames = padded.unfold(-1, n_fft, hop_length)
    n_block = max(1, _BLOCK // (n_fft * len(waveforms)))
    for start in range(0, frames.shape[1], n_block):
        block = frames[:, start : start + n_block].to(torch.float64) * taper
        spectrum = torch.view_as_real(torch.fft.rfft(block))
        squared = spectrum.square().sum(-1).transpose(1, 2)
        magnitudes = squared if power == 2 else squared ** (power / 2)
        yield slice(start, start + block.shape[1]), magnitudes


def _pad(waveforms: torch.Tensor, n_fft: int, *, center: bool, pad_mode: str) -> torch.Tensor:
    missing = max(0, n_fft - waveforms.shape[1])
    waveforms = torch.nn.functional.pad(waveforms, (0, missing))
    if not center:
        return waveforms
    width = n_fft // 2
    if pad_mode == "constant":
        return torch.nn.functional.pad(waveforms, (width, width))
    # NumPy's modes are not torch's: let it pad the sample indices.
    samples = np.pad(np.arange(waveforms.shape[1]), width, mode=pad_mode)  # type: ignore[call-overload]
    return waveforms[:, torch.from_numpy(samples).to(waveforms.device)]


def filter_spectrum(
    waveforms: torch.Tensor, filters: np.ndarray, *, power: float = 2.0, **framing: Any
) -> torch.Tensor:
    """Return the energy of waveforms in bands over time.

    Parameters
    ----------
    waveforms : Tensor of shape (n_clips, n_samples)
        Waveforms.
    filters : ndarray of shape (n_bands, 1 + n_fft // 2) or (n_clips, n_bands, 1 + n_fft // 2)
        A filter bank, such as mel or chroma, or one for each clip.
    power : float, default=2.0
        Exponent of the magnitude.
    **framing
        As in :func:`iterate_magnitudes`.

    Returns
    -------
    Tensor of shape (n_clips, n_bands, n_frames), float32
        Energies.
    """
    n_clips, n_samples = waveforms.shape
    n_frames = n_frames_of(n_samples, framing["n_fft"], framing["hop_length"], framing["center"])
    bank = torch.tensor(filters, dtype=torch.float64, device=waveforms.device)
    energies = torch.empty((n_clips, bank.shape[-2], n_frames), device=waveforms.device)
    for frames, magnitudes in iterate_magnitudes(waveforms, power=power, **framing):
        energies[:, :, frames] = (bank @ magnitudes).to(torch.float32)
    return energies
