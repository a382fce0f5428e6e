"""Signal processing on one waveform: pure functions, without estimators.

Frames are processed in blocks, so that only a few megabytes are in memory at a time, whatever the
clip's length. The Fourier transform is in double precision, or in single where a transformer says
so; the rest is in float32. Compiled functions release the GIL and are cached on disk by numba.
"""

# First, as it reports if numba can't be imported or has no folder for its functions.
from . import _compiled as _compiled
