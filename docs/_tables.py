"""Tables of measurements on the guide's pages, read from ``benchmarks/results``.

A Sphinx extension with the directive ``measured``: ``{measured} NAME`` shows the table of a name
in ``TABLES``. A table whose results are missing fails the build.
"""

import inspect
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
EMBEDDING_SPEED = "embeddings-cuda.json"
LOGARITHMS = "matrix_log-cuda.json"
EMBEDDINGS = "embedding_accuracy.json"
COST, GPU, TESTS = "cost.json", "training-cuda.json", "significance.json"
PRECISION = "precision.json"
JOBS, SCALE = "jobs.json", "scale.json"
CHOICES = "choices/gtzan_logmel_dev_{}.md"
TIMES = "\u00a0\u00d7\u00a0"
# Rows of two questions, as the page on features names them.
TABLE_ROWS = {
    "mfcc": {
        "mfcc-mean-std": "`MFCCStatistics`, means and deviations alone",
        "mfcc-mean-std-deltas3": "… with slopes",
        "mfcc-uncompressed": "… with percentiles and covariances, too",
        "mfcc": "… compressed: `MFCCStatistics()`",
        "mfcc-26": "`MFCCStatistics(n_mfcc=26)`",
    },
    "covariance": {
        "lags=(0,)": "`BandCovariance(lags=(0,))`",
        "default": "`BandCovariance()`",
        "default, then StandardScaler": "`BandCovariance()`, standardized",
        "mean=True": "`BandCovariance(mean=True)`",
        "n_bands=32, mean=True": "`BandCovariance(n_bands=32, mean=True)`",
    },
}


class NoTable(Exception):
    """The results of a table are missing."""


def make_table(name: str, results: Path = RESULTS) -> str:
    """Return a table as Markdown.

    Parameters
    ----------
    name : str
        Its name in ``TABLES``.
    results : Path
        The folder of results.

    Raises
    ------
    NoTable
        When the name is unknown, or results are missing.
    """
    if name not in TABLES:
        raise NoTable(f"There is no table {name!r}; there are {', '.join(sorted(TABLES))}.")
    file, make = TABLES[name]
    try:
        text = (results / file).read_text(encoding="utf-8")
        return make(json.loads(text) if file.endswith(".json") else text)
    except (OSError, ValueError, KeyError) as error:
        raise NoTable(f"{file}, of the table {name}, can't be read: {error!r}.") from error


def _costs_of_clips(report: dict[str, Any]) -> str:
    header = ["transformer", "a clip becomes", "ms", "librosa, ms", "what it is"]
    rows = (
        [
            _link(row["transformer"]),
            _shape(row["clip"]),
            _milliseconds(row["ms"]),
            _milliseconds(row["librosa_ms"]) if "librosa_ms" in row else "",
            _summarize(row["transformer"]),
        ]
        for row in report["clips"]
    )
    return _table(header, "llrrl", rows) + _origin(report, COST)


def _costs_of_maps(report: dict[str, Any]) -> str:
    rows = (
        [
            _link(row["transformer"]),
            _shape(row["clip"]),
            _milliseconds(row["ms"]),
            _summarize(row["transformer"]),
        ]
        for row in report["maps"]
    )
    return _table(["transformer", "a clip becomes", "ms", "what it is"], "llrl", rows)


def _costs_of_decoding(report: dict[str, Any]) -> str:
    rows = ([row["file"], *_compared(row)] for row in report["decoding"])
    return _table(["file", "ms", "librosa, ms", "ratio"], "lrrr", rows)


def _first_calls(report: dict[str, Any]) -> str:
    rows = (
        [f"`{row['transformer']}`", f"{row['new_s']:.1f}", f"{row['later_s']:.1f}"]
        for row in report["first_call"]
    )
    header = ["first call, seconds", "nothing compiled yet", "a later process"]
    return _table(header, "lrr", rows)


def _training_on_a_gpu(report: dict[str, Any]) -> str:
    ways: dict[tuple[str, str], dict[str, Any]] = {}
    for row in report["rows"]:
        ways.setdefault((row["network"], row["X"]), {})[row["way"]] = row
    rows = []
    for (network, shape), way in ways.items():
        bare = way["bare loop"]
        rows.append(
            [
                network,
                shape.replace(" x ", TIMES),
                f"{way['ours']['clips_per_s']:,.0f}",
                f"{bare['clips_per_s']:,.0f}",
                f"{bare['ours_over_this']:.2f} ({bare['lowest']:.2f} to {bare['highest']:.2f})",
                f"{way['skorch as it comes']['ours_over_this']:.2f}",
            ]
        )
    header = [
        "network",
        "data",
        "ours, clips per s",
        "bare loop, clips per s",
        "against the bare loop",
        "against plain skorch",
    ]
    return _table(header, "llrrrr", rows) + _origin(report, GPU)


def _embeddings(report: dict[str, Any]) -> str:
    rows = (
        [
            row["features"],
            row["classifier"],
            _share(row["accuracy"]),
            f"{row['difference']:+.3f} ± {_share(row['margin'])}" if "margin" in row else "",
        ]
        for row in report["features"]
    )
    header = ["features, standardized", "classifier", "accuracy", "difference from the first"]
    return _table(header, "llrl", rows) + _origin(report, EMBEDDINGS)


def _models_with_weights(report: dict[str, Any]) -> str:
    rows = (
        [
            f"`{row['model']}`",
            _share(row["accuracy"]),
            f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
            if "low" in row
            else "",
        ]
        for row in report["models"]
    )
    origin = _origin({**report, "commit": report["models_commit"]}, EMBEDDINGS)
    return _table(["model", "accuracy", "difference from `svm`"], "lrl", rows) + origin


def _speed_of_embeddings(report: dict[str, Any]) -> str:
    rows = ([row["device"], f"{row['clips_per_s']:,.0f}"] for row in report["rows"])
    return _table(["device", "clips of 30 s per s"], "lr", rows) + _origin(report, EMBEDDING_SPEED)


def _speed_of_logarithms(report: dict[str, Any]) -> str:
    header = ["channels", "by eigenvalues, ms", "by products, ms"]
    rows = (
        [str(row["size"]), f"{row['eigh_ms']:.1f}", f"{row['products_ms']:.1f}"]
        for row in report["rows"]
    )
    return _table(header, "rrr", rows) + _origin(report, LOGARITHMS)


def _mel_to_cnn(report: dict[str, Any]) -> str:
    found = report["mel_to_cnn"]
    rows = [
        ["mel spectrograms", f"{found['mel_s']:.1f}"],
        [f"a fit of {found['epochs']} epochs", f"{found['fit_s']:.1f}"],
        ["both", f"{found['both_s']:.1f}"],
    ]
    return _table(["step", "seconds"], "lr", rows) + _origin(report, GPU)


def _significance(report: dict[str, Any]) -> str:
    """Return the error rates and the power of the tests of a comparison."""
    import pandas as pd

    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from benchmarks.study.significance import summarize

    return (
        f"{summarize(pd.DataFrame(report['rows']))}\n\n{report['runs']:,} draws per case, "
        f"{report['cpu_seconds']} s of CPU time in all (`benchmarks/results/{TESTS}`).\n"
    )


def _precision(report: dict[str, Any]) -> str:
    """Return the largest differences from librosa in both precisions."""
    rows = [
        [row["feature"] + (f", {row['unit']}" if row["unit"] else "")]
        + [f"{row[name]:.1g}" for name in ("double_largest", "single_largest", "single_p99.9")]
        for row in report["rows"]
    ]
    header = ["feature", "double, largest", "single, largest", "single, 99.9 % below"]
    return _table(header, "lrrr", rows) + _origin(report, PRECISION)


def _jobs(report: dict[str, Any]) -> str:
    rows = (
        [
            row["job"],
            row["measure"],
            *(_two_digits(row[name]) for name in ("before", "ratio")),
            _target(row),
            _two_medians(row),
        ]
        for row in report["rows"]
    )
    header = ["job", "measure", "before", "now", "target", "skgenre and the other"]
    return _table(header, "llrrrl", rows) + _origin(report, JOBS)


def _scale(report: dict[str, Any]) -> str:
    rows = (
        [row["job"], row["measure"], _two_digits(row["ratio"]), _target(row), _two_medians(row)]
        for row in report["rows"]
    )
    header = ["work", "measure", "value", "target", "skgenre and the other"]
    return _table(header, "llrrl", rows) + _origin(report, SCALE)


def _catalogues(report: dict[str, Any]) -> str:
    """Return the time of cores and the size of stores for catalogues of clips of 30 s."""
    [decoding] = [row["ms"] for row in report["decoding"] if row["file"].startswith("MP3")]
    clips = {row["transformer"]: row for row in report["clips"]}
    names = ("MelSpectrogram()", "MFCC()", "GTZANFeatures()")
    n_values = [math.prod(clips[name]["clip"]) for name in names]
    rows = []
    for power in range(3, 9):
        n_clips = 10**power
        hours = [n_clips * (decoding + clips[name]["ms"]) / 3.6e6 for name in names]
        sizes = [n_clips * 2 * n_values[0], n_clips * 2 * n_values[1], n_clips * 4 * n_values[2]]
        cells = [f"{_hours(time)}, {_size(size)}" for time, size in zip(hours, sizes, strict=True)]
        rows.append([f"{n_clips:,}", *cells])
    header = ["clips", "mel spectrograms", "MFCCs", "`GTZANFeatures`"]
    return _table(header, "rrrr", rows) + _origin(report, COST)


def _hours(hours: float) -> str:
    units = {"days": 24.0, "h": 1.0, "min": 1 / 60, "s": 1 / 3600}
    unit = next((unit for unit, length in units.items() if hours >= 2 * length), "s")
    return f"{hours / units[unit]:,.0f} {unit}"


def _size(size: float) -> str:
    units = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3}
    unit = next((unit for unit, length in units.items() if size >= length), "kB")
    return f"{size / units[unit]:,.3g} {unit}"


def _target(row: dict[str, Any]) -> str:
    if row["floor"] is None:
        return ""
    met = "" if row["is_met"] else " (missed)"
    return f"{'at most' if row['is_at_most'] else 'at least'} {row['floor']:g}{met}"


def _two_medians(row: dict[str, Any]) -> str:
    medians = [_two_digits(row[name]) for name in ("ours", "peer") if row[name] is not None]
    return f"{' and '.join(medians)} {row['unit']}" if medians else ""


def _two_digits(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _link(transformer: str) -> str:
    name = transformer.partition("(")[0]
    return f"{{class}}`{transformer} <skgenre.features.{name}>`"


def _summarize(transformer: str) -> str:
    """Return the first line of the docstring."""
    from skgenre import features

    cls = getattr(features, transformer.partition("(")[0])
    first_line = (inspect.getdoc(cls) or "").partition("\n")[0]
    return first_line.rstrip(".").replace("``", "`")


def _compared(row: dict[str, Any]) -> list[str]:
    times = [_milliseconds(row[name]) for name in ("ms", "librosa_ms")]
    return [*times, f"{row['ratio']:.1f}"]


def _shape(shape: Sequence[int]) -> str:
    return TIMES.join(map(str, shape))


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _table(header: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if side == "r" else "---" for side in align]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (header, rule, *rows))


def _share(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _origin(report: dict[str, Any], file: str) -> str:
    return (
        f"\nMeasured on {report['date']}, commit {report['commit']}: {report['machine']} "
        f"(`benchmarks/results/{file}`).\n"
    )


def _accuracies(question: str) -> Callable[[str], str]:
    """Return a maker of the chosen rows of a question."""

    def make(text: str) -> str:
        lines = [line for line in text.splitlines() if line.startswith("|")]
        found = {}
        for line in lines[2:]:
            name, accuracy, margin, _, _, seconds, size = _cells(line)
            found[name] = [f"{accuracy} {margin}", seconds, size]
        chosen = ([title, *found[name]] for name, title in TABLE_ROWS[question].items())
        table = _table(["table", "accuracy", "CPU s", "kB"], "lrrr", chosen)
        return (
            f"{table}\n{text.splitlines()[-1]} (`benchmarks/results/{CHOICES.format(question)}`)\n"
        )

    return make


def _costs_on_fma(text: str) -> str:
    """Return the cost of fits on all clips."""
    rows = []
    for line in text.splitlines()[2:]:
        name, _, rest = line.strip("| ").partition(", all clips |")
        if rest:
            seconds, size = _cells(rest)[4:6]
            rows.append([f"`{name}`", seconds, size])
    return f"{_table(['model', 'CPU s', 'kB'], 'lrr', rows)}\n{text.splitlines()[-1]}\n"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


TABLES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "cost-clips": (COST, _costs_of_clips),
    "cost-maps": (COST, _costs_of_maps),
    "cost-decoding": (COST, _costs_of_decoding),
    "first-call": (COST, _first_calls),
    "accuracy-mfcc": (CHOICES.format("mfcc"), _accuracies("mfcc")),
    "accuracy-covariance": (CHOICES.format("covariance"), _accuracies("covariance")),
    "costs-on-fma": ("choices/fma_small_logmel_dev_sizes.md", _costs_on_fma),
    "embeddings": (EMBEDDINGS, _embeddings),
    "models-with-weights": (EMBEDDINGS, _models_with_weights),
    "embedding-speed": (EMBEDDING_SPEED, _speed_of_embeddings),
    "logarithms-gpu": (LOGARITHMS, _speed_of_logarithms),
    "catalogues": (COST, _catalogues),
    "jobs": (JOBS, _jobs),
    "mel-to-cnn": (GPU, _mel_to_cnn),
    "precision": (PRECISION, _precision),
    "scale": (SCALE, _scale),
    "significance": (TESTS, _significance),
    "training-gpu": (GPU, _training_on_a_gpu),
}


def setup(app: Any) -> dict[str, Any]:
    """Add the directive."""
    from sphinx.errors import ExtensionError
    from sphinx.util.docutils import SphinxDirective

    class Measured(SphinxDirective):
        required_arguments = 1

        def run(self) -> list[Any]:
            name = self.arguments[0]
            try:
                text = make_table(name)
            except NoTable as error:
                raise ExtensionError(str(error)) from error
            self.env.note_dependency(str(RESULTS / TABLES[name][0]))
            return self.parse_text_to_nodes(text)

    app.add_directive("measured", Measured)
    return {"parallel_read_safe": True}
