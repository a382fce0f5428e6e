"""The measured figures of the home page, read from ``benchmarks/results`` when it is built.

A Sphinx extension with the directive ``figures``: a card for each figure, with its protocol, the
date, commit and machine of its results, and the file they are in. A figure without results, or
whose numbers changed after their date was recorded, fails the build. ``python docs/_figures.py``
records dates and commits in ``benchmarks/results/recorded.json``: of the figures here, and of all
files of tables for other pages.
"""

import hashlib
import html
import json
import re
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
GAP_OF = "bahuleyan2018-forest"
# Files that have no machine in them, by folder.
MACHINES = {
    "systems": "one CPU core",
    "choices": "one CPU core",
    "": "one core of a 2-core machine",
}


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
    machine: str


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
        When a file, a row or a date is missing, or numbers changed after their date.
    """
    recorded = _read(results, RECORDED, json.loads)
    figures = []
    for name, (file, make) in _MAKERS.items():
        value, title, protocol = make(results)
        kept = recorded.get(name, {})
        if kept.get("numbers") != _numbers(value, protocol):
            raise NoSource(
                f"The {name} on the home page has no date: its numbers in {file} are new. Commit "
                f"that file, run 'python docs/_figures.py', and commit {RECORDED}."
            )
        figures.append(
            Figure(value, title, protocol, file, kept["date"], kept["commit"], _machine(file))
        )
    return figures


def origin_of(file: str, results: Path = RESULTS) -> str:
    """Return the date, the commit and the machine of a file of results.

    Raises
    ------
    NoSource
        When the file is missing, or changed after its date was recorded.
    """
    kept = _read(results, RECORDED, json.loads).get("files", {}).get(file, {})
    if kept.get("sha256") != _digest(results / file):
        raise NoSource(
            f"{file} has no date: it is new. Commit it, run 'python docs/_figures.py', and commit "
            f"{RECORDED}."
        )
    return f"{kept['date']}, commit {kept['commit']}: {kept['machine']}"


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    except OSError as error:
        raise NoSource(f"{path.name} of the results can't be read: {error}.") from error


def _machine(file: str) -> str:
    return MACHINES[file.rpartition("/")[0]]


def _speed(results: Path) -> tuple[str, str, str]:
    report = _read(results, FEATURES, json.loads)
    found = {(row["case"], row["implementation"]): row for row in report["rows"]}
    mel, mfcc, table = "mel-128 in dB, 30 s", "MFCC-20, 30 s", "GTZAN's 57 columns, 30 s"
    for case in (mel, mfcc, table):
        for peer in ("skgenre", "librosa"):
            if (case, peer) not in found:
                raise NoSource(f"{FEATURES} has no row of {peer} for {case!r}.")
    times = {case: f"{found[case, 'librosa']['times_ours']:.1f}" for case in (mel, mfcc, table)}
    protocol = (
        f"Mel spectrogram of a 30 s clip, 128 bands: {found[mel, 'skgenre']['cpu_ms']:.1f} ms of "
        f"CPU time, librosa {found[mel, 'librosa']['cpu_ms']:.1f} ms; medians, one thread of a "
        f"machine with {report['cores']} cores. MFCC: {times[mfcc]} times; GTZAN's 57 columns: "
        f"{times[table]} times."
    )
    return f"{times[mel]} times", "as fast as librosa", protocol


def _accuracy(results: Path) -> tuple[str, str, str]:
    row = _row(results, NAMED, "svm")
    protocol = (
        "GTZAN without its known faults, 639 clips, ten genres, 95 % interval: five folds, "
        "neighbouring clips kept together. The model was chosen on these clips. A fit takes "
        f"{float(row['CPU s']):.0f} s of CPU time, without a GPU."
    )
    return _with_margin(row), "accuracy of the default model", protocol


def _leakage(results: Path) -> tuple[str, str, str]:
    row = _row(results, GAP, GAP_OF)
    gap, interval = row["gap (95 % interval)"].split(" ", 1)
    low, high = (float(bound) for bound in interval.strip("()").split(" to "))
    protocol = (
        f"A published random forest scores {_short(row['naive'])} on GTZAN when clips are "
        f"split at random, and {_short(row['honest'])} when no artist is in both train and test. "
        f"95 % interval: {100 * low:.0f} to {100 * high:.0f} points; 197 test clips, 3 seeds."
    )
    return f"{100 * float(gap):+.1f} points", "from leakage alone", protocol


def _size(results: Path) -> tuple[str, str, str]:
    row = _row(results, NAMED, "covnet")
    protocol = (
        f"The model covnet, pickled; its accuracy in the same folds is {_with_margin(row)}. A file "
        "has parameters and weights, no training data. The safe format runs no code when loaded."
    )
    return f"{row['kB']} kB", "for a saved network", protocol


def _with_margin(row: dict[str, str]) -> str:
    return f"{_short(row['accuracy'])} ± {_short(row['95 %'].removeprefix('±'))}"


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


def _numbers(*texts: str) -> list[str]:
    return re.findall(r"[+-]?\d*\.?\d+", " ".join(texts))


_MAKERS: dict[str, tuple[str, Callable[[Path], tuple[str, str, str]]]] = {
    "speed": (FEATURES, _speed),
    "accuracy": (NAMED, _accuracy),
    "leakage": (GAP, _leakage),
    "size": (NAMED, _size),
}


def record(results: Path = RESULTS) -> None:
    """Write the numbers of all figures, with the date and commit of those that are new."""
    path = results / RECORDED
    recorded = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept: dict[str, Any] = {}
    for name, (file, make) in _MAKERS.items():
        value, _, protocol = make(results)
        numbers = _numbers(value, protocol)
        kept[name] = recorded.get(name, {})
        if kept[name].get("numbers") != numbers:
            kept[name] = {"file": file, **_last_commit(results, file), "numbers": numbers}
    kept["files"] = {}
    shown = {*results.glob("*/*.md"), *results.glob("systems/records.jsonl")}
    for source in sorted(shown - {results / "choices" / "log.md"}):
        file = source.relative_to(results).as_posix()
        found = recorded.get("files", {}).get(file, {})
        if found.get("sha256") != _digest(source):
            found = {**_last_commit(results, file), "sha256": _digest(source)}
        kept["files"][file] = {**found, "machine": _machine(file)}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _last_commit(results: Path, file: str) -> dict[str, str]:
    log = ["git", "log", "-1", "--format=%cs %h", "--", file]
    said = subprocess.run(log, cwd=results, capture_output=True, text=True, check=True)
    date, commit = said.stdout.split()
    return {"date": date, "commit": commit}


def to_html(figures: list[Figure]) -> str:
    """Return the cards."""
    cards = [
        '<div class="figure-card">'
        f'<p class="figure-value">{html.escape(figure.value)}</p>'
        f'<p class="figure-title">{html.escape(figure.title)}</p>'
        f"<p>{html.escape(figure.protocol)}</p>"
        f'<p class="figure-source"><code>{html.escape(figure.file)}</code>, {figure.date}, '
        f"commit {figure.commit}: {figure.machine}</p>"
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
