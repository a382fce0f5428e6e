"""Whole jobs, as people wait for them: ``python -m benchmarks jobs``."""

from ._run import JOBS, run

__all__ = ["JOBS", "run"]
