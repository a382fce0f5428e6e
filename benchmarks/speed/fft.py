"""Power spectra of a 30-s clip by the transforms at hand, one thread, in turns."""

import importlib.util
import statistics
import time
from collections.abc import Callable

import numpy as np
import scipy.fft

from skgenre.features.kernels._spectrum import iterate_power, make_window

N_FFT, HOP_LENGTH, BLOCK = 2048, 512, 64
ROUNDS = 30


def run() -> None:
    """Print milliseconds and the largest error relative to double precision, in dB."""
    y = np.random.default_rng(0).normal(size=30 * 22050).astype(np.float32)
    y = (y * 1e-5 + np.sin(np.arange(len(y)) / 50)).astype(np.float32)  # loud bass, quiet rest
    transforms: dict[str, Callable] = {
        "across frames (ours), double": by_lanes,
        "across frames (ours), single": lambda y: by_lanes(y, "single"),
        "SciPy, double": lambda y: by_library(y, scipy.fft.rfft, np.float64),
        "SciPy, single": lambda y: by_library(y, scipy.fft.rfft, np.float32),
        "NumPy, double": lambda y: by_library(y, np.fft.rfft, np.float64),
    }
    if importlib.util.find_spec("mkl_fft"):
        from mkl_fft.interfaces import numpy_fft

        transforms["mkl_fft, double"] = lambda y: by_library(y, numpy_fft.rfft, np.float64)
    exact = transforms["NumPy, double"](y)
    seconds: dict[str, list[float]] = {name: [] for name in transforms}
    for _ in range(ROUNDS):
        for name, transform in transforms.items():
            started = time.thread_time()
            transform(y)
            seconds[name].append(time.thread_time() - started)
    for name, transform in transforms.items():
        error = np.abs(10 * np.log10(np.maximum(transform(y), 1e-30) / exact)).max()
        print(f"{name:30} {1e3 * statistics.median(seconds[name]):6.2f} ms  {error:.1e} dB")


def by_lanes(y: np.ndarray, precision: str = "double") -> np.ndarray:
    """Go the way of the transformers."""
    power = np.empty((1 + N_FFT // 2, 1 + len(y) // HOP_LENGTH), np.float32)
    blocks = iterate_power(
        y,
        n_fft=N_FFT,
        hop_length=HOP_LENGTH,
        win_length=None,
        window="hann",
        center=True,
        pad_mode="constant",
        precision=precision,
    )
    for frames, block in blocks:
        power[:, frames] = block
    return power


def by_library(y: np.ndarray, rfft: Callable, dtype: type) -> np.ndarray:
    """Window blocks of frames, transform them, square."""
    taper = make_window("hann", N_FFT, N_FFT).astype(dtype)
    padded = np.pad(y, N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    power = np.empty((1 + N_FFT // 2, len(frames)), np.float32)
    for start in range(0, len(frames), BLOCK):
        spectrum = rfft(frames[start : start + BLOCK] * taper)
        power[:, start : start + BLOCK] = (spectrum.real**2 + spectrum.imag**2).T
    return power
