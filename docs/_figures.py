"""The measured figures of the home page, read from ``benchmarks/results`` when it is built.

A Sphinx extension with the directive ``figures``: a card for each figure, with its protocol, the
date and commit of its results, and the file they are in. A figure without results, or whose results
changed after their date was recorded, fails the build. ``python docs/_figures.py`` records the
dates and commits of the files in ``benchmarks/results/recorded.json``.
"""

import hashlib
import html
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"
RECORDED = "recorded.json"
FEATURES = "features.json"
NAMED = "choices/gtzan_logmel_dev_named.md"
GAP = "systems/gtzan_features_30_sec_dev_gap.md"
GAP_OF = "bahuleyan2018-svm"


class NoSource(Exception):
    """A figure has no results, or they are not those whose date is recorded."""


@dataclass(frozen=True)
class Figure:
    """A measured value with its protocol and its source."""

    value: str
    title: str
    protocol: str
    file: str
    date: str
    commit: str


def read_figures(results: Path = RESULTS) -> list[Figure]:
    """Read the figures of the home page.

    Parameters
    ----------
    results : Path
        The folder of results.

    Returns
    -------
    list of Figure
        Speed, accuracy, leakage and size.

    Raises
    ------
    NoSource
        When a file, a row or a date is missing.
    """
    makers: dict[str, Callable[[Path], tuple[str, str, str]]] = {
        FEATURES: _speed,
        NAMED: _accuracy,
        GAP: _leakage,
    }
    figures = [Figure(*make(results), *_origin(results, file)) for file, make in makers.items()]
    return [*figures, Figure(*_size(results), *_origin(results, NAMED))]


def _speed(results: Path) -> tuple[str, str, str]:
    times = {"mel-128 in dB, 30 s": "", "MFCC-20, 30 s": "", "GTZAN's 57 columns, 30 s": ""}
    rows = _read(results, FEATURES, json.loads)["rows"]
    found = {row["case"]: row for row in rows if row["implementation"] == "librosa"}
    ours = {row["case"]: row for row in rows if row["implementation"] == "skgenre"}
    for case in times:
        if case not in found or case not in ours:
            raise NoSource(f"{FEATURES} has no rows of {case!r} for skgenre and librosa.")
        times[case] = f"{found[case]['times_ours']:.1f}"
    mel, mfcc, table = times
    return (
        f"{times[mel]}×",
        "as fast as librosa",
        f"Mel spectrogram of a 30 s clip, 128 bands in dB: {ours[mel]['cpu_ms']:.1f} ms of CPU time, "
        f"librosa {found[mel]['cpu_ms']:.1f} ms, medians on one thread. MFCC: {times[mfcc]}×; the 57 "
        f"columns of GTZAN's table: {times[table]}×.",
    )


def _accuracy(results: Path) -> tuple[str, str, str]:
    row = _row(results, NAMED, "svm")
    return (
        f"{_short(row['accuracy'])} {row['95 %'].replace('±0', '± ')}",
        "accuracy of the default model",
        "GTZAN without its known faults, 639 clips: five folds that keep recordings of one origin "
        f"together, 95 % interval. In {float(row['CPU s']):.0f} s of CPU time per fit, without a GPU. "
        "The model was chosen on these clips.",
    )


def _leakage(results: Path) -> tuple[str, str, str]:
    row = _row(results, GAP, GAP_OF)
    gap, interval = row["gap (95 % interval)"].split(" ", 1)
    low, high = (float(bound) for bound in interval.strip("()").split(" to "))
    return (
        f"{100 * float(gap):+.1f} points",
        "of a published recipe do not generalize",
        f"A published support vector machine scores {_short(row['naive'])} on GTZAN when clips are "
        f"split at random, and {_short(row['honest'])} when no artist is in both train and test, its "
        f"faults corrected. 95 % interval of the gap: {100 * low:.0f} to {100 * high:.0f} points, "
        "197 test clips, 3 seeds.",
    )


def _size(results: Path) -> tuple[str, str, str]:
    row = _row(results, NAMED, "covnet")
    return (
        f"{row['kB']} kB",
        "for a saved network",
        f"The covnet model, pickled. Its accuracy in the same folds is {_short(row['accuracy'])} "
        f"{row['95 %'].replace('±0', '± ')}. A file has parameters and weights only, and the safe "
        "format runs no code when loaded.",
    )


def _short(text: str) -> str:
    """Write a share as the guide does: .777."""
    return f"{float(text):.3f}".removeprefix("0")


def _row(results: Path, file: str, name: str) -> dict[str, str]:
    """Return the row of a Markdown table, by its first column."""
    lines = [line for line in _read(results, file, str.splitlines) if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    for row in rows[2:]:
        if row[0] == name:
            return dict(zip(rows[0], row, strict=True))
    raise NoSource(f"{file} has no row {name!r}, which the home page shows.")


def _read(results: Path, file: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse((results / file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoSource(f"{file} of the figures on the home page can't be read: {error}.") from error


def _origin(results: Path, file: str) -> tuple[str, str, str]:
    """Return a file of results with its date and commit, if these are of what it contains."""
    kept = _read(results, RECORDED, json.loads).get(file, {})
    if kept.get("sha256") != _read(results, file, _digest):
        raise NoSource(
            f"{file} has no recorded date, or changed after it. Commit it, run "
            f"'python docs/_figures.py', and commit {RECORDED}."
        )
    return file, kept["date"], kept["commit"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def record(results: Path = RESULTS) -> None:
    """Write the dates and commits of the files that figures are read from."""
    recorded = {}
    for file in (FEATURES, NAMED, GAP):
        log = ["git", "log", "-1", "--format=%cs %h", "--", file]
        said = subprocess.run(log, cwd=results, capture_output=True, text=True, check=True)
        date, commit = said.stdout.split()
        digest = _read(results, file, _digest)
        recorded[file] = {"date": date, "commit": commit, "sha256": digest}
    text = json.dumps(recorded, indent=1) + "\n"
    (results / RECORDED).write_text(text, encoding="utf-8")


def to_html(figures: list[Figure]) -> str:
    """Return the cards."""
    cards = [
        '<div class="figure-card">'
        f'<p class="figure-value">{html.escape(figure.value)}</p>'
        f'<p class="figure-title">{html.escape(figure.title)}</p>'
        f"<p>{html.escape(figure.protocol)}</p>"
        f'<p class="figure-source"><code>{html.escape(figure.file)}</code>, {figure.date}, '
        f"commit {figure.commit}</p>"
        "</div>"
        for figure in figures
    ]
    return f'<div class="figure-cards">{"".join(cards)}</div>'


def setup(app: Any) -> dict[str, Any]:
    """Add the directive."""
    from docutils import nodes
    from sphinx.errors import ExtensionError
    from sphinx.util.docutils import SphinxDirective

    class Figures(SphinxDirective):
        def run(self) -> list[Any]:
            for file in (RECORDED, FEATURES, NAMED, GAP):
                self.env.note_dependency(str(RESULTS / file))
            try:
                return [nodes.raw("", to_html(read_figures()), format="html")]
            except NoSource as error:
                raise ExtensionError(str(error)) from error

    app.add_directive("figures", Figures)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    record()
