"""Clips to compare models on, from a folder, from a table, or synthetic."""

import enum
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .._shown_text import show
from .._urls import Url
from ._console import say
from ._tracks import Wanted, is_table, local_folder, read_genres, read_table


class Layout(enum.StrEnum):
    """Layout of a folder of music."""

    genres = "genres"
    gtzan = "gtzan"
    fma = "fma"


class HeldOut(enum.StrEnum):
    """Clips that models are scored on."""

    folds = "folds"
    valid = "valid"
    test = "test"


LayoutOption = Annotated[
    Layout,
    typer.Option(
        help="Layout of FOLDER: genres (a subfolder per genre), gtzan (the same; its unreadable "
        "clip is left out, and duplicates are grouped) or fma (as published, with tracks.csv; "
        "clips are grouped by artist)."
    ),
]
HeldOutOption = Annotated[
    HeldOut,
    typer.Option(
        help="Clips to score on: folds (cross-validation with --cv folds), or the valid or test "
        "part of the published split of gtzan (fault-filtered) or fma, or of the split of a table. "
        "Select models on valid, report test."
    ),
]

# The words for each part in published splits and tables, in small letters.
_PARTS = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test", "testing"),
}


@dataclass(frozen=True)
class Music:
    """Clips to compare models on.

    Parameters
    ----------
    X : sequence of n_clips paths or waveforms
        The clips.
    y : ndarray of shape (n_clips,)
        Their genres.
    groups : ndarray of shape (n_clips,) or None
        Group labels; a group never appears in both train and test.
    cv : int, str, splitter, array of parts or list of (train, test)
        The folds.
    source : str
        Their source, in words.
    hint : str, default=""
        A hint for the user.
    """

    X: Sequence[Any]
    y: Any
    groups: Any
    cv: Any
    source: str
    hint: str = ""


def read_music(
    source: Path | Url, layout: Layout, wanted: Wanted, held_out: HeldOut, n_folds: int | str
) -> Music:
    """Read a folder of music or a table of tracks."""
    if is_table(source):
        return _read_table(source, layout, wanted, held_out, n_folds)
    source = local_folder(source)
    wanted.refuse_for_folder()
    if wanted.group is not None and layout is not Layout.genres:
        raise typer.BadParameter(
            f"--layout {layout} has groups of its own. Leave this out.", param_hint="--group"
        )
    cv: Any = n_folds
    hint = ""
    if layout is Layout.genres:
        if held_out is not HeldOut.folds:
            raise typer.BadParameter(
                "--layout genres has no published split. Say --layout gtzan or fma, or leave this "
                "out.",
                param_hint="--held-out",
            )
        bunch = read_genres(source, wanted)
        hint = _hint_at_gtzan(bunch)
    else:
        bunch, cv = _read_published(source, layout, wanted, held_out, n_folds)
    words = _describe_files(bunch, source)
    has_groups = layout is not Layout.genres or wanted.group is not None
    groups = bunch.groups if has_groups else None
    return Music(bunch.paths, bunch.target, groups, cv, words, hint)


def _describe_files(bunch: Any, source: Path | Url) -> str:
    """Return the files in words, by the name of the folder or table that ends its path."""
    name = (source.resolve() if isinstance(source, Path) else source).name or source
    return f"{len(bunch.paths)} files of {show(name)}, {len(bunch.target_names)} genres"


def _read_table(
    source: Path | Url, layout: Layout, wanted: Wanted, held_out: HeldOut, n_folds: int | str
) -> Music:
    if layout is not Layout.genres:
        raise typer.BadParameter(
            f"{layout} is the layout of a folder, and {show(source)} is a table. Name the folder, "
            f"or leave this out.",
            param_hint="--layout",
        )
    bunch = read_table(source, wanted)
    cv: Any = n_folds
    hint = ""
    if held_out is not HeldOut.folds:
        if bunch.split is None:
            raise ValueError(
                f"{show(source)}: no column has a usual name for the split, which --held-out "
                f"{held_out} needs, such as split or set: name it with --split-column."
            )
        cv = _official_split(bunch.split, held_out, show(source))
    elif wanted.split is not None and bunch.split is not None:
        cv = bunch.split
    elif bunch.split is not None:
        hint = (
            "The split of the table is not used: --split-column tests its folds in turn, or an "
            "official split on its test part, and --held-out valid on its validation part."
        )
    words = _describe_files(bunch, source)
    groups = bunch.groups if bunch.has_groups else None
    return Music(bunch.paths, bunch.target, groups, cv, words, hint)


def _read_published(
    folder: Path, layout: Layout, wanted: Wanted, held_out: HeldOut, n_folds: int | str
) -> tuple[Any, Any]:
    """Return a published collection and its folds; only files known to be bad are left out."""
    from ..datasets import load_fma, load_gtzan
    from ..datasets._gtzan_clips import CORRUPT_CLIP
    from ..model_selection import FaultFilteredSplit

    is_split = held_out is not HeldOut.folds
    with _without_warnings_of_unreadable():
        if layout is Layout.gtzan:
            bunch = load_gtzan(folder, split="fault-filtered" if is_split else None)
        else:
            bunch = load_fma(folder, subset=_subset(folder))
    known = {CORRUPT_CLIP} if layout is Layout.gtzan else set()
    bad = [file for file in bunch.unreadable if Path(file[0]).stem not in known]
    if layout is Layout.fma:
        bad = [file for file in bad if not file[1].startswith("known to ")]
    for path, reason in bunch.unreadable:
        if (path, reason) not in bad:
            say(f"Left out {show(path)}: {reason}.")
    n_files = len(bunch.paths) + len(bad)
    if wanted.is_full:
        bad += _leave_out_damaged(bunch)
    wanted.judge(bad, n_files)
    if not is_split:
        return bunch, n_folds
    if layout is Layout.gtzan:
        return bunch, FaultFilteredSplit(evaluate=held_out.value)
    return bunch, _official_split(bunch.split, held_out, "FMA")


def _leave_out_damaged(bunch: Any) -> list[tuple[str, str]]:
    """Leave files that can't be decoded out of a Bunch, and return them with the reasons."""
    import numpy as np

    from ..datasets._unreadable import find_unreadable

    reasons = find_unreadable(bunch.paths, full=True)
    is_good = np.array([not reason for reason in reasons])
    bad = [(path, why) for path, why in zip(bunch.paths, reasons, strict=True) if why]
    for name in ("target", "groups", "split"):
        if bunch[name] is not None:
            bunch[name] = bunch[name][is_good]
    bunch.paths = [path for path, good in zip(bunch.paths, is_good, strict=True) if good]
    return bad


@contextmanager
def _without_warnings_of_unreadable() -> Iterator[None]:
    """Suppress the warnings of a loader about files that the command names itself."""
    from ..exceptions import SkgenreWarning

    with warnings.catch_warnings():
        for words in (r"\d+ sound files? (can't|in formats)", r"\d+ have no usable audio"):
            warnings.filterwarnings("ignore", words, SkgenreWarning)
        yield


def compose_music(
    n_clips: int,
    duration: float,
    genres: str | None,
    n_folds: int | str,
    random_state: int,
    n_jobs: int = 1,
) -> Music:
    """Compose clips, two per artist, in `n_jobs` threads."""
    from ..datasets import make_genre_music

    say(f"Composing {n_clips} clips of {duration:g} s ...")
    wanted = None if genres is None else [name.strip() for name in genres.split(",")]
    music = make_genre_music(
        n_clips, genres=wanted, duration=duration, random_state=random_state, n_jobs=n_jobs
    )
    source = (
        f"{len(music.data)} synthetic clips of {duration:g} s, {len(music.target_names)} genres"
    )
    return Music(music.data, music.target, music.groups, n_folds, source)


def _subset(folder: Path) -> str:
    """Return the subset given by the name of a folder, or of a folder in it."""
    names = {f"fma_{subset}": subset for subset in ("small", "medium", "large")}
    if folder.name in names:
        return names[folder.name]
    found = [name for name in sorted(names) if (folder / name).is_dir()]
    if len(found) > 1:
        raise ValueError(f"{show(folder)} has {' and '.join(found)}: name one of them.")
    return names[found[0]] if found else "small"


def _official_split(parts: Any, held_out: HeldOut, source: str) -> list[tuple[Any, Any]]:
    import numpy as np

    words = [str(part).strip().casefold() for part in parts]
    rows = {
        part: np.flatnonzero([word in _PARTS[part] for word in words])
        for part in ("train", held_out.value)
    }
    for part, found in rows.items():
        if not len(found):
            known = ", ".join(map(repr, sorted({show(part) for part in parts})[:10]))
            raise ValueError(
                f"{source}: none of the files is of the {part} part "
                f"({' or '.join(_PARTS[part])}): the split has {known}. Leave out --held-out."
            )
    return [(rows["train"], rows[held_out.value])]


def _hint_at_gtzan(bunch: Any) -> str:
    from ..datasets import fault_filtered_split

    parts = fault_filtered_split()
    if sum(Path(path).stem in parts for path in bunch.paths) <= len(bunch.paths) / 2:
        return ""
    return (
        "The files have the names of GTZAN's. If they are: --layout gtzan keeps its identical "
        "clips on one side of the split, and --held-out valid its artists, too."
    )
