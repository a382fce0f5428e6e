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
    import numpy as np

    from ..songs._timeline import Timeline


_N_GENRES = 5  # of a song, where clips have one genre
_ABOVE = "above_threshold"


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
    top : int or None
        Number of genres to print per song or clip. None prints five, or those above their
        thresholds.
    combine : str
        Aggregation of a song's clips.
    genres : list of str
        The genres of the model.
    thresholds : ndarray of shape (n_genres,) or None
        Their thresholds, if clips may have several.
    """

    has_timeline: bool
    top: int | None
    combine: str
    genres: list[str]
    thresholds: "np.ndarray | None" = None

    @property
    def value(self) -> str:
        """Name of the score of a song's genre."""
        return "probability" if self.combine == "mean" else "share"

    @property
    def names_several(self) -> bool:
        """Whether all genres above their thresholds are printed."""
        return self.top is None and self.thresholds is not None

    @property
    def n_shown(self) -> int:
        """Number of genres to print per song or clip."""
        if self.top is None:
            return _N_GENRES if self.thresholds is None else len(self.genres)
        return self.top

    @property
    def song_thresholds(self) -> dict[str, float]:
        """Score above which a song has a genre; empty where clips have one genre."""
        from ..songs._combine import song_thresholds

        if self.thresholds is None:
            return {}
        values = song_thresholds(self.thresholds, self.combine).tolist()
        return dict(zip(self.genres, values, strict=True))

    def name_clip(self, probabilities: list[float]) -> list[str]:
        """Return the genres of a clip that are above their thresholds, the most probable first."""
        assert self.thresholds is not None
        cuts = self.thresholds.tolist()
        found = zip(self.genres, probabilities, cuts, strict=True)
        above = [(p, genre) for genre, p, cut in found if p > cut]
        return [genre for _, genre in sorted(above, key=lambda pair: -pair[0])]

    def name_song(self, song: Song) -> list[str]:
        """Return the genres of a song that are above their thresholds, the most probable first."""
        cuts = self.song_thresholds
        return [str(genre) for genre, value in song.genres if value > cuts[str(genre)]]


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
    cuts = layout.song_thresholds
    yield "file", "rank", "genre", layout.value, *(("threshold", _ABOVE) if cuts else ())
    for song in songs:
        for rank, (genre, value) in enumerate(song.genres[: layout.n_shown], start=1):
            row = song.file, rank, genre, f"{value:.4f}"
            cut = cuts.get(str(genre))
            yield row if cut is None else (*row, f"{cut:.4f}", int(value > cut))


def _timeline_rows(songs: Iterable[Song], layout: Layout) -> Iterator[tuple]:
    is_several = layout.thresholds is not None
    fixed = (*TIMELINE_COLUMNS, *((_ABOVE,) if is_several else ()))
    yield *TIMELINE_COLUMNS, *name_columns(layout.genres, fixed), *fixed[len(TIMELINE_COLUMNS) :]
    for song in songs:
        for start, end, probabilities in song.iterate_clips():
            row = song.file, f"{start:.3f}", f"{end:.3f}", *(f"{p:.4f}" for p in probabilities)
            yield (*row, ";".join(layout.name_clip(probabilities))) if is_several else row


def _to_entry(song: Song, layout: Layout) -> dict[str, Any]:
    entry: dict[str, Any] = {
        **_name_file(song.file),
        "genres": [
            {"genre": to_unicode(genre), layout.value: value}
            for genre, value in song.genres[: layout.n_shown]
        ],
    }
    is_several = layout.thresholds is not None
    if is_several:
        cuts = layout.song_thresholds
        for part, (genre, value) in zip(entry["genres"], song.genres, strict=False):
            part.update(threshold=cuts[str(genre)], above_threshold=value > cuts[str(genre)])
        entry[_ABOVE] = [to_unicode(genre) for genre in layout.name_song(song)]
    if layout.has_timeline:
        entry["timeline"] = [
            {"start": start, "end": end, "probabilities": _name_all(layout.genres, probabilities)}
            for start, end, probabilities in song.iterate_clips()
        ]
        for part in entry["timeline"] if is_several else ():
            named = layout.name_clip(list(part["probabilities"].values()))
            part[_ABOVE] = [to_unicode(genre) for genre in named]
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
    if layout.names_several:
        rows = [(song.file, _join_song(song, layout)) for song in songs]
        print_table(("file", "genres"), rows, n_left=2)
        return
    ranks = _ranks(layout)
    ranked = [(song.file, *_ranked(song.genres, layout.n_shown)) for song in songs]
    print_table(("file", *ranks), ranked, n_left=len(ranks) + 1)


def _print_timelines(songs: list[Song], layout: Layout) -> None:
    """Print one row per clip, below the name and the genres of the whole song."""
    ranks = ["genres"] if layout.names_several else _ranks(layout)
    for song in songs:
        if layout.thresholds is None:
            genre, value = song.genres[0]
            summary = f"{show(genre)} ({layout.combine}: {layout.value} {value:.2f})"
        else:
            named = ", ".join(_ranked(song.genres, layout.n_shown))
            if layout.names_several:
                named = _join_song(song, layout)
            summary = f"{named} ({layout.combine} {layout.value})"
        print_line(f"{show(song.file)}: {summary}")
        rows = []
        for start, end, probabilities in song.iterate_clips():
            order = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)
            pairs = [(layout.genres[n], probabilities[n]) for n in order]
            if layout.names_several:
                ranked = [_join(pairs, layout.name_clip(probabilities))]
            else:
                ranked = _ranked(pairs, layout.n_shown)
            rows.append((_format_time(start), _format_time(end), *ranked))
        print_table(("start", "end", *ranks), rows, n_left=len(ranks) + 2)


def _ranks(layout: Layout) -> list[str]:
    return [f"{rank}." for rank in range(1, min(layout.n_shown, len(layout.genres)) + 1)]


def _join_song(song: Song, layout: Layout) -> str:
    return _join(song.genres, layout.name_song(song))


def _join(genres: list[tuple[Any, float]], named: list[str]) -> str:
    """Return the named genres in one line, or the most probable one where none is named."""
    if not named:
        return f"none above its threshold; most probable: {_ranked(genres, 1)[0]}"
    return ", ".join(_ranked([pair for pair in genres if str(pair[0]) in named], len(named)))


def _ranked(genres: list[tuple[Any, float]], top: int) -> list[str]:
    return [f"{genre} {value:.2f}" for genre, value in genres[:top]]


def _format_time(seconds: float) -> str:
    """Format as minutes and seconds, with hours if there are any."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    clock = f"{minutes:02d}:{rest:04.1f}"
    return f"{hours}:{clock}" if hours else clock
