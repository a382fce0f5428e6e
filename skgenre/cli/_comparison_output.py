"""Output of ``skgenre compare``: on standard output, and in files."""

import enum
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .._shown_text import show, to_unicode
from .._urls import Url
from ._console import in_utf8, print_line, print_table, say
from ._output import check_table_name, prepare_output, writable_text, write_csv, write_table


class ComparisonFormat(enum.StrEnum):
    """Format of a comparison on standard output."""

    table = "table"
    markdown = "markdown"
    json = "json"
    csv = "csv"


FormatOption = Annotated[
    ComparisonFormat,
    typer.Option(
        "--format",
        help="Standard output: table, markdown, json (all results and the protocol), or csv (one "
        "row per model). Messages are on standard error.",
        case_sensitive=False,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Print the result only: no messages, no progress. Warnings stay."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(help="Write the scores of every fold to this CSV file.", show_default=False),
]
Html = Annotated[
    Path | None,
    typer.Option(
        help="Write a report to this HTML file: result, genres, confusions, misclassified clips, "
        "tests, protocol.",
        show_default=False,
    ),
]
Predictions = Annotated[
    Path | None,
    typer.Option(
        help="Write every prediction to this .csv or .parquet file: model, repeat, fold, clip, "
        "file, group, genre, predicted genre, probabilities.",
        show_default=False,
    ),
]
Result = Annotated[
    Path | None,
    typer.Option(
        help="Write the whole result to this file, for Comparison.load in Python.",
        show_default=False,
    ),
]
Confusion = Annotated[
    Path | None,
    typer.Option(
        help="Plot the best model's confusion matrix, over all held-out clips, to this PNG file.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class ComparisonOutput:
    """Outputs that were asked for.

    Parameters
    ----------
    format : ComparisonFormat
        What standard output shows.
    out, html, predictions, result, confusion : Path or None
        Files to write.
    """

    format: ComparisonFormat
    out: Path | None
    html: Path | None
    predictions: Path | None
    result: Path | None
    confusion: Path | None

    def check(self, *others: Path | None, source: Path | Url | None = None) -> None:
        """Refuse, before any work, files that can't be written; `others` are more of them.

        No file may be named twice, or be the table `source`.
        """
        if self.predictions is not None:
            check_table_name(self.predictions, "--predictions")
        if self.confusion is not None:
            _import_figure()
        paths = (self.out, self.html, self.predictions, self.result, self.confusion, *others)
        named: set[Path] = set()
        for path in paths:
            if path is None:
                continue
            prepare_output(path, source)
            target = path.resolve()
            if target in named and (target.is_file() or not target.exists()):
                raise ValueError(
                    f"{show(path)}: two options name this file, and one result would replace the "
                    f"other. Name another."
                )
            named.add(target)

    def refuse_confusion(self) -> None:
        """Refuse a confusion matrix of clips that may have several genres."""
        if self.confusion is not None:
            raise typer.BadParameter(
                "a confusion matrix is of one genre per clip, and these clips may have several: "
                "leave it out; --html has the scores of each genre.",
                param_hint="--confusion",
            )

    def begin(self, comparison: Any) -> None:
        """Print what does not depend on leakage gaps, which may take long to measure."""
        if self.format is ComparisonFormat.table:
            _print_tables(comparison)
        elif self.format is ComparisonFormat.csv:
            _print_csv(comparison)

    def end(self, comparison: Any, gaps: Mapping[str, Any]) -> None:
        """Print the rest, with the leakage gaps of pipelines."""
        if self.format is ComparisonFormat.json:
            _print_json(comparison, gaps)
        elif self.format is ComparisonFormat.markdown:
            _print_markdown(comparison, gaps)
        elif self.format is ComparisonFormat.table:
            for name, gap in gaps.items():
                _print_gap(name, gap)

    def write(self, comparison: Any, title: str, gaps: Mapping[str, Any]) -> None:
        """Write the files."""
        if self.out is not None:
            write_csv(comparison.frame, self.out)
            say(f"Wrote the scores of every fold to {show(self.out)}")
        if self.predictions is not None:
            write_table(comparison.predictions, self.predictions)
            say(f"Wrote {len(comparison.predictions):,} predictions to {show(self.predictions)}")
        if self.result is not None:
            comparison.save(self.result)
            say(f"Wrote the result to {show(self.result)}")
        if self.html is not None:
            comparison.to_html(self.html, title=title, leakage_gaps=gaps)
            say(f"Wrote the report to {show(self.html)}")
        if self.confusion is not None:
            best = comparison.summary.index[0]
            _draw_confusion(comparison, best, self.confusion)
            say(f"Drew the confusion matrix of {best} to {show(self.confusion)}")


def _print_json(comparison: Any, gaps: Mapping[str, Any]) -> None:
    result = comparison.to_dict()
    result["leakage_gaps"] = {name: gap.conclusion() for name, gap in gaps.items()}
    with in_utf8():
        # NaN is no JSON: a program would refuse it.
        text = json.dumps(_writable(result), indent=2, ensure_ascii=False, allow_nan=False)
        typer.echo(text)


def _writable(value: Any) -> Any:
    """Return a value whose text can be written as UTF-8."""
    if isinstance(value, dict):
        return {to_unicode(key): _writable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_writable(entry) for entry in value]
    return to_unicode(value) if isinstance(value, str) else value


def _print_csv(comparison: Any) -> None:
    table = comparison.summary
    ranks = comparison.ranking()["rank"]
    table.insert(0, "rank", [ranks.get(name) for name in table.index])
    table["rank"] = table["rank"].astype("Int64")
    with in_utf8():
        writable_text(table.reset_index()).to_csv(sys.stdout, index=False, lineterminator="\n")


def _print_markdown(comparison: Any, gaps: Mapping[str, Any]) -> None:
    texts = [comparison.to_markdown()]
    for name, gap in gaps.items():
        texts.append(f"{show(name)}: {gap.conclusion()}\n\n{gap.to_markdown()}")
    with in_utf8():
        typer.echo(to_unicode("\n\n".join(texts)))


def _print_tables(comparison: Any) -> None:
    from ..model_selection._compare.costs import describe_costs

    table = comparison.table().rename(columns={"pipeline": "model"})
    costs = ["fit (s)", "predict (ms/clip)", "size (kB)"]
    for part in (table.drop(columns=costs), table[["model", *costs]]):
        print_table(list(part.columns), part.to_numpy().tolist())
    verdict, *pairs = comparison.conclusions()
    cheapest = describe_costs(comparison)
    for sentence in [verdict, *([cheapest] if cheapest else []), *pairs]:
        print_line(_in_options(sentence))
    for sentence in [*comparison.failures(), *comparison.protocol.get("confounds", [])]:
        print_line(sentence)
    print_line(_in_options(_describe_protocol(comparison)))


def _describe_protocol(comparison: Any) -> str:
    facts = comparison.protocol
    each = f"chance {1 / facts['genres']:.2f}"
    if comparison.is_multilabel:
        each = f"{facts['genres_per_clip']:.2g} per clip"
    words = [
        f"{facts['clips']} clips, {facts['genres']} genres ({each})",
        *([f"{facts['groups']} groups"] if facts["groups"] is not None else []),
        facts["split"],
        f"random_state={facts['random_state']}",
        *(["scores are means ± standard deviation over folds"] if facts["folds"] > 1 else []),
    ]
    text = f"{'; '.join(words)}."
    if len(comparison.summary) < 2:
        return text
    return f"{text} Tests: {facts['tests']}; intervals and p-values hold for all pairs at once."


def _in_options(text: str) -> str:
    """Name the command's option where a text names a parameter of `compare`."""
    return text.replace("`repeats=`", "--repeats")


def _print_gap(name: str, gap: Any) -> None:
    scores, gaps = gap.tables()
    for table in (scores, gaps):
        print_table(list(table.columns), table.to_numpy().tolist(), n_left=2)
    print_line(f"{name}: {gap.conclusion()}")


def _import_figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "--confusion needs matplotlib: pip install 'skgenre[plot]', or leave it out."
        ) from error
    return Figure


def _draw_confusion(comparison: Any, name: str, path: Path) -> None:
    from ..inspection import GenreConfusionMatrixDisplay
    from ..inspection._axes import label_of

    n_genres = len(comparison.confusion_matrix(name))
    side = max(4.0, 1.5 + 0.55 * n_genres)
    axes = _import_figure()(figsize=(side + 1.0, side), layout="constrained").subplots()
    GenreConfusionMatrixDisplay.from_comparison(comparison, name, normalize="true", ax=axes)
    axes.set_title(f"{label_of(name)}: share of each genre's held-out clips")
    axes.figure.savefig(path, dpi=120)
