"""Scores of several genres as the page of a comparison shows them."""

from typing import TYPE_CHECKING

import pandas as pd

from ..._shown_text import show
from . import figures
from .formats import MOST_COLUMNS, MOST_ROWS, note_folds, say_rest, three
from .genre_report import N_AVERAGES

if TYPE_CHECKING:
    from .details import Details
    from .genres import GenreResults

_COLUMNS = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "precision": "precision",
    "recall": "recall",
    "f1-score": "F1",
}
_OF_PIPELINES = ("roc_auc", "average_precision")


def describe_several(comparison: "GenreResults", names: list[str], details: "Details") -> None:
    """Fill the page's tables and figures of genres where clips may have several.

    Parameters
    ----------
    comparison : Comparison
        The result.
    names : list of str
        The pipelines with predictions, best first.
    details : Details
        The tables to fill.
    """
    details.is_multilabel = True
    reports = {name: comparison.per_genre(name) for name in names[:MOST_COLUMNS]}
    details.notes.update(note_folds(comparison))
    details.report = _format_report(reports[names[0]], details.notes)
    for score in _OF_PIPELINES:
        values = pd.DataFrame(
            {name: report[score][:-N_AVERAGES] for name, report in reports.items()}
        ).dropna(axis="columns", how="all")
        if not values.shape[1]:
            continue
        if len(reports) > 1:
            shown = values[:MOST_ROWS].map(three)
            shown.insert(0, "genre", [show(genre) for genre in shown.index])
            details.of_genres[_COLUMNS[score]] = shown
        _draw(values, score, details)
    if len(names) > len(reports):
        details.notes["f1"] = say_rest(len(names), len(reports), "per_genre()")


def _draw(values: pd.DataFrame, score: str, details: "Details") -> None:
    if not figures.can_draw():
        details.notes["figures"] = figures.NEEDS_MATPLOTLIB
    elif len(values) > figures.MOST_GENRES:
        details.notes["figures"] = (
            f"{len(values)} genres are too many for figures: use per_genre()."
        )
    else:
        details.figures[_COLUMNS[score]] = figures.draw_scores(values, _COLUMNS[score])


def _format_report(report: pd.DataFrame, notes: dict[str, str]) -> pd.DataFrame:
    rows, averages = report[:-N_AVERAGES], report[-N_AVERAGES:]
    if len(rows) > MOST_ROWS:
        notes["report"] = say_rest(len(rows), MOST_ROWS, "per_genre()")
        rows = rows.sort_values("support", ascending=False, kind="stable")[:MOST_ROWS]
    return pd.DataFrame(
        [
            {
                "genre": show(genre),
                **{title: three(row[name]) for name, title in _COLUMNS.items()},
                "clips": f"{row['support']:,.0f}",
            }
            for part in (rows, averages)
            for genre, row in part.iterrows()
        ]
    )
