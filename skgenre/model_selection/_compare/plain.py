"""A comparison as values that JSON has: numbers, text, lists and dicts."""

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .questions import decide

if TYPE_CHECKING:
    from .genres import GenreResults


def make_plain(value: Any) -> Any:
    """Return a value of numbers and text as JSON has them; NaN and infinity become None.

    Raises
    ------
    TypeError
        When it is something else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(key): make_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [make_plain(entry) for entry in value]
    if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} objects are neither text nor numbers: {value!r}")


def describe_comparison(comparison: "GenreResults", alpha: float) -> dict[str, Any]:
    """Return the results of a comparison, see ``Comparison.to_dict``."""
    has_predictions = len(comparison.predictions) > 0
    predicted = set(comparison.predictions["pipeline"]) if has_predictions else set()
    names = [str(name) for name in comparison.summary.index]
    able = [name for name in names if name in predicted]
    one = [] if comparison.is_multilabel else able
    result = {
        "verdict": comparison.conclusions(alpha=alpha)[0],
        "scores": comparison.scores,
        "ranking": _describe_ranking(comparison, alpha),
        "pairs": [
            {"score": score, **row}
            for score in comparison.scores
            for row in _records(comparison.pairwise(score, alpha=alpha))
        ],
        "folds": [_describe_fold(row) for row in _records(comparison.frame)],
        "genres": {name: _named_records(comparison.per_genre(name)) for name in able},
        "confusion_matrices": {name: _describe_matrix(comparison, name) for name in one},
        "always_wrong": _records(comparison.always_wrong()) if one else [],
        "calibration": _named_records(comparison.calibration()) if one else [],
        "failures": comparison.failures(),
        "protocol": comparison.protocol,
    }
    return make_plain(result)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _named_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return an entry per row, its name first; `reset_index` would refuse one not UTF-8."""
    rows = zip(table.index.tolist(), _records(table), strict=True)
    return [{str(table.index.name): name, **row} for name, row in rows]


def _describe_ranking(comparison: "GenreResults", alpha: float) -> list[dict[str, Any]]:
    """Return an entry per pipeline, the best first; those that failed have the rank None."""
    summary, first = comparison.summary, comparison.scores[0]
    pairs = decide(comparison.pairwise(alpha=alpha))
    lost = pairs[pairs["differs"].astype(bool)]
    entries = []
    for name, row in summary.iterrows():
        beaten_by = lost.loc[lost["other"] == name, "pipeline"].tolist()
        entries.append(
            {
                "pipeline": name,
                "rank": None if np.isnan(row[first]) else 1 + len(beaten_by),
                "beaten_by": beaten_by,
                "scores": {
                    score: {
                        "mean": row[score],
                        "std": row[f"{score}_std"],
                        "low": row[f"{score}_low"],
                        "high": row[f"{score}_high"],
                    }
                    for score in comparison.scores
                },
                **{cost: row[cost] for cost in ("fit_time", "predict_time", "model_size")},
            }
        )
    return entries


def _describe_fold(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the frame, its chosen parameters as a dict."""
    params = row.get("best_params")
    return row if not params else {**row, "best_params": json.loads(params)}


def _describe_matrix(comparison: "GenreResults", name: str) -> dict[str, Any]:
    matrix = comparison.confusion_matrix(name)
    return {"genres": matrix.index.tolist(), "clips": matrix.to_numpy().tolist()}
