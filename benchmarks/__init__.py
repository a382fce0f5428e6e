"""Measurements: ``python -m benchmarks --help``. One thread, unless a case says otherwise.

`speed` compares with peers; `study` runs the reference systems.
"""

import os
from pathlib import Path

RESULTS = Path(__file__).with_name("results")

# Before NumPy is loaded: libraries read them once.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
