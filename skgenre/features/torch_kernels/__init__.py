"""Signal processing on batches of waveforms, on any torch device.

Same values as :mod:`skgenre.features.kernels`, as pure functions of tensors. The Fourier transform
and the filter banks are in double precision: single precision loses 0.18 dB on MP3 files, and
torch's TF32 more.
"""
