"""Measurements: ``python -m benchmarks --help``. One thread, unless a case says otherwise."""

import os

# Before NumPy is loaded: libraries read them once.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
