"""Decibels, cepstrum."""

import numpy as np
import scipy.fft
import torch


def to_decibels(
    S: torch.Tensor,
    *,
    power: float = 2.0,
    ref: float | str = 1.0,
    amin: float = 1e-10,
    top_db: float | None = None,
) -> torch.Tensor:
    """Return spectrograms in dB, each clip separately.

    Parameters
    ----------
    S : Tensor of shape (n_clips, n_bands, n_frames)
        Spectrograms.
    power : float, default=2.0
        Exponent of the magnitude in the spectrograms: the values are those of the amplitude.
    ref : float or "max", default=1.0
        Value of 0 dB; "max" is each clip's maximum.
    amin : float, default=1e-10
        Smaller values are raised to it.
    top_db : float, default=None
        Values further below each clip's maximum are raised to it.
    """
    factor = 20.0 / power
    reference = (
        S.amax((1, 2), keepdim=True) if isinstance(ref, str) else torch.full_like(S[:1], ref)
    )
    decibels = factor * (S.clamp(min=amin).log10() - reference.clamp(min=amin).log10())
    if top_db is not None:
        decibels = decibels.maximum(decibels.amax((1, 2), keepdim=True) - top_db)
    return decibels


def cepstrum(
    decibels: torch.Tensor, *, n_mfcc: int, dct_type: int, norm: str | None, lifter: float
) -> torch.Tensor:
    """Return the first coefficients of the cosine transform over bands, liftered.

    Parameters
    ----------
    decibels : Tensor of shape (n_clips, n_bands, n_frames)
        Spectrograms in dB.
    n_mfcc : int
        Number of coefficients.
    dct_type : {1, 2, 3}
        Type of the cosine transform.
    norm : {"ortho"} or None
        Its scaling.
    lifter : float
        Coefficient of the sinusoidal liftering; 0 omits it.
    """
    cosines = scipy.fft.dct(np.eye(decibels.shape[1]), axis=0, type=dct_type, norm=norm)[:n_mfcc]
    if lifter > 0:
        n = np.arange(1, 1 + n_mfcc)[:, None]
        cosines = cosines * (1 + (lifter / 2) * np.sin(np.pi * n / lifter))
    matrix = torch.from_numpy(cosines).to(decibels.device)
    return (matrix @ decibels.to(torch.float64)).to(torch.float32)
