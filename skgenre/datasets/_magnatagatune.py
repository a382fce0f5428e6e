"""Loader for the MagnaTagATune data set."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from .._public import public
from .._shown_text import show
from .._urls import local_folder
from ._bunch import Bunch
from ._left_out import warn_of_files, warn_of_single_clips, warn_of_unreadable
from ._magnatagatune_tables import choose_tags, read_annotations, read_artists
from ._published_files import find_published_files
from ._shared_groups import count_shared_groups, describe_shared

# Folders 0 to b train, c validates, d to f test.
_FOLDERS = "0123456789abcdef"
_PARTS = dict(zip(_FOLDERS, ["train"] * 12 + ["validation"] + ["test"] * 3, strict=True))
# The published archive has these three files without a byte.
_ALBUM = "american_baroque-dances_and_suites_of_rameau_and_couperin"
EMPTY = frozenset(
    {
        "6/norine_braun-now_and_zen-08-gently-117-146.mp3",
        "8/jacob_heringman-josquin_des_prez_lute_settings-19-gintzler__pater_noster-204-233.mp3",
        f"9/{_ALBUM}-25-le_petit_rien_xiveme_ordre_couperin-88-117.mp3",
    }
)
_DESCR = """\
MagnaTagATune, from {path}
{underline}

{n_clips} clips of 29 s by {n_artists} artists, {n_tags} tags ({tags}): {counts}.
{parts}, by folders 0-b, c and d-f. `groups` has the artists: {shared}.
Left out: {n_without} clips without one of the tags, {n_missing} without a file, {n_unreadable} that
can't be read.

The tags were given by players of a game, and most are no genres: instruments, voices, tempo, mood
and synonyms, such as "no vocals" and "no vocal". The folder of a clip was drawn by its album: the
split keeps albums together, but not artists.

Source: E. Law, K. West, M. Mandel, M. Bay, J. S. Downie, "Evaluation of Algorithms Using Games: The
Case of Music Tagging", ISMIR 2009.

Licence: the clips are excerpts of recordings of Magnatune under CC BY-NC-SA 1.0, for research.
"""


@public
def load_magnatagatune(
    path: str | os.PathLike,
    *,
    tags: str = "top50",
    metadata: str | os.PathLike | None = None,
    return_X_y_groups: bool = False,
) -> Any:
    """Read the tags of MagnaTagATune, and the sound files, from a folder.

    Most of the tags are no genres; ``tags="genre"`` takes those that are. Clips without one of the
    tags are left out and listed: nobody gave one of them, which does not mean that none is right.

    Parameters
    ----------
    path : str or PathLike
        The folder with the folders ``0`` to ``9`` and ``a`` to ``f`` of sound files, or the one
        above it, in which it is called ``mp3`` or ``audio``.
    tags : {"top50", "genre"}, default="top50"
        The 50 most frequent tags of the table, which the literature compares on, or the 34 of the
        188 tags that name genres: ambient, baroque, blues, and so on. Synonyms such as "classic"
        and misspelled names are not among them.
    metadata : str or PathLike, default=None
        Folder of ``annotations_final.csv`` and ``clip_info_final.csv``. None looks in `path` and in
        the folder above.
    return_X_y_groups : bool, default=False
        Return ``(paths, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        paths : list of str
            The sound files, in the order of the table.
        target : DataFrame of shape (n_clips, n_tags), int8
            1 where a clip has a tag; the columns are the tags.
        target_names : ndarray of shape (n_tags,)
            The tags, sorted.
        clip_ids : ndarray of shape (n_clips,)
            Numbers of the clips.
        groups : ndarray of shape (n_clips,)
            Names of the artists, the group labels.
        split : ndarray of shape (n_clips,)
            "train", "validation" or "test": the split of the literature by folders, 12:1:3.
        shared_groups : dict of str to int
            Number of artists in both of two parts of the split, such as "train and test".
        without_tag : list of str
            Files of the clips without one of the tags.
        missing : list of str
            Files that are not there.
        unreadable : list of (path, reason)
            Sound files that can't be read, among them three that are published empty.
        DESCR : str
            Source and licence.

    Raises
    ------
    FileNotFoundError
        When the folder or a table does not exist, or none of the clips has a file.
    ValueError
        When `tags` is unknown, or a table is not as published: columns are missing, a cell is not 0
        or 1, a clip is there twice or has no artist.

    Warns
    -----
    SkgenreWarning
        When clips have no file or can't be read, or a tag has a single clip or none.

    See Also
    --------
    check_files : Decodes the files, and finds other faults and duplicates.
    skgenre.model_selection.MultilabelStratifiedGroupKFold : Folds that keep artists together.

    Notes
    -----
    The folder of a clip was drawn by its album, so the split keeps albums together, but not
    artists: `shared_groups` counts those in two parts. Where there are some, scores on it are
    comparable with the literature, but optimistic; folds by `groups` keep artists together.

    References
    ----------
    .. [1] E. Law, K. West, M. Mandel, M. Bay, J. S. Downie, "Evaluation of Algorithms Using Games:
       The Case of Music Tagging", ISMIR 2009.

    Examples
    --------
    >>> from skgenre.datasets import load_magnatagatune
    >>> music = load_magnatagatune("magnatagatune/", tags="genre")  # doctest: +SKIP
    >>> music.shared_groups["train and test"]  # doctest: +SKIP
    """
    if tags not in ("top50", "genre"):
        raise ValueError(f"load_magnatagatune needs tags to be 'top50' or 'genre', got {tags!r}.")
    root = local_folder(path, "load_magnatagatune")
    if not root.is_dir():
        raise FileNotFoundError(
            f"{show(root)}: there is no such folder (the current folder is {show(Path.cwd())})."
        )
    annotations = read_annotations(_find_table(root, metadata, "annotations_final.csv"))
    artists = read_artists(_find_table(root, metadata, "clip_info_final.csv"))
    artists_of = annotations.list_artists(artists)
    matrix = choose_tags(annotations, tags)
    folder = _find_folder(root, annotations.paths)
    has_tag = matrix.to_numpy().any(axis=1)
    rows = np.flatnonzero(has_tag)
    files = [folder / annotations.paths[row] for row in rows]
    found = find_published_files(files)
    without_tag = [str(folder / annotations.paths[row]) for row in np.flatnonzero(~has_tag)]
    warn_of_files(
        [(file, "no such file") for file in found.missing],
        f"of {len(files)} clips of MagnaTagATune are missing",
        "missing",
    )
    known = {str(folder / name) for name in EMPTY}
    warn_of_unreadable(
        [(file, why) for file, why in found.unreadable if file not in known or why != "empty file"]
    )
    if not found.kept:
        raise FileNotFoundError(
            f"{show(folder)}: none of the clips of MagnaTagATune with a tag can be read."
        )
    kept = rows[found.kept]
    target = matrix.iloc[kept].reset_index(drop=True)
    warn_of_single_clips(target)
    paths = [str(files[row]) for row in found.kept]
    groups = artists_of[kept]
    if return_X_y_groups:
        return paths, target, groups
    split = np.array([_PARTS[annotations.paths[row][0]] for row in kept])
    shared = count_shared_groups(groups, split)
    counts = target.sum().sort_values(ascending=False, kind="stable")
    title = _DESCR.partition("\n")[0].format(path=show(folder))
    return Bunch(
        paths=paths,
        target=target,
        target_names=np.array(target.columns, dtype=str),
        clip_ids=annotations.clip_ids[kept],
        groups=groups,
        split=split,
        shared_groups=shared,
        without_tag=without_tag,
        missing=found.missing,
        unreadable=found.unreadable,
        DESCR=_DESCR.format(
            path=show(folder),
            underline="-" * len(title),
            n_clips=len(paths),
            n_artists=len(np.unique(groups)),
            n_tags=len(target.columns),
            tags=tags,
            counts=", ".join(f"{tag} {n}" for tag, n in counts.items()),
            parts=", ".join(
                f"{part} {int((split == part).sum())}" for part in dict.fromkeys(_PARTS.values())
            ),
            shared=describe_shared(shared),
            n_without=len(without_tag),
            n_missing=len(found.missing),
            n_unreadable=len(found.unreadable),
        ),
    )


def _find_table(root: Path, metadata: str | os.PathLike | None, name: str) -> Path:
    places = [Path(metadata)] if metadata is not None else [root, root.absolute().parent]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(
        f"{show(root)}: MagnaTagATune's table {name} is not there; looked in "
        f"{', '.join(show(place) for place in places)}. Name its folder with metadata=."
    )


def _find_folder(root: Path, names: list[str]) -> Path:
    """Return the folder that has a file of the table."""
    for folder in (root, root / "mp3", root / "audio"):
        if any((folder / name).is_file() for name in names):
            return folder
    raise FileNotFoundError(
        f"{show(root)}: none of the {len(names)} clips of MagnaTagATune has a file there, such as "
        f"{show(names[0])}. Name the folder that has the folders 0 to f."
    )
