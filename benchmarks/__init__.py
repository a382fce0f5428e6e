"""Measurements: ``python -m benchmarks NAME``. Data is named by ``--data`` or ``SKGENRE_DATA``."""
