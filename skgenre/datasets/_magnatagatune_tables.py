"""Reader of MagnaTagATune's tables: the tags and the artist of each clip."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._shown_text import show
from ._left_out import name_first

if TYPE_CHECKING:
    import pandas as pd

# Those of the 188 tags that name a genre.
GENRES = (
    "ambient", "baroque", "blues", "celtic", "classical", "country", "dance", "disco", "electro",
    "electronic", "electronica", "folk", "funk", "hard rock", "heavy metal", "hip hop", "house",
    "industrial", "jazz", "jungle", "medieval", "metal", "new age", "opera", "pop", "punk", "rap",
    "reggae", "rock", "soft rock", "techno", "trance", "tribal", "world",
)  # fmt: skip
_N_TAGS = 50
# A path from a table is opened: it must stay below the folder.
_PATH = re.compile(r"[0-9a-f]/[^/\\\0]+\.mp3")


class Annotations(NamedTuple):
    """The table of tags.

    Parameters
    ----------
    file : Path
        Where it was read from, for messages.
    clip_ids : ndarray of shape (n_clips,)
        Numbers of the clips.
    paths : list of str
        Paths of their files, such as "f/name.mp3".
    matrix : DataFrame of shape (n_clips, n_tags)
        1 where a clip has a tag.
    """

    file: Path
    clip_ids: np.ndarray
    paths: list[str]
    matrix: "pd.DataFrame"

    def list_artists(self, artists: dict[int, str]) -> np.ndarray:
        """Return the artist of each clip.

        Raises
        ------
        ValueError
            When a clip has none.
        """
        missing = [clip for clip in self.clip_ids.tolist() if clip not in artists]
        if missing:
            raise ValueError(
                f"{show(self.file)}: clip_info_final.csv has no artist of {len(missing)} clips, "
                f"among them {name_first(missing)}. The tables must be of one release."
            )
        return np.array([artists[clip] for clip in self.clip_ids.tolist()])


def read_annotations(file: Path) -> Annotations:
    """Read the table of tags: clip_id, a column of 0 and 1 per tag, and mp3_path, with tabs.

    Raises
    ------
    ValueError
        When it is not this table.
    """
    table = _read(file, ["clip_id", "mp3_path"])
    paths = table["mp3_path"].astype(str).tolist()
    strange = [path for path in paths if not _PATH.fullmatch(path)]
    if strange:
        raise ValueError(
            f"{show(file)}: the path of a clip has the form f/name.mp3, got {show(strange[0])!r}."
        )
    matrix = table.drop(columns=["clip_id", "mp3_path"])
    for tag in matrix.columns:
        is_good = matrix[tag].isin([0, 1])
        if not is_good.all():
            row = int(np.flatnonzero(~is_good)[0])
            raise ValueError(
                f"{show(file)}: the tag {show(str(tag))!r} of clip {table['clip_id'].iloc[row]} "
                f"has to be 0 or 1, got {matrix[tag].iloc[row]}."
            )
    return Annotations(file, table["clip_id"].to_numpy(), paths, matrix.astype("int8"))


def read_artists(file: Path) -> dict[int, str]:
    """Read the artist of each clip from clip_info_final.csv; those without one are left out."""
    table = _read(file, ["clip_id", "artist"])
    named = table[table["artist"].notna()]
    return dict(zip(named["clip_id"].tolist(), named["artist"].astype(str), strict=True))


def choose_tags(annotations: Annotations, tags: str) -> "pd.DataFrame":
    """Return the columns of the 50 most frequent tags, or of the genres, sorted by name.

    Raises
    ------
    ValueError
        When the table lacks a genre.
    """
    matrix = annotations.matrix
    if tags == "top50":
        order = np.argsort(-matrix.to_numpy().sum(axis=0, dtype=int), kind="stable")
        return matrix[sorted(matrix.columns[order[:_N_TAGS]])]
    missing = [genre for genre in GENRES if genre not in matrix.columns]
    if missing:
        raise ValueError(
            f"{show(annotations.file)}: this is not MagnaTagATune's table of 188 tags: it lacks "
            f"{name_first(missing)}."
        )
    return matrix[list(GENRES)]


def _read(file: Path, columns: list[str]) -> "pd.DataFrame":
    import pandas as pd

    try:
        table = pd.read_csv(file, sep="\t", encoding="utf-8-sig", index_col=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{show(file)}: the table is damaged ({error}).") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(
            f"{show(file)}: this is not MagnaTagATune's table, whose columns are separated by "
            f"tabs: it lacks {', '.join(missing)}."
        )
    is_whole = table["clip_id"].dtype.kind == "i" and len(table) > 0
    if not is_whole or table["clip_id"].duplicated().any():
        twice = table["clip_id"][table["clip_id"].duplicated()].tolist()
        got = f"{twice[0]} twice" if twice else "others"
        raise ValueError(f"{show(file)}: clip_id has to be a number, once each; got {got}.")
    return table
