"""Report of a comparison as one self-contained HTML page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..._templates import render
from .bad_files import describe_left_out
from .costs import describe_costs
from .details import describe_details
from .pairwise import describe_interval, describe_p, describe_pair
from .plot import place_scores
from .questions import NEW_TRAINING_SETS, THESE_CLIPS

if TYPE_CHECKING:
    from .genres import GenreResults
    from .results import ComparisonScores, FoldScores

_ALPHA = 0.05
_QUESTIONS = {THESE_CLIPS: "on these clips", NEW_TRAINING_SETS: "for new training sets"}
# A page with more folds would open slowly.
_MOST_FOLDS = 1000


def render_report(
    comparison: "GenreResults", title: str, leakage_gaps: "Mapping[str, FoldScores]"
) -> str:
    """Return the page: result, plot, tests, genres, clips, leakage, errors, protocol and folds.

    Parameters
    ----------
    comparison : Comparison
        The result to report.
    title : str
        Title of the page.
    leakage_gaps : mapping of str to FoldScores
        Scores of pipelines on splits that leak.
    """
    table = comparison.table()
    ranks = comparison.ranking()["rank"]
    table.insert(0, "rank", [str(ranks.get(name, "")) for name in table["pipeline"]])
    return render(
        "report.html",
        title=title,
        lead=comparison.conclusions()[0],
        costs=describe_costs(comparison),
        confounds=comparison.protocol.get("confounds", []),
        table=table,
        caption=comparison.caption(),
        scores=[_describe_score(comparison, score) for score in comparison.scores],
        is_single=comparison.frame["fold"].nunique() == 1,
        alpha=_ALPHA,
        details=describe_details(comparison),
        gaps=leakage_gaps,
        errors=comparison.failures(),
        protocol=_describe_protocol(comparison),
        folds=_format_folds(comparison),
        pipelines=comparison.protocol.get("pipelines", {}),
    )


def _describe_score(comparison: "ComparisonScores", score: str) -> dict[str, Any]:
    pairs = comparison.pairwise(score, alpha=_ALPHA)
    has_scores = comparison.summary[score].notna().any()
    rows = [
        {
            "pair": f"{pair['pipeline']} against {pair['other']}",
            "question": _QUESTIONS.get(pair["question"], pair["question"]),
            "difference": f"{pair['difference']:+.3f}",
            "95 % interval": "" if np.isnan(pair["p"]) else describe_interval(pair, raw=True),
            "p": _shorten(pair["p"]),
            "interval for all pairs": "" if np.isnan(pair["p"]) else describe_interval(pair),
            "p for all pairs": _shorten(pair["p_adjusted"]),
            "in words": describe_pair(pair, _ALPHA).partition(" (")[0],
        }
        for _, pair in pairs.iterrows()
    ]
    return {
        "name": score,
        "plot": place_scores(comparison, score) if has_scores else None,
        "n_pairs": len(pairs) // 2,
        "pairs": pd.DataFrame(rows),
        "marked": pairs["differs"].tolist() if rows else [],
        "test": "; ".join(
            f"{question}: {test}"
            for question, test in pairs[["question", "test"]].drop_duplicates().values
            if test
        ),
    }


def _shorten(p: float) -> str:
    return describe_p(p).removeprefix("p ").removeprefix("= ")


def _describe_protocol(comparison: "ComparisonScores") -> dict[str, str]:
    facts = comparison.protocol
    n_resumed = facts.get("resumed_folds", 0)
    resumed = f"{n_resumed} folds were finished in an earlier run; their times are of that run"
    shown = {
        "data": facts.get("data", f"{facts['clips']} clips of {facts['genres']} genres"),
        "left out": describe_left_out(facts.get("left_out", {})),
        "groups": "none" if facts["groups"] is None else facts["groups"],
        "split": f"{facts['split']}; {facts['folds']} folds, the same for every pipeline",
        "unit": f"{facts['unit']}: a score counts clips, not segments",
        "date": facts.get("date", ""),
        "seed": f"random_state={facts['random_state']}",
        "tests": facts.get("tests", ""),
        "resumed": resumed if n_resumed else "",
        "software": ", ".join(
            f"{name} {value}" if name != "machine" else value
            for name, value in facts.get("versions", {}).items()
        ),
    }
    return {name: fact for name, fact in shown.items() if fact != ""}


def _format_folds(comparison: "ComparisonScores") -> pd.DataFrame:
    frame = comparison.frame
    frame = frame.drop(columns="error") if not len(comparison.errors) else frame
    shown = frame.rename(columns=lambda name: name.removeprefix("test_").replace("_", " "))
    return shown[:_MOST_FOLDS].map(_format_cell)


def _format_cell(value: Any) -> str:
    if isinstance(value, float):
        if np.isnan(value):
            return ""
        return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"
    return str(value)
