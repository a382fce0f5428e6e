"""Library Fourier transform: mkl_fft's if installed, else SciPy's.

For what :mod:`._lane_fft` does not do: other lengths, phases, and the inverse.
"""

try:
    from mkl_fft.interfaces.numpy_fft import irfft, rfft
except ImportError:  # also if mkl_fft does not find the libraries it needs
    from scipy.fft import irfft, rfft

__all__ = ["irfft", "rfft"]
