"""A library's Fourier transform: that of mkl_fft where it is installed, else SciPy's.

For what :mod:`._lane_fft` does not do: other lengths, phases, and the way back.
"""

try:
    from mkl_fft.interfaces.numpy_fft import irfft, rfft
except ImportError:  # also when mkl_fft does not find the libraries it needs
    from scipy.fft import irfft, rfft

__all__ = ["irfft", "rfft"]
