"""Loader for the GTZAN genre collection."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .._public import public
from .._urls import local_folder
from ..exceptions import SkgenreWarning
from ._bunch import Bunch
from ._fault_filtered import fault_filtered_split
from ._folder_files import list_folder
from ._gtzan_clips import CLIP_NAME, CORRUPT_CLIP, GENRES, N_CLIPS, group_of
from ._left_out import (
    name_first,
    warn_of_ignored,
    warn_of_single_clips,
    warn_of_unreadable,
    why_unreadable,
)

SPLITS = ("fault-filtered", "train", "valid", "test")
_FOLDERS = (".", "genres", "genres_original", "Data/genres_original")
_DESCR = """\
GTZAN genre collection, from {path}
{underline}

{n_clips} clips of 30 s in ten genres, mono, 22,050 Hz: {counts}.
Split: {split}.

Source: G. Tzanetakis, P. Cook, "Musical genre classification of audio signals", IEEE Transactions
on Speech and Audio Processing 10(5), 2002.

Licence: none is known. The clips were collected from CDs, radio and microphone recordings without
their owners' leave, so the collection is for your own research and not to be passed on.

Faults: B. L. Sturm, "The State of the Art Ten Years After a State of the Art", Journal of New Music
Research 43(2), 2014, lists repeated, mislabelled and distorted clips and many clips by one artist.
`groups` keeps the 14 pairs of identical clips together, and not the artists, whom the collection
does not name: of the splits only "fault-filtered" keeps artists apart (C. Kereliuk, B. L. Sturm,
J. Larsen, "Deep Learning and Music Adversaries", IEEE Transactions on Multimedia 17(11), 2015).
"""


@public
def load_gtzan(
    path: str | os.PathLike, *, split: str | None = None, return_X_y_groups: bool = False
) -> Any:
    """Read the GTZAN genre collection from a folder.

    Both layouts are read: ``genres/blues/blues.00000.au`` of the original and
    ``genres_original/blues/blues.00000.wav`` of the common copy, and the same names in other
    formats. The collection must be obtained by the user: its host is gone, and it has no licence.

    Parameters
    ----------
    path : str or PathLike
        The folder with the ten genre folders, or its parent.
    split : {"fault-filtered", "train", "valid", "test"}, default=None
        None returns all clips. "fault-filtered" returns only the clips of the fault-filtered,
        artist-conscious split [2]_; "train", "valid" and "test" return those of one of its parts.
    return_X_y_groups : bool, default=False
        Return ``(paths, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        paths : list of str
            The sound files, sorted by genre and number.
        target : ndarray of shape (n_clips,)
            Their genres.
        target_names : ndarray of shape (10,)
            The genres, sorted.
        clips : ndarray of shape (n_clips,)
            Names of the clips, such as "blues.00000".
        groups : ndarray of shape (n_clips,)
            The clip itself, or the first of identical clips.
        split : ndarray of shape (n_clips,) or None
            "train", "valid" or "test", unless the parameter `split` is None.
        ignored : list of (path, reason)
            Files that are not sound files.
        unreadable : list of (path, reason)
            Clips that can't be read or are truncated, such as jazz.00054 in most copies.
        DESCR : str
            Source, licence and faults of the collection.

    Raises
    ------
    FileNotFoundError
        When the folder does not exist or has no genre folders.
    ValueError
        When a genre is missing, a file has no clip's name or is in another genre's folder, a clip
        is there twice, a genre has no readable clip, or `split` is unknown.

    Warns
    -----
    SkgenreWarning
        When clips are missing or unreadable, files were skipped, or a genre has one clip.

    See Also
    --------
    load_features_csv : Reads the feature tables of the common copy.
    fault_filtered_split : Returns the split by clip names.
    check_files : Finds faults and duplicates in sound files.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals", IEEE
       Transactions on Speech and Audio Processing 10(5), 2002.
    .. [2] C. Kereliuk, B. L. Sturm, J. Larsen, "Deep Learning and Music Adversaries", IEEE
       Transactions on Multimedia 17(11), 2015.

    Examples
    --------
    Synthetic music in GTZAN's layout, in place of the collection:

    >>> import tempfile
    >>> import warnings
    >>> from pathlib import Path
    >>> from skgenre.datasets import load_gtzan, make_genre_music
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_genre_music(20, duration=0.5, random_state=0, to=Path(folder, "genres"))
    ...     with warnings.catch_warnings():
    ...         warnings.simplefilter("ignore")  # that 980 clips are missing
    ...         gtzan = load_gtzan(folder)
    >>> gtzan.clips[:3].tolist()
    ['blues.00000', 'blues.00001', 'classical.00000']
    """
    check_split(split, "load_gtzan")
    root = _find_genres(local_folder(path, "load_gtzan"))
    files, ignored = _list_files(root)
    unreadable = []
    for clip, file in list(files.items()):
        reason = why_unreadable(file)
        if reason is not None:
            known = ", as in most copies of the collection" if clip == CORRUPT_CLIP else ""
            unreadable.append((str(file), reason + known))
            del files[clip]
    warn_of_unreadable(unreadable)
    warn_of_ignored(ignored)
    _refuse_empty_genres(root, files)
    n_found = len(files) + len(unreadable)
    if n_found < N_CLIPS:
        warnings.warn(
            f"{root}: {N_CLIPS - n_found} of GTZAN's {N_CLIPS} clips are missing: scores on the "
            f"others are not comparable with published ones.",
            SkgenreWarning,
            stacklevel=2,
        )
    clips, parts = select_clips(list(files), split)
    paths = [str(files[clip]) for clip in clips]
    target = np.array([clip.partition(".")[0] for clip in clips])
    warn_of_single_clips(target)
    groups = np.array([group_of(clip) for clip in clips])
    if return_X_y_groups:
        return paths, target, groups
    return Bunch(
        paths=paths,
        target=target,
        target_names=np.unique(target),
        clips=np.array(clips),
        groups=groups,
        split=parts,
        ignored=ignored,
        unreadable=unreadable,
        DESCR=describe(_DESCR, root, target, split),
    )


def check_split(split: str | None, function: str) -> None:
    """Refuse an unknown `split`."""
    if split is not None and split not in SPLITS:
        known = ", ".join(map(repr, SPLITS))
        raise ValueError(f"{function} needs split to be None or one of {known}, got {split!r}.")


def select_clips(clips: list[str], split: str | None) -> tuple[list[str], np.ndarray | None]:
    """Return the clips that are in a split, and their parts."""
    if split is None:
        return clips, None
    part_of = fault_filtered_split()
    wanted = ("train", "valid", "test") if split == "fault-filtered" else (split,)
    chosen = [clip for clip in clips if part_of.get(clip) in wanted]
    if not chosen:
        raise ValueError(
            f"None of the {len(clips)} clips is in split={split!r}: see fault_filtered_split()."
        )
    return chosen, np.array([part_of[clip] for clip in chosen])


def describe(text: str, path: Path, target: np.ndarray, split: str | None) -> str:
    """Return the description of the data."""
    names, counts = np.unique(target, return_counts=True)
    return text.format(
        path=path,
        underline="-" * (len(text.partition("\n")[0].replace("{path}", "")) + len(str(path))),
        n_clips=len(target),
        counts=", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True)),
        split=split or "none, all clips",
    )


def _find_genres(path: Path) -> Path:
    """Return the folder that contains all ten genre folders."""
    if not path.is_dir():
        raise FileNotFoundError(
            f"{path}: there is no such folder (the current folder is {Path.cwd()}). Name the "
            f"folder of GTZAN's genre folders."
        )
    for folder in _FOLDERS:
        root = path / folder
        missing = [genre for genre in GENRES if not (root / genre).is_dir()]
        if not missing:
            return root
        if len(missing) < len(GENRES):
            raise ValueError(
                f"{root}: of GTZAN's ten genres these have no folder: {', '.join(missing)}. "
                f"Complete the copy, or read a part of it with load_genre_folder."
            )
    raise FileNotFoundError(
        f"{path}: none of GTZAN's genre folders ({GENRES[0]}, {GENRES[1]}, ...) is in it, nor in a "
        f"folder genres or genres_original in it. For other music use load_genre_folder."
    )


def _list_files(root: Path) -> tuple[dict[str, Path], list[tuple[str, str]]]:
    """Return the file of each clip, and the files without the name of a sound file."""
    files: dict[str, Path] = {}
    ignored, hidden, renamed = [], [], []
    for genre in GENRES:
        found = list_folder(root / genre)
        ignored += [(str(item), "a subfolder") for item in found.folders]
        ignored += [(str(item), "not a sound file by its name") for item in found.others]
        hidden += [(str(item), "hidden") for item in found.hidden]
        for file in found.sounds:
            if (name := CLIP_NAME.fullmatch(file.stem)) is None or name[1] != genre:
                renamed.append(str(file))
            elif file.stem in files:
                raise ValueError(
                    f"{file} and {files[file.stem]} are the same clip. Keep one of them."
                )
            else:
                files[file.stem] = file
    if renamed:
        raise ValueError(
            f"{root}: {len(renamed)} sound files don't have the name of a GTZAN clip of their "
            f"folder, as in blues/blues.00000.wav: {name_first(renamed)}. The split and the "
            f"duplicates are known by these names: restore them, or use load_genre_folder."
        )
    return files, ignored + hidden


def _refuse_empty_genres(root: Path, files: dict[str, Path]) -> None:
    found = {clip.partition(".")[0] for clip in files}
    empty = [genre for genre in GENRES if genre not in found]
    if empty:
        raise ValueError(
            f"{root}: these genres have no readable clip: {', '.join(empty)}. Complete the copy."
        )
