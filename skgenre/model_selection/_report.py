"""Report of a comparison as one self-contained HTML page."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ._pairwise import describe_interval, describe_p, describe_pair
from ._report_plot import draw_report_plot
from ._report_style import STYLE

if TYPE_CHECKING:
    from ._comparison import Comparison
    from ._leakage_gap_result import LeakageGap

_ALPHA = 0.05
_PROSE = frozenset({"pipeline", "pair", "in words", "error", "folds", "gap"})
_SHORT = ' class="short"'


def render_report(
    comparison: "Comparison", title: str, leakage_gaps: "Mapping[str, LeakageGap]"
) -> str:
    """Return the page: result, plot, tests, leakage, errors, protocol, folds and pipelines.

    Parameters
    ----------
    comparison : Comparison
        The result to report.
    title : str
        Title of the page.
    leakage_gaps : mapping of str to LeakageGap
        Scores of pipelines on splits that leak.
    """
    sections = [
        _render_result(comparison),
        *(_render_score(comparison, score) for score in comparison.scores),
        _render_leakage(leakage_gaps),
        _render_errors(comparison),
        _render_protocol(comparison),
        _render_folds(comparison),
        _render_pipelines(comparison),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{''.join(sections)}</main>\n</body>\n</html>\n"
    )


def _render_result(comparison: "Comparison") -> str:
    first = comparison.scores[0]
    table = comparison.table()
    ranks = comparison.ranking()["rank"]
    table.insert(0, "rank", [str(ranks.get(name, "")) for name in table["pipeline"]])
    lead = comparison.conclusions()[0]
    note = (
        f"Ranked by {first}. Pipelines with the same rank are those that no test tells apart from "
        f"the ones above: the rank is one more than the number of pipelines that are significantly "
        f"better."
    )
    return (
        f'<p class="lead">{escape(lead)}</p>\n{_render_table(table)}'
        f'<p class="note">{escape(note)} {escape(comparison._caption())}.</p>\n'
    )


def _render_score(comparison: "Comparison", score: str) -> str:
    pairs = comparison.pairwise(score, alpha=_ALPHA)
    single = comparison.frame["fold"].nunique() == 1
    legend = [
        "Large dot: the score on the test clips" if single else "Large dot: mean over the folds",
        "bar: its 95 % interval",
    ]
    legend += [] if single else ["small dots: folds"]
    legend += ["dashed: chance"] if score == "accuracy" else []
    parts = [f"<section>\n<h2>{escape(score)}</h2>\n"]
    if comparison.summary[score].notna().any():
        parts.append(f"<figure>{draw_report_plot(comparison, score)}")
        parts.append(f"<figcaption>{escape('; '.join(legend))}.</figcaption></figure>\n")
    if len(pairs):
        parts.append("<h3>Which differences are real</h3>\n")
        rows = [
            {
                "pair": f"{pair['pipeline']} against {pair['other']}",
                "difference": f"{pair['difference']:+.3f}",
                "95 % interval": "" if np.isnan(pair["low"]) else describe_interval(pair),
                "p": describe_p(pair["p"]).removeprefix("p ").removeprefix("= "),
                "p after Holm": describe_p(pair["p_holm"]).removeprefix("p ").removeprefix("= "),
                "in words": describe_pair(pair, _ALPHA).partition(" (")[0],
            }
            for _, pair in pairs.iterrows()
        ]
        parts.append(_render_table(pd.DataFrame(rows), marked=pairs["differs"].tolist()))
        parts.append(
            f'<p class="note">Test: {escape(pairs["test"].iloc[0])}, two-sided, at level {_ALPHA}; '
            f"p-values corrected after Holm for {len(pairs)} "
            f"{'pair' if len(pairs) == 1 else 'pairs'}. The interval is that of the pair alone. "
            f"No difference shown does not mean that there is none: the interval tells how large "
            f"it could be.</p>\n"
        )
    return "".join([*parts, "</section>\n"])


def _render_leakage(gaps: "Mapping[str, LeakageGap]") -> str:
    if not gaps:
        return ""
    parts = ["<section>\n<h2>What splits that leak would have claimed</h2>\n"]
    for name, gap in gaps.items():
        parts.append(f'<p class="lead">{escape(f"{name}: {gap.conclusion()}")}</p>\n')
        parts += [_render_table(table) for table in gap.tables()]
        parts.append(f'<p class="note">{escape(gap.caption())}.</p>\n')
    return "".join([*parts, "</section>\n"])


def _render_errors(comparison: "Comparison") -> str:
    if not len(comparison.errors):
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in comparison.failures())
    return f'<section class="errors">\n<h2>Errors</h2>\n<ul>{lines}</ul>\n</section>\n'


def _render_protocol(comparison: "Comparison") -> str:
    facts = comparison.protocol
    tests: dict[str, str] = facts.get("tests", {})
    shown: dict[str, Any] = {
        "data": facts.get("data", f"{facts['clips']} clips of {facts['genres']} genres"),
        "groups": "none" if facts["groups"] is None else facts["groups"],
        "split": f"{facts['split']}; {facts['folds']} folds, the same for every pipeline",
        "unit": f"{facts['unit']}: a score counts clips, not segments",
        "seed": f"random_state={facts['random_state']}",
        "tests": "; ".join(f"{score}: {test}" for score, test in tests.items()),
        "resumed": _describe_resumed(facts),
        "software": ", ".join(
            f"{name} {value}" if name != "machine" else value
            for name, value in facts.get("versions", {}).items()
        ),
    }
    listed = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
        for name, value in shown.items()
        if value != ""
    )
    return f"<section>\n<h2>Protocol</h2>\n<dl>{listed}</dl>\n</section>\n"


def _describe_resumed(facts: dict[str, Any]) -> str:
    n_resumed = facts.get("resumed_folds", 0)
    if not n_resumed:
        return ""
    return f"{n_resumed} folds were finished in an earlier run; their times are of that run"


def _render_folds(comparison: "Comparison") -> str:
    frame = comparison.frame
    frame = frame.drop(columns="error") if not len(comparison.errors) else frame
    shown = frame.rename(columns=lambda name: name.removeprefix("test_").replace("_", " "))
    text = shown.map(_format_cell)
    return (
        f"<details>\n<summary>Every fold</summary>\n{_render_table(text)}"
        f'<p class="note">Times in seconds, size in bytes.</p>\n</details>\n'
    )


def _format_cell(value: Any) -> str:
    if isinstance(value, float):
        if np.isnan(value):
            return ""
        return f"{value:,.0f}" if value >= 1000 else f"{value:.3f}"
    return str(value)


def _render_pipelines(comparison: "Comparison") -> str:
    pipelines: dict[str, str] = comparison.protocol.get("pipelines", {})
    if not pipelines:
        return ""
    listed = "".join(
        f"<h3>{escape(name)}</h3>\n<pre>{escape(text)}</pre>\n" for name, text in pipelines.items()
    )
    return f"<details>\n<summary>The pipelines</summary>\n{listed}</details>\n"


def _render_table(table: pd.DataFrame, marked: list[bool] | None = None) -> str:
    """Render a table whose rows become cards on a narrow screen."""
    header = "".join(f"<th>{escape(str(name))}</th>" for name in table.columns)
    rows = []
    for number, row in enumerate(table.itertuples(index=False)):
        cells = "".join(
            f'<td data-label="{escape(str(name))}"{"" if name in _PROSE else _SHORT}>'
            f"{escape(str(value))}</td>"
            for name, value in zip(table.columns, row, strict=True)
        )
        kind = ' class="marked"' if marked is not None and marked[number] else ""
        rows.append(f"<tr{kind}>{cells}</tr>")
    return (
        f'<div class="table"><table>\n<thead><tr>{header}</tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody>\n</table></div>\n"
    )
