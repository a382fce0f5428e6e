"""Groups of sound files, from their names or tags."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ._left_out import name_first


def group_files(paths: Sequence[str], groups: str | None) -> np.ndarray:
    """Return the group of each file, by the `groups` of :func:`load_genre_folder`."""
    if groups is None:
        return np.arange(len(paths))
    if groups == "artist":
        return _group_by_artist(paths)
    return _group_by_name(paths, groups)


def _group_by_name(paths: Sequence[str], pattern: str) -> np.ndarray:
    try:
        search = re.compile(pattern).search
    except (re.error, TypeError) as error:
        raise ValueError(
            f"load_genre_folder needs groups to be None, 'artist' or a regular expression for "
            f"file names, got {pattern!r} ({error})."
        ) from error
    found = [search(Path(path).name) for path in paths]
    strangers = [path for path, match in zip(paths, found, strict=True) if match is None]
    if strangers:
        raise ValueError(
            f"load_genre_folder with groups={pattern!r}: {len(strangers)} file names don't match: "
            f"{name_first(strangers)}. Change the pattern, or take these files out."
        )
    return np.array(
        [
            "/".join(part or "" for part in match.groups()) or match.group()
            for match in found
            if match
        ]
    )


def _group_by_artist(paths: Sequence[str]) -> np.ndarray:
    artists = [_read_artist(path) for path in paths]
    untagged = [path for path, artist in zip(paths, artists, strict=True) if not artist]
    if untagged:
        raise ValueError(
            f"load_genre_folder with groups='artist': {len(untagged)} files have no artist tag: "
            f"{name_first(untagged)}. Tag them, give a pattern for file names as groups, or read "
            f"the folder without groups and set them yourself."
        )
    return np.array(artists)


def _read_artist(path: str) -> str:
    import mutagen

    try:
        file = mutagen.File(path, easy=True)
    except mutagen.MutagenError:
        return ""
    tags = None if file is None else file.tags
    if tags is None:
        return ""
    # For WAV and AIFF files mutagen returns the plain ID3 frames.
    names = tags.get("artist") or tags.get("TPE1") or []
    return "; ".join(str(name).strip() for name in names)
