"""Reader of FMA's table of tracks."""

import csv
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "split": ("set", "split"),
    "subset": ("set", "subset"),
    "genre": ("track", "genre_top"),
    "artist": ("artist", "id"),
}
_PUBLISHED = {
    "split": {"training", "validation", "test"},
    "subset": {"small", "medium", "large"},
}


# Read where a track may have several genres; its cells are lists such as "[2, 15]".
_ALL_GENRES = {"genres": ("track", "genres_all")}


def read_tracks(file: Path, *, all_genres: bool = False) -> "pd.DataFrame":
    """Return split, subset, top genre and artist of each track, indexed by its number.

    The table has three header rows, of which the third has only the name of the index, and 52
    columns, of which only these are read, and that of all genres if it is asked for.

    Raises
    ------
    ValueError
        When it is not this table.
    """
    import pandas as pd

    positions = _find_columns(file, _COLUMNS | (_ALL_GENRES if all_genres else {}))
    names = {0: "track_id", **{position: name for name, position in positions.items()}}
    try:
        table = pd.read_csv(file, skiprows=3, header=None, usecols=sorted(names))
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{file}: the table of FMA's tracks is damaged ({error}).") from error
    table = table.rename(columns=names).set_index("track_id")
    if table.index.dtype.kind != "i" or table.index.has_duplicates:
        raise ValueError(
            f"{file}: the first column has to have the number of each track, once. Download the "
            f"table again: fetch_fma_metadata()."
        )
    for name, published in _PUBLISHED.items():
        strange = set(table[name].dropna()) - published
        if strange or table[name].isna().any():
            got = ", ".join(map(repr, sorted(map(str, strange)))) or "empty cells"
            raise ValueError(
                f"{file}: the column {'/'.join(_COLUMNS[name])} has to say "
                f"{', '.join(sorted(published))}, got {got}."
            )
    return table


def _find_columns(file: Path, columns: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Return the positions of the columns by the first two of the three header rows."""
    with file.open(newline="", encoding="utf-8") as stream:
        try:
            first, second, third = islice(csv.reader(stream), 3)
        except (ValueError, UnicodeDecodeError, csv.Error) as error:
            raise ValueError(
                f"{file}: this is not FMA's tracks.csv, which begins with three header rows."
            ) from error
    header = list(zip(first, second, strict=False))
    missing = ["/".join(column) for column in columns.values() if column not in header]
    if missing or not third or third[0] != "track_id":
        what = f"it lacks {', '.join(missing)}" if missing else "its third row has no track_id"
        raise ValueError(
            f"{file}: this is not FMA's tracks.csv as published, with three header rows: {what}. "
            f"It is not raw_tracks.csv; download it with fetch_fma_metadata()."
        )
    return {name: header.index(column) for name, column in columns.items()}
