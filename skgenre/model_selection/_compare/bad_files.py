"""Look at all sound files before the first fold, and name or leave out the bad ones."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import PredefinedSplit
from sklearn.utils import _safe_indexing

from ..._secrets import hide_secrets
from ..._shown_text import show, to_unicode
from ...datasets._folder_files import is_sound
from ...datasets._unreadable import describe_unreadable, find_unreadable
from .parts import is_array_of_parts
from .predictions import list_files

_ON_BAD_FILES = ("raise", "drop")


class Kept(NamedTuple):
    """The clips that are left, and what belongs to them.

    Parameters
    ----------
    X, y, groups : array-like
        The clips, their genres, and their groups or None.
    cv : object
        The folds, of the clips that are left if `cv` names single clips.
    rows : ndarray of shape (n_kept,) or None
        Positions of the clips among those that were given; None if all are left.
    left_out : dict of str to str
        Reasons by the files that were left out, whose names can be written as UTF-8.
    """

    X: Any
    y: np.ndarray
    groups: np.ndarray | None
    cv: Any
    rows: np.ndarray | None
    left_out: dict[str, str]


def leave_out_bad_files(
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    cv: Any,
    on_bad_files: str,
    genres: np.ndarray | None = None,
) -> Kept:
    """Refuse or leave out sound files that can't be read, with their genres, groups and parts.

    Headers are read and declared lengths compared with present ones; nothing is decoded. An `X` of
    anything but paths is returned as it is. `genres` are the names of the columns of a matrix `y`.

    Raises
    ------
    ValueError
        When files can't be read and `on_bad_files` is "raise", or a genre has no other files.
    """
    check_on_bad_files(on_bad_files)
    files = list_files(X)
    kept = Kept(X, y, groups, cv, None, {})
    if files is None or not _are_sounds(files):
        return kept
    reasons = find_unreadable(files)
    bad = {row: reason for row, reason in enumerate(reasons) if reason}
    if not bad:
        return kept
    if on_bad_files == "raise":
        named = [(files[row], reason) for row, reason in bad.items()]
        text = describe_unreadable(named, len(files))
        raise ValueError(
            f"compare: {text}. Repair them, or leave them out with on_bad_files='drop', on the "
            f"command line --skip-bad-files. 'skgenre check' decodes all files and finds more "
            f"faults."
        )
    rows = np.array([row for row in range(len(files)) if row not in bad], dtype=np.intp)
    first = next(iter(bad))
    _refuse_lost_genres(y, rows, genres, f"{show(files[first])}: {bad[first].rstrip('.')}")
    return Kept(
        _safe_indexing(X, rows),
        y[rows],
        None if groups is None else groups[rows],
        _restrict(cv, rows, len(files)),
        rows,
        {hide_secrets(to_unicode(files[row])): reason for row, reason in bad.items()},
    )


def check_on_bad_files(value: Any) -> None:
    """Refuse an unknown `on_bad_files`."""
    if value not in _ON_BAD_FILES:
        raise ValueError(
            f"The 'on_bad_files' parameter of compare must be 'raise' or 'drop'. Got {value!r} "
            f"instead."
        )


def _are_sounds(files: Sequence[str]) -> bool:
    """Tell sound files from names that a pipeline looks up, and from files such as MIDI."""
    return any(is_sound(Path(hide_secrets(file))) for file in files)


def _refuse_lost_genres(
    y: np.ndarray, rows: np.ndarray, genres: np.ndarray | None, first: str
) -> None:
    if y.ndim == 2 and genres is not None:
        lost = genres[y.any(axis=0) & ~y[rows].any(axis=0)]
    else:
        lost = np.setdiff1d(y, y[rows])
    if lost.size:
        names = ", ".join(repr(show(genre)) for genre in lost[:10].tolist())
        raise ValueError(
            f"compare with on_bad_files='drop': no file of {names} can be read ({first}). Repair "
            f"some, or leave the genre out."
        )


def _restrict(cv: Any, rows: np.ndarray, n_clips: int) -> Any:
    """Return the folds of the clips that are left.

    A number, a name and most splitters split what they are given; the others name single clips.
    """
    if isinstance(cv, str):
        return cv
    if is_array_of_parts(cv):
        return np.asarray(cv)[rows] if len(cv) == n_clips else cv
    if isinstance(cv, PredefinedSplit):
        return PredefinedSplit(cv.test_fold[rows])
    if hasattr(cv, "split"):
        named = getattr(cv, "clips", None)
        if named is None or len(named) != n_clips:
            return cv
        splitter = copy.copy(cv)
        splitter.clips = [named[row] for row in rows]
        return splitter
    if cv is None or not hasattr(cv, "__iter__"):
        return cv
    new_row = np.full(n_clips, -1)
    new_row[rows] = np.arange(len(rows))
    return [tuple(_restrict_part(part, new_row) for part in fold) for fold in cv]


def _restrict_part(part: Any, new_row: np.ndarray) -> np.ndarray:
    part = np.asarray(part)
    if part.dtype == bool:
        part = np.flatnonzero(part)
    found = new_row[part]
    return found[found >= 0]


def describe_left_out(left_out: Mapping[str, str]) -> str:
    """Return the files that were left out and the reasons, for the protocol."""
    return describe_unreadable(list(left_out.items())) if left_out else ""
