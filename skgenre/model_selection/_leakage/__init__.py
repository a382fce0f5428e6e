"""Measurement of leakage: the gap between splits, and the report on a data set."""
