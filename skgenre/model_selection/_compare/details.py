"""Errors by genre and by clip, and calibration, as the page of a comparison shows them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..._shown_text import show
from ...datasets._unreadable import common_folder, name_below
from . import figures
from .formats import MOST_COLUMNS, MOST_ROWS, note_folds, say_rest, three
from .genre_details import describe_several
from .genres import GenreResults

# So that a page of many genres, pipelines and clips still opens.
_MOST_PAIRS, _MOST_CLIPS = 15, 50
_MOST_MATRICES, _FEW_GENRES = 3, 15
# Share of clips whose predicted genre is not the most probable one; ties are fewer.
_OTHER_GENRES = 0.02


@dataclass
class Details:
    """Tables of formatted text and figures; empty where a comparison has none.

    Attributes
    ----------
    best : str
        The pipeline of the tables of one pipeline.
    is_alone : bool
        Whether it is the only one with predictions.
    matrices : dict of str -> Markup
        Confusion matrices by pipeline, the best one first.
    f1_figure, reliability : Markup or str
        F1 of each genre and pipeline, and the reliability diagram.
    report, f1, pairs, clips, calibration : DataFrame
        The tables; `f1` has a column per pipeline.
    notes : dict of str -> str
        What was left out of a table, by its name, in words.
    is_multilabel : bool
        Whether clips may have several genres.
    figures, of_genres : dict of str -> Markup or DataFrame
        Figures and tables of each genre and pipeline, by the name of the score; where clips may
        have several genres.
    """

    best: str = ""
    is_alone: bool = False
    matrices: dict[str, Any] = field(default_factory=dict)
    f1_figure: Any = ""
    reliability: Any = ""
    report: pd.DataFrame = field(default_factory=pd.DataFrame)
    f1: pd.DataFrame = field(default_factory=pd.DataFrame)
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    clips: pd.DataFrame = field(default_factory=pd.DataFrame)
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: dict[str, str] = field(default_factory=dict)
    is_multilabel: bool = False
    figures: dict[str, Any] = field(default_factory=dict)
    of_genres: dict[str, pd.DataFrame] = field(default_factory=dict)


def describe_details(comparison: GenreResults) -> Details:
    """Collect what the page shows beyond the scores.

    Parameters
    ----------
    comparison : Comparison
        The result.
    """
    details = Details()
    predicted = set(comparison.predictions["pipeline"]) if len(comparison.predictions) else set()
    names = [str(name) for name in comparison.summary.index if name in predicted]
    if not names:
        return details
    details.best, details.is_alone = names[0], len(names) == 1
    if comparison.is_multilabel:
        describe_several(comparison, names, details)
        return details
    reports = {name: comparison.per_genre(name) for name in names[:MOST_COLUMNS]}
    details.notes.update(note_folds(comparison))
    details.report = _format_report(reports[details.best], details.notes)
    details.f1 = _format_f1(reports, len(names), details.notes)
    details.pairs = _format_pairs(comparison, details)
    details.clips = _format_clips(comparison, details.notes)
    calibration = comparison.calibration()
    details.calibration = _format_calibration(calibration)
    details.notes.update(_note_calibration(comparison, calibration))
    if figures.can_draw():
        able = [str(name) for name in calibration.index]
        _draw(comparison, names, able, reports, details)
    else:
        details.notes["figures"] = figures.NEEDS_MATPLOTLIB
    return details


def _draw(
    comparison: GenreResults,
    names: list[str],
    able: list[str],
    reports: dict[str, pd.DataFrame],
    details: Details,
) -> None:
    f1 = _collect_f1(reports)
    if len(f1) > figures.MOST_GENRES:
        details.notes["figures"] = (
            f"{len(f1)} genres are too many for figures: use confusion_matrix() and per_genre()."
        )
    else:
        # Hundreds of cells take seconds to draw.
        n_matrices = 1 if len(f1) > _FEW_GENRES else _MOST_MATRICES
        for name in names[:n_matrices]:
            details.matrices[name] = figures.draw_confusion(comparison.confusion_matrix(name), name)
        if len(names) > n_matrices:
            details.notes["matrices"] = say_rest(len(names), n_matrices, "confusion_matrix()")
        if len(names) > 1:
            details.f1_figure = figures.draw_scores(f1, "F1")
    if able:
        bins = comparison.reliability(able[0])
        details.reliability = figures.draw_reliability(bins, able[0])


def _collect_f1(reports: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the F1 of each genre, a column per pipeline; the averages are left out."""
    columns = {name: report["f1-score"][_is_genre(report)] for name, report in reports.items()}
    return pd.DataFrame(columns)


def _is_genre(report: pd.DataFrame) -> np.ndarray:
    # The averages are the last three rows.
    return np.arange(len(report)) < len(report) - 3


def _format_report(report: pd.DataFrame, notes: dict[str, str]) -> pd.DataFrame:
    averages = report[~_is_genre(report)]
    rows = report[_is_genre(report)]
    if len(rows) > MOST_ROWS:
        notes["report"] = say_rest(len(rows), MOST_ROWS, "per_genre()")
        rows = rows.sort_values("support", ascending=False, kind="stable")[:MOST_ROWS]
    return pd.DataFrame(
        [
            {
                "genre": show(genre),
                "precision": three(row["precision"]),
                "recall": three(row["recall"]),
                "F1": three(row["f1-score"]),
                "clips": f"{row['support']:,.0f}",
            }
            for part in (rows, averages)  # pd.concat refuses a genre that is not UTF-8
            for genre, row in part.iterrows()
        ]
    )


def _format_f1(
    reports: dict[str, pd.DataFrame], n_pipelines: int, notes: dict[str, str]
) -> pd.DataFrame:
    if len(reports) < 2:
        return pd.DataFrame()
    f1 = _collect_f1(reports)
    if n_pipelines > len(reports):
        notes["f1"] = say_rest(n_pipelines, len(reports), "per_genre()")
    shown = f1[:MOST_ROWS].map(three)
    shown.insert(0, "genre", [show(genre) for genre in shown.index])
    return shown


def _format_pairs(comparison: GenreResults, details: Details) -> pd.DataFrame:
    pairs = comparison.confused_pairs(details.best)
    if len(pairs) > _MOST_PAIRS:
        details.notes["pairs"] = say_rest(len(pairs), _MOST_PAIRS, "confused_pairs()")
    return pd.DataFrame(
        [
            {
                "genre": show(pair["target"]),
                "predicted as": show(pair["predicted"]),
                "clips": f"{pair['n_clips']:,.0f}",
                "share of the genre": f"{pair['share']:.0%}",
            }
            for pair in pairs[:_MOST_PAIRS].to_dict("records")
        ]
    )


def _format_clips(comparison: GenreResults, notes: dict[str, str]) -> pd.DataFrame:
    wrong = comparison.always_wrong()
    n_clips = comparison.predictions["clip"].nunique()
    notes["clips"] = f"{len(wrong):,} of {n_clips:,} clips."
    if len(wrong) > _MOST_CLIPS:
        notes["clips"] += f" {say_rest(len(wrong), _MOST_CLIPS, 'always_wrong()')}"
    rows = []
    files = wrong["file"].tolist() if "file" in wrong else []
    folder = common_folder(files)
    for place, clip in enumerate(wrong[:_MOST_CLIPS].to_dict("records")):
        row = {"clip": str(clip["clip"])}
        if files:
            row = {"file": show(name_below(files[place], folder))}
        if "group" in clip:
            row["group"] = show(clip["group"])
        row["genre"] = show(clip["target"])
        row["predicted as"] = show(clip["predicted"])
        row["agreement"] = f"{clip['agreement']:.0%}"
        if not np.isnan(clip["probability"]):
            row["probability"] = f"{clip['probability']:.2f}"
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _format_calibration(calibration: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "pipeline": show(name),
                "mean confidence": three(row["confidence"]),
                "accuracy": three(row["accuracy"]),
                "calibration error": three(row["expected_calibration_error"]),
            }
            for name, row in calibration.iterrows()
        ]
    )


def _note_calibration(comparison: GenreResults, calibration: pd.DataFrame) -> dict[str, str]:
    """Name the pipelines that predict other genres than the most probable ones."""
    parts = []
    for name in map(str, calibration.index):
        _, probabilities = comparison.probabilities(name)
        likely = probabilities.columns.to_numpy()[probabilities.to_numpy().argmax(axis=1)]
        predicted = comparison.predictions["predicted"].loc[probabilities.index].to_numpy()
        share = float(np.mean(likely != predicted))
        if share > _OTHER_GENRES:
            parts.append(f"{show(name)} {share:.0%} of the clips")
    if not parts:
        return {}
    return {
        "calibration": "Accuracy here is that of the most probable genre. predict returns another "
        f"genre for: {', '.join(parts)}. SVC(probability=True) does so: calibrate it with "
        "CalibratedClassifierCV instead."
    }
