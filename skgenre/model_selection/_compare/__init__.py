"""Comparison of pipelines: folds, runs, tests, results and reports."""
