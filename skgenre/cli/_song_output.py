"""Output of song predictions."""

import csv
import enum
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from .._genre_columns import TIMELINE_COLUMNS, name_columns
from .._shown_text import show, to_unicode
from ._console import has_viewer, in_utf8, print_line, print_table

if TYPE_CHECKING:
    from ..songs._timeline import Timeline


class Format(enum.StrEnum):
    """Output format of predictions."""

    table = "table"
    csv = "csv"
    json = "json"


class Song(NamedTuple):
    """Predictions for a file.

    Parameters
    ----------
    file : str
        Its name.
    timeline : Timeline
        Probabilities of its clips.
    genres : list of (genre, score)
        The genres of the whole song, the most probable first.
    """

    file: str
    timeline: "Timeline"
    genres: list[tuple[Any, float]]

    def iterate_clips(self) -> Iterator[tuple[float, float, list[float]]]:
        """Yield start and end of each clip in seconds, and the probabilities of its genres."""
        times, probabilities = self.timeline.times, self.timeline.probabilities
        for (start, end), row in zip(times.tolist(), probabilities.tolist(), strict=True):
            yield start, end, row


class Layout(NamedTuple):
    """Settings of the output.

    Parameters
    ----------
    has_timeline : bool
        Whether to print the clips.
    top : int
        Number of genres to print per song or clip.
    combine : str
        Aggregation of a song's clips.
    genres : list of str
        The genres of the model.
    """

    has_timeline: bool
    top: int
    combine: str
    genres: list[str]

    @property
    def value(self) -> str:
        """Name of the score of a song's genre."""
        return "probability" if self.combine == "mean" else "share"


def print_songs(songs: Iterable[Song], format: Format, layout: Layout) -> None:  # noqa: A002
    """Print songs on standard output."""
    if format is Format.csv:
        make_rows = _timeline_rows if layout.has_timeline else _ranking_rows
        with in_utf8():
            _write_csv(make_rows(songs, layout))
    elif format is Format.json:
        entries = [_to_entry(song, layout) for song in songs]
        with in_utf8():
            typer.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    elif done := list(songs):
        print_all = _print_timelines if layout.has_timeline else _print_ranking
        print_all(done, layout)


def _write_csv(rows: Iterator[tuple]) -> None:
    # Row by row, so that an interrupted long run leaves its results; but a progress bar on the same
    # screen would be broken by them.
    is_on_screen = sys.stdout.isatty() and has_viewer()
    output = sys.stdout
    writer = csv.writer(output, lineterminator="\n")
    for row in list(rows) if is_on_screen else rows:
        writer.writerow([to_unicode(cell) for cell in row])
        output.flush()


def _ranking_rows(songs: Iterable[Song], layout: Layout) -> Iterator[tuple]:
    yield "file", "rank", "genre", layout.value
    for song in songs:
        for rank, (genre, value) in enumerate(song.genres[: layout.top], start=1):
            yield song.file, rank, genre, f"{value:.4f}"


def _timeline_rows(songs: Iterable[Song], layout: Layout) -> Iterator[tuple]:
    yield *TIMELINE_COLUMNS, *name_columns(layout.genres, TIMELINE_COLUMNS)
    for song in songs:
        for start, end, probabilities in song.iterate_clips():
            yield song.file, f"{start:.3f}", f"{end:.3f}", *(f"{p:.4f}" for p in probabilities)


def _to_entry(song: Song, layout: Layout) -> dict[str, Any]:
    entry: dict[str, Any] = {
        **_name_file(song.file),
        "genres": [
            {"genre": to_unicode(genre), layout.value: value}
            for genre, value in song.genres[: layout.top]
        ],
    }
    if layout.has_timeline:
        entry["timeline"] = [
            {"start": start, "end": end, "probabilities": _name_all(layout.genres, probabilities)}
            for start, end, probabilities in song.iterate_clips()
        ]
    return entry


def _name_file(file: str) -> dict[str, str]:
    """Return a file's name, and its URL if the name is not UTF-8 and so can't be opened."""
    name = to_unicode(file)
    if name == file:
        return {"file": name}
    return {"file": name, "uri": Path(file).absolute().as_uri()}


def _name_all(genres: list[str], probabilities: list[float]) -> dict[str, float]:
    return dict(zip(map(to_unicode, genres), probabilities, strict=True))


def _print_ranking(songs: list[Song], layout: Layout) -> None:
    """Print one row per song, its genres from left to right."""
    ranks = _ranks(layout)
    rows = [(song.file, *_ranked(song.genres, layout.top)) for song in songs]
    print_table(("file", *ranks), rows, n_left=len(ranks) + 1)


def _print_timelines(songs: list[Song], layout: Layout) -> None:
    """Print one row per clip, below the name and the genres of the whole song."""
    ranks = _ranks(layout)
    for song in songs:
        genre, value = song.genres[0]
        summary = f"{show(genre)} ({layout.combine}: {layout.value} {value:.2f})"
        print_line(f"{show(song.file)}: {summary}")
        rows = []
        for start, end, probabilities in song.iterate_clips():
            order = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)
            ranked = [f"{layout.genres[n]} {probabilities[n]:.2f}" for n in order[: layout.top]]
            rows.append((_format_time(start), _format_time(end), *ranked))
        print_table(("start", "end", *ranks), rows, n_left=len(ranks) + 2)


def _ranks(layout: Layout) -> list[str]:
    return [f"{rank}." for rank in range(1, min(layout.top, len(layout.genres)) + 1)]


def _ranked(genres: list[tuple[Any, float]], top: int) -> list[str]:
    return [f"{genre} {value:.2f}" for genre, value in genres[:top]]


def _format_time(seconds: float) -> str:
    """Format as minutes and seconds, with hours if there are any."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    clock = f"{minutes:02d}:{rest:04.1f}"
    return f"{hours}:{clock}" if hours else clock
