"""Clips to compare models on, from a folder or synthetic."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .._shown_text import show
from ._console import say


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
Groups = Annotated[
    str | None,
    typer.Option(
        help="For --layout genres: how to group files; a group is never split between train and "
        "test. 'artist' reads the artist tag; anything else is a regular expression, and files "
        "whose names have the same match form a group.",
        show_default=False,
    ),
]
HeldOutOption = Annotated[
    HeldOut,
    typer.Option(
        help="Clips to score on: folds (cross-validation with --cv folds), or the valid or test "
        "part of the published split of gtzan (fault-filtered) or fma. Select models on valid, "
        "report test."
    ),
]

_FMA_PARTS = {"valid": "validation", "test": "test"}


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
    cv : int, splitter or list of (train, test)
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
    folder: Path, layout: Layout, groups: str | None, held_out: HeldOut, n_folds: int
) -> Music:
    """Read a folder of music."""
    from ..datasets import load_fma, load_genre_folder, load_gtzan
    from ..model_selection import FaultFilteredSplit

    if groups is not None and layout is not Layout.genres:
        raise typer.BadParameter(
            f"--layout {layout} has groups of its own. Leave this out.", param_hint="--groups"
        )
    cv: Any = n_folds
    hint = ""
    if layout is Layout.gtzan:
        is_split = held_out is not HeldOut.folds
        bunch = load_gtzan(folder, split="fault-filtered" if is_split else None)
        if is_split:
            cv = FaultFilteredSplit(evaluate=held_out.value)
    elif layout is Layout.fma:
        bunch = load_fma(folder, subset=_subset(folder))
        if held_out is not HeldOut.folds:
            cv = _official_split(bunch.split, held_out)
    else:
        if held_out is not HeldOut.folds:
            raise typer.BadParameter(
                "--layout genres has no published split. Say --layout gtzan or fma, or leave this "
                "out.",
                param_hint="--held-out",
            )
        bunch = load_genre_folder(folder, groups=groups)
        hint = _hint_at_gtzan(bunch)
    source = f"{len(bunch.paths)} files of {show(folder)}, {len(bunch.target_names)} genres"
    has_groups = layout is not Layout.genres or groups is not None
    groups_of_clips = bunch.groups if has_groups else None
    return Music(bunch.paths, bunch.target, groups_of_clips, cv, source, hint)


def compose_music(
    n_clips: int, duration: float, genres: str | None, n_folds: int, random_state: int
) -> Music:
    """Compose clips, two per artist."""
    from ..datasets import make_genre_music

    say(f"Composing {n_clips} clips of {duration:g} s ...")
    wanted = None if genres is None else [name.strip() for name in genres.split(",")]
    music = make_genre_music(n_clips, genres=wanted, duration=duration, random_state=random_state)
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


def _official_split(parts: Any, held_out: HeldOut) -> list[tuple[Any, Any]]:
    import numpy as np

    train = np.flatnonzero(parts == "training")
    test = np.flatnonzero(parts == _FMA_PARTS[held_out.value])
    for name, rows in (("training", train), (_FMA_PARTS[held_out.value], test)):
        if not len(rows):
            raise ValueError(f"None of the files is of FMA's {name} part: leave out --held-out.")
    return [(train, test)]


def _hint_at_gtzan(bunch: Any) -> str:
    from ..datasets import fault_filtered_split

    parts = fault_filtered_split()
    if sum(Path(path).stem in parts for path in bunch.paths) <= len(bunch.paths) / 2:
        return ""
    return (
        "The files have the names of GTZAN's. If they are: --layout gtzan keeps its identical "
        "clips on one side of the split, and --held-out valid its artists, too."
    )
