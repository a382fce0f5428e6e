"""Formats and limits of the tables on the page of a comparison."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .results import ComparisonScores

# So that a page of many genres and pipelines still opens.
MOST_ROWS, MOST_COLUMNS = 100, 8


def say_rest(n_all: int, n_shown: int, method: str) -> str:
    """Say how many rows are shown, and which method has all."""
    return f"{n_shown:,} of {n_all:,} are shown; {method} has all."


def three(value: float) -> str:
    """Format a score; NaN is empty."""
    return "" if np.isnan(value) else f"{value:.3f}"


def note_folds(comparison: "ComparisonScores") -> dict[str, str]:
    """Say why the scores of all clips differ from those of the ranking."""
    if comparison.frame["fold"].nunique() == 1:
        return {}
    repeated = ", once per repeat" if comparison.protocol.get("repeats", 1) > 1 else ""
    if comparison.is_multilabel:
        return {
            "together": f"Precision, recall and F1 are of all held-out clips together{repeated}. "
            "ROC AUC and average precision are means over the folds that have clips with the genre "
            "and without it."
        }
    return {
        "together": f"All held-out clips together{repeated}. The ranking has means over the folds, "
        "which can differ a little."
    }
