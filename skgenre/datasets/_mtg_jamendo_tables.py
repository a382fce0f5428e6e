"""Reader of MTG-Jamendo's tables: a row per track, with a cell for each of its tags."""

import math
import re
from pathlib import Path
from typing import NamedTuple

from .._shown_text import show

PARTS = ("train", "validation", "test")
_HEADER = ["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"]
_CATEGORIES = {"genre": "genre", "instrument": "instrument", "moodtheme": "mood/theme"}
# A path from a table is opened: it must stay below the folder.
_PATH = re.compile(r"[0-9]+/[0-9]+\.mp3")
_SHOWN = 100


class Track(NamedTuple):
    """One row of a table."""

    name: str
    artist: str
    album: str
    path: str
    duration: float
    tags: tuple[str, ...]
    part: str


def read_split(folder: Path, stem: str, subset: str) -> list[Track]:
    """Read the three tables of a published split.

    Parameters
    ----------
    folder : Path
        The folder of the split.
    stem : str
        Beginning of the names of the tables.
    subset : str
        The tags. Names of one category lose its prefix.

    Raises
    ------
    FileNotFoundError
        When a table is not there.
    ValueError
        When a table is not as published, or a track or its file is listed twice.
    """
    tracks: list[Track] = []
    places: dict[str, str] = {}
    places_of_files: dict[str, str] = {}
    for part in PARTS:
        file = folder / f"{stem}-{part}.tsv"
        if not file.is_file():
            raise FileNotFoundError(
                f"{show(file)}: this table of MTG-Jamendo is missing. Clone the repository "
                f"MTG/mtg-jamendo-dataset again."
            )
        for track, place in _read(file, part, _CATEGORIES.get(subset)):
            if track.name in places:
                raise ValueError(
                    f"{place}: {show(track.name)} is listed before, in {places[track.name]}. Take "
                    f"one of the rows out."
                )
            if track.path in places_of_files:
                raise ValueError(
                    f"{place}: the file {track.path} is listed before, in "
                    f"{places_of_files[track.path]}. Take one of the rows out."
                )
            places[track.name] = places_of_files[track.path] = place
            tracks.append(track)
    if not tracks:
        raise ValueError(f"{show(folder)}: the tables {stem}-*.tsv have no rows.")
    return tracks


def _read(file: Path, part: str, category: str | None) -> list[tuple[Track, str]]:
    """Return the tracks of a table, each with its place for messages."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{show(file)}: the table is not UTF-8 ({error}).") from error
    lines = text.splitlines()
    if not lines or lines[0].split("\t") != _HEADER:
        raise ValueError(
            f"{show(file)}: the first line of a table of MTG-Jamendo is {' '.join(_HEADER)}, with "
            f"tabs. Got {show(lines[0][:100]) if lines else 'an empty file'!r}."
        )
    tracks = []
    for number, line in enumerate(lines[1:], 2):
        place = f"{show(file)}, line {number}"
        if line:
            tracks.append((_read_row(line.split("\t"), place, part, category), place))
    return tracks


def _read_row(row: list[str], place: str, part: str, category: str | None) -> Track:
    if len(row) < len(_HEADER) or not all(row):
        raise ValueError(
            f"{place}: a row has a track, artist, album, path, duration and one or more tags. Got "
            f"{len(row)} cells, {sum(not cell for cell in row)} of them empty."
        )
    name, artist, album, path, duration, *tags = row
    if not _PATH.fullmatch(path):
        raise ValueError(
            f"{place}: the path of a track has the form 14/214.mp3, got {show(path[:_SHOWN])!r}."
        )
    try:
        seconds = float(duration)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(
            f"{place}: the duration has to be seconds, got {show(duration[:_SHOWN])!r}."
        )
    prefix = "" if category is None else f"{category}---"
    strange = [tag for tag in tags if not tag.startswith(prefix) or not tag.partition("---")[2]]
    if strange:
        wanted = f"{category}---" if category else "category---"
        raise ValueError(
            f"{place}: tags begin with {wanted!r}, then a name. Got {show(strange[0][:_SHOWN])!r}."
        )
    return Track(
        name, artist, album, path, seconds, tuple(tag.removeprefix(prefix) for tag in tags), part
    )
