"""The results of the reference systems, as tables and for a picture, and inline figures.

A Sphinx extension that reads ``benchmarks/results`` when the pages are built:

- ``{results} trained``, ``cut``, ``not-run`` and ``held-out`` show tables of systems. The last is
  empty as long as there is no ``held_out.json``, with ``protocol``, ``date``, ``commit``,
  ``machine`` and ``rows`` of ``model``, ``accuracy``, ``low``, ``high`` and ``clips``.
- ``{recorded} FILE`` shows a table that a benchmark wrote, with its date, commit and machine.
- ``{figure}`TABLE/ROW``` in a sentence shows the accuracy in the row of a table with its margin,
  and ``{figure}`TABLE/ROW/COLUMN``` another cell; its title has protocol, date, commit and machine.

A figure without results, or whose file changed after its date was recorded, fails the build.
``python docs/_figures.py`` records.
"""

import functools
import html
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _figures import RESULTS, NoSource, origin_of

RECORDS = "systems/records.jsonl"
HELD_OUT = "held_out.json"
NOT_COMPARABLE = "another split: not a comparison"
# Of a normal distribution, 95 %.
_Z = 1.96

# Data sets in the order of the page: title, and the protocol of ours.
DATA = {
    "gtzan_logmel_dev": (
        "GTZAN, log-mel maps",
        "fault-filtered split, no artist in both: 442 clips to train, 197 to test",
    ),
    "gtzan_features_30_sec_dev": (
        "GTZAN, table of 57 columns",
        "fault-filtered split, no artist in both: 442 clips to train, 197 to test",
    ),
    "gtzan_audio_dev": ("GTZAN, sound", "60 clips, five folds by clip"),
    "fma_small_logmel_dev": (
        "FMA-small, log-mel maps",
        "4,016 clips in 1,013 runs of track numbers, one of five grouped folds",
    ),
    "embedded": ("Synthetic music, sound", "300 clips of 6 s, five folds by artist"),
}
# Words for systems; others keep their names.
LABELS = {
    "own-vote-plain": "own CNN, voting with an SVM",
    "own-vote-all": "own CNN, augmented, voting with an SVM",
    "own-cnn1d-centred-plain": "own CNN",
    "own-cnn1d-centred-long": "own CNN, augmented",
    "svm-covariance": "SVM, covariances of bands",
    "svm-covariances": "SVM, two kinds of covariances",
    "svm-all": "SVM, all tables",
    "svm-modulation": "SVM, modulation spectrum",
    "svm-mfcc": "SVM, MFCC statistics",
    "yaacob2020-cnn1d-shallow": "Yaacob 2020, 1-D CNN of 2 blocks",
    "yaacob2020-cnn1d-deep": "Yaacob 2020, 1-D CNN of 5 blocks",
    "yaacob2020-crnn": "Yaacob 2020, CRNN",
    "yaacob2020-crnn-stacked": "Yaacob 2020, CRNN of 2 LSTMs",
    "yaacob2020-crnn-stacked-dropout": "Yaacob 2020, CRNN of 2 LSTMs, dropout",
    "yaacob2020-crnn-stacked-deep": "Yaacob 2020, CRNN of 2 LSTMs, 5 blocks",
    "yaacob2020-rnn": "Yaacob 2020, LSTM",
    "bahuleyan2018-logistic": "Bahuleyan 2018, logistic regression",
    "bahuleyan2018-forest": "Bahuleyan 2018, random forest",
    "bahuleyan2018-svm": "Bahuleyan 2018, SVM",
    "bahuleyan2018-xgb": "Bahuleyan 2018, XGBoost",
}
PREFIXES = ("choices/gtzan_logmel_dev_", "choices/", "systems/")


@dataclass(frozen=True)
class Score:
    """A mean accuracy over seeds, with the margin of its 95 % interval over clips."""

    accuracy: float
    margin: float
    is_cut: bool
    epochs: str
    seconds: float

    def __str__(self) -> str:
        return f"{share(self.accuracy)}\u00a0±\u00a0{share(self.margin)}"


@dataclass(frozen=True)
class System:
    """The scores of a system on a data set.

    ``honest`` keeps groups together; ``naive`` is the recipe as stated under a random split, or
    None. Both count the same unit, segments or clips; ``vote`` is the honest score of clips where
    that is segments.
    """

    data: str
    name: str
    unit: str
    honest: Score
    naive: Score | None
    vote: Score | None

    @property
    def label(self) -> str:
        """Words for the system."""
        return LABELS.get(self.name, self.name)

    @property
    def cell(self) -> str:
        """Words for the system and its name, for a table."""
        return f"`{self.name}`" if self.label == self.name else f"{self.label} (`{self.name}`)"

    @property
    def gap(self) -> str:
        """Naive less honest, with its 95 % interval in points."""
        if self.naive is None or self.naive.is_cut or self.honest.is_cut:
            return ""
        gap = 100 * (self.naive.accuracy - self.honest.accuracy)
        margin = 100 * math.hypot(self.naive.margin, self.honest.margin)
        return f"{_signed(gap)} ({_signed(gap - margin)}\u00a0to\u00a0{_signed(gap + margin)})"


def read_systems(results: Path = RESULTS) -> list[System]:
    """Return the scores of all systems, by data set.

    Raises
    ------
    NoSource
        When there are no records.
    """
    path = results / RECORDS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
    except (OSError, ValueError) as error:
        raise NoSource(f"{RECORDS}, of the results page, can't be read: {error}.") from error
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in records:
        if record.get("accuracy") is not None:
            key = tuple(record[name] for name in ("data", "system", "protocol", "seed"))
            latest[key] = record
    fits: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    for (data, system, protocol, _), record in latest.items():
        fits[data, system].setdefault(protocol, []).append(record)
    found = []
    for (data, system), protocols in fits.items():
        if "honest" not in protocols:
            continue
        honest, naive = protocols["honest"], protocols.get("naive")
        unit = naive[0]["unit"] if naive else "clips"
        kind = "segment_" if unit == "segments" else ""
        found.append(
            System(
                data,
                system,
                unit,
                _score(honest, kind),
                # The records of a naive fit have its own unit's accuracy.
                _score(naive, "") if naive else None,
                _score(honest, "") if kind else None,
            )
        )
    order = list(DATA)
    return sorted(found, key=lambda item: (order.index(item.data), -item.honest.accuracy))


def read_held_out(results: Path = RESULTS) -> dict[str, Any] | None:
    """Return the results on held-out clips, or None where there are none.

    Raises
    ------
    NoSource
        When the file lacks what a figure needs.
    """
    path = results / HELD_OUT
    if not path.exists():
        return None
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NoSource(f"{HELD_OUT} can't be read: {error}.") from error
    missing = [name for name in ("protocol", "date", "commit", "machine") if not report.get(name)]
    for row in report.get("rows", []):
        wanted = ("model", "accuracy", "low", "high", "clips")
        missing += [f"{name} of a row" for name in wanted if name not in row]
    if missing or not report.get("rows"):
        raise NoSource(f"{HELD_OUT} lacks {', '.join(missing) or 'rows'}.")
    return report


def trained_tables(results: Path = RESULTS) -> str:
    """Return the tables of systems that were trained to the end, one for each data set.

    A published figure is beside ours, then its protocol.
    """
    published, parts = _published(), []
    header = ["system", "honest", "naive", "gap, points", "CPU s", "published", "its protocol"]
    systems = [system for system in read_systems(results) if not system.honest.is_cut]
    for data, (title, protocol) in DATA.items():
        rows = []
        for system in (item for item in systems if item.data == data):
            naive = "" if system.naive is None else str(system.naive)
            figure, theirs = published.get(system.name, ("", ""))
            rows.append(
                [
                    system.cell,
                    f"{system.honest}" + (f"; clips {system.vote}" if system.vote else ""),
                    "cut" if system.naive and system.naive.is_cut else naive,
                    system.gap,
                    _seconds(system.honest.seconds),
                    figure,
                    f"{theirs}; {NOT_COMPARABLE}" if figure and theirs != protocol else theirs,
                ]
            )
        units = {system.unit for system in systems if system.data == data and system.naive}
        unit = f" Scores of {' and '.join(sorted(units))}." if units - {"clips"} else ""
        if rows:
            parts.append(f"**{title}**: {protocol}.{unit}\n\n{_table(header, 'lrrrrll', rows)}")
    return "\n".join(parts) + "\n" + _origin(RECORDS, results)


def cut_table(results: Path = RESULTS) -> str:
    """Return the table of runs that had no time for the stated epochs."""
    rows = [
        [DATA[system.data][0], system.cell, name, str(score), score.epochs]
        for system in read_systems(results)
        for name, score in (("honest", system.honest), ("naive", system.naive))
        if score is not None and score.is_cut
    ]
    header = ["data", "system", "split", "accuracy", "epochs of those stated"]
    return _table(header, "lllrr", rows) + _origin(RECORDS, results)


def not_run(results: Path = RESULTS) -> str:
    """Return which reference systems have no result on any data set."""
    known = {system.name for system in read_systems(results)}
    missing = [name for name in _published() if name not in known]
    if not missing:
        return "Every reference system has a result.\n"
    return "Not run: " + ", ".join(f"`{name}`" for name in missing) + ".\n"


def held_out_table(results: Path = RESULTS) -> str:
    """Return the table of held-out clips, or nothing where none were scored."""
    report = read_held_out(results)
    if report is None:
        return ""
    rows = [
        [
            f"`{row['model']}`",
            share(row["accuracy"]),
            f"{share(row['low'])} to {share(row['high'])}",
            f"{row['clips']}",
        ]
        for row in report["rows"]
    ]
    table = _table(["model", "accuracy", "95 % interval", "clips"], "lrrr", rows)
    return (
        f"**Held-out clips**: {report['protocol']}.\n\n{table}\nMeasured on {report['date']}, "
        f"commit {report['commit']}: {report['machine']} (`benchmarks/results/{HELD_OUT}`).\n"
    )


def recorded_table(file: str, results: Path = RESULTS) -> str:
    """Return a table that a benchmark wrote, with where it is from.

    Raises
    ------
    NoSource
        When it is missing, or changed after its date was recorded.
    """
    try:
        text = (results / file).read_text(encoding="utf-8")
    except OSError as error:
        raise NoSource(f"{file}, of the results page, can't be read: {error}.") from error
    return f"{text.rstrip()}\n{_origin(file, results)}"


def inline_figure(path: str, results: Path = RESULTS) -> tuple[str, str]:
    """Return a figure in a sentence, and its title: protocol, date, commit and machine.

    Parameters
    ----------
    path : str
        ``TABLE/ROW`` or ``TABLE/ROW/COLUMN``. ``named/svm`` is the row ``svm`` of
        ``choices/gtzan_logmel_dev_named.md``.
    results : Path
        The folder of results.

    Raises
    ------
    NoSource
        When there is no such table, row or column, or the file changed after it was recorded.
    """
    table, _, rest = path.partition("/")
    row_name, _, column = rest.partition("/")
    files = [f"{prefix}{table}.md" for prefix in PREFIXES]
    file = next((file for file in files if (results / file).is_file()), None)
    if file is None:
        raise NoSource(f"The figure {path!r} has no source: none of {', '.join(files)} exists.")
    lines = (results / file).read_text(encoding="utf-8").splitlines()
    rows = [_cells(line) for line in lines if line.startswith("|")]
    found = next((cells for cells in rows[2:] if cells[0] == row_name), None)
    if found is None:
        raise NoSource(f"The figure {path!r} has no source: {file} has no row {row_name!r}.")
    row = dict(zip(rows[0], found, strict=True))
    if column and column not in row:
        raise NoSource(f"The figure {path!r} has no source: {file} has no column {column!r}.")
    notes = [line.rstrip(".") for line in lines if line and not line.startswith("|")]
    text = row[column] if column else f"{row['accuracy']} {row['95 %']}"
    if found := re.fullmatch(r"(\d\.\d{3}) ±(\d\.\d{3})", text):
        text = f"{share(float(found[1]))} ± {share(float(found[2]))}"
    return text, "; ".join([*notes[:1], origin_of(file, results)])


def share(value: float) -> str:
    """Write a share as the guide does: .777."""
    return f"{value:.3f}".removeprefix("0")


def _score(runs: Sequence[dict[str, Any]], kind: str) -> Score:
    accuracy = _mean(run[f"{kind}accuracy"] for run in runs)
    margin = _Z * math.sqrt(_mean(run[f"{kind}variance"] for run in runs))
    epochs = ""
    if all(run["epochs_run"] is not None for run in runs):
        ran = sorted({run["epochs_run"] for run in runs})
        span = f"{ran[0]:g}" if len(ran) == 1 else f"{ran[0]:g} to {ran[-1]:g}"
        epochs = f"{span} of {runs[0]['epochs_stated']:g}"
    is_cut = any(run["is_cut"] for run in runs)
    return Score(accuracy, margin, is_cut, epochs, _mean(run["seconds"] for run in runs))


def _mean(values: Iterable[float]) -> float:
    every = list(values)
    return sum(every) / len(every)


@functools.cache
def _published() -> dict[str, tuple[str, str]]:
    """Return the published figure of each reference system, and its protocol."""
    from skgenre.systems import list_systems

    cards = list_systems().set_index("name")[["stated_score", "protocol"]]
    return {name: (row.stated_score, row.protocol) for name, row in cards.iterrows()}


def _origin(file: str, results: Path) -> str:
    return f"\nMeasured on {origin_of(file, results)} (`benchmarks/results/{file}`).\n"


def _signed(points: float) -> str:
    return f"{round(points):+d}".replace("-", "\N{MINUS SIGN}").replace("+0", "0")


def _seconds(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _table(header: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if side == "r" else "---" for side in align]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (header, rule, *rows))


TABLES = {
    "trained": trained_tables,
    "cut": cut_table,
    "not-run": not_run,
    "held-out": held_out_table,
}


def setup(app: Any) -> dict[str, Any]:
    """Add the directives and the role."""
    from docutils import nodes
    from sphinx.errors import ExtensionError
    from sphinx.util.docutils import SphinxDirective, SphinxRole

    class Results(SphinxDirective):
        required_arguments = 1
        final_argument_whitespace = True

        def make(self, argument: str) -> str:
            if argument not in TABLES:
                raise NoSource(f"There are no results {argument!r}, but {', '.join(TABLES)}.")
            return TABLES[argument]()

        def run(self) -> list[Any]:
            for path in RESULTS.rglob("*"):
                self.env.note_dependency(str(path))
            try:
                text = self.make(self.arguments[0])
            except NoSource as error:
                raise ExtensionError(f"{self.env.docname}: {error}") from error
            return self.parse_text_to_nodes(text) if text else []

    class Recorded(Results):
        def make(self, argument: str) -> str:
            return recorded_table(argument)

    class Figure(SphinxRole):
        def run(self) -> tuple[list[Any], list[Any]]:
            try:
                text, title = inline_figure(self.text)
            except NoSource as error:
                raise ExtensionError(f"{self.env.docname}: {error}") from error
            made = f'<span class="figure" title="{html.escape(title)}">{html.escape(text)}</span>'
            return [nodes.raw("", made, format="html")], []

    app.add_directive("results", Results)
    app.add_directive("recorded", Recorded)
    app.add_role("figure", Figure())
    return {"parallel_read_safe": True}
