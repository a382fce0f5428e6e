"""``skgenre predict``: the likeliest genres of files."""

import csv
import enum
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ._console import one_line, print_table, track
from ._model_file import read_model

EXAMPLES = """Examples:

skgenre predict song.mp3 --model model.skops

skgenre predict *.flac --model model.skops --top 1 --format csv > genres.csv
"""

Prediction = tuple[str, list[tuple[str, float]]]


class Format(enum.StrEnum):
    """How predictions are printed."""

    table = "table"
    csv = "csv"
    json = "json"


def predict(
    files: Annotated[
        list[Path], typer.Argument(help="Sound files.", metavar="FILES", show_default=False)
    ],
    model: Annotated[
        Path,
        typer.Option(
            help="Model that 'skgenre fit' wrote. A pickle runs code that is in it, so load only "
            "a pickle that you trust; other files run none.",
            show_default=False,
        ),
    ],
    top: Annotated[int, typer.Option(min=1, help="How many genres a file.")] = 5,
    format: Annotated[  # noqa: A002
        Format, typer.Option(help="How to print them.", case_sensitive=False)
    ] = Format.table,
) -> None:
    """Predict the genre of sound files: the likeliest ones with their probabilities.

    A file that can't be read is named on standard error; the others are predicted, and the exit
    code is 1.
    """
    fitted = read_model(model)
    results: list[Prediction] = []
    errors: list[str] = []
    for file in track(files, "predicting"):
        try:
            probabilities = fitted.predict_proba([str(file)])[0]
        except (OSError, ValueError) as error:
            # Printed below: under the progress bar it would tear the line.
            errors.append(one_line(error))
            continue
        order = probabilities.argsort()[::-1][:top]
        results.append(
            (str(file), [(str(fitted.classes_[n]), float(probabilities[n])) for n in order])
        )
    _print(results, format)
    for message in errors:
        typer.echo(f"Error: {message}", err=True)
    if errors:
        raise typer.Exit(1)


def _print(results: list[Prediction], format: Format) -> None:  # noqa: A002
    rows = [
        (file, str(rank), genre, f"{probability:.4f}")
        for file, genres in results
        for rank, (genre, probability) in enumerate(genres, start=1)
    ]
    header = ("file", "rank", "genre", "probability")
    if format is Format.json:
        typer.echo(
            json.dumps(
                [
                    {
                        "file": file,
                        "genres": [
                            {"genre": genre, "probability": probability}
                            for genre, probability in genres
                        ],
                    }
                    for file, genres in results
                ],
                indent=2,
                ensure_ascii=False,
            )
        )
    elif format is Format.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([header, *rows])
    elif rows:
        _print_ranking(results)


def _print_ranking(results: list[Prediction]) -> None:
    """Print a row a file, its genres from left to right."""
    n_ranks = max(len(genres) for _, genres in results)
    header = ("file", *(f"{rank}." for rank in range(1, n_ranks + 1)))
    rows = [
        (file, *(f"{genre} {probability:.2f}" for genre, probability in genres))
        for file, genres in results
    ]
    print_table(header, rows, n_left=n_ranks + 1)
