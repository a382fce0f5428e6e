"""Parameters that transformers of short-time spectra share."""

from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

FRAMING_CONSTRAINTS: dict = {
    "n_fft": [Interval(Integral, 2, None, closed="left")],
    "hop_length": [Interval(Integral, 1, None, closed="left")],
    "win_length": [Interval(Integral, 1, None, closed="left"), None],
    "window": [str, tuple, Real],
    "center": ["boolean"],
    "pad_mode": [StrOptions({"constant", "edge", "reflect", "symmetric", "wrap"})],
}


def framing_of(estimator: Any) -> dict[str, Any]:
    """Return the framing parameters of a transformer, as the kernels take them."""
    return {name: getattr(estimator, name) for name in FRAMING_CONSTRAINTS}


def check_framing(estimator: Any) -> None:
    """Refuse a window that does not exist or does not fit into a frame."""
    name = type(estimator).__name__
    if estimator.win_length is not None and estimator.win_length > estimator.n_fft:
        raise ValueError(
            f"The 'win_length' parameter of {name} must be at most n_fft={estimator.n_fft}. "
            f"Got {estimator.win_length} instead."
        )
    from scipy.signal import get_window

    try:
        hash(estimator.window)  # the tables made from it are cached by their parameters
        get_window(estimator.window, 8)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The 'window' parameter of {name} must be one that scipy.signal.get_window knows. "
            f"Got {estimator.window!r} instead ({error})."
        ) from error


def check_frequencies(estimator: Any) -> None:
    """Refuse a range of frequencies that is empty or above half the sampling rate."""
    name = type(estimator).__name__
    nyquist = estimator.sr / 2
    fmax = nyquist if estimator.fmax is None else estimator.fmax
    if fmax > nyquist:
        raise ValueError(
            f"The 'fmax' parameter of {name} must be at most half the sampling rate, "
            f"sr/2 = {nyquist:g} Hz. Got {estimator.fmax:g} Hz instead."
        )
    if estimator.fmin >= fmax:
        raise ValueError(
            f"The 'fmin' parameter of {name} must be below fmax = {fmax:g} Hz. "
            f"Got {estimator.fmin:g} Hz instead."
        )
