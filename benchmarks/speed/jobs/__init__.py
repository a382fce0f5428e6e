"""Whole jobs, as people wait for them: ``python -m benchmarks jobs``."""

from ... import RESULTS
from .._table import Table

JOBS = (
    "features",
    "decoding",
    "cold_predict",
    "warm_predict",
    "compare",
    "training",
    "search",
    "memory",
    "demo",
)
run = Table(__name__, JOBS, RESULTS / "jobs.json").run
