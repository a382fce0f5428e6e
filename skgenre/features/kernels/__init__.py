"""Signal processing on one waveform: pure functions, with no estimator in sight.

Frames are worked on in blocks, so that what is in memory at a time is a few megabytes whatever the
clip's length. The Fourier transform is in double precision, what follows in float32. Compiled
functions release the GIL and are kept on disk by numba.
"""

# First, for it says what is wrong where numba can't be imported or has no place for its functions.
from . import _compiled as _compiled
