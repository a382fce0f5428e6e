"""Warnings of folds that can't train or score some of several genres."""

import warnings

import numpy as np

from ..._shown_text import name_first
from ...exceptions import SkgenreWarning
from ...metrics._genre_ranking import has_both
from .._clip_labels import Target
from .folds import Fold


def warn_of_missing_genres(name: str, target: Target, folds: list[Fold]) -> None:
    """Warn of genres that a fold doesn't train on, or has no score for.

    Parameters
    ----------
    name : str
        Name of the caller.
    target : Target
        The genres; of one genre per clip nothing is said.
    folds : list of (train, test)
        Indices of clips.

    Warns
    -----
    SkgenreWarning
        Once for all folds.
    """
    if not target.is_multilabel:
        return
    y = target.y
    untrained = np.zeros(len(target.genres), dtype=bool)
    unscored = np.zeros(len(target.genres), dtype=bool)
    for train, test in folds:
        untrained |= ~y[train].any(axis=0)
        unscored |= ~has_both(y[test])
    parts = []
    if untrained.any():
        parts.append(f"no training clip has {name_first(target.genres[untrained].tolist(), 5)}")
    if unscored.any():
        names = name_first(target.genres[unscored].tolist(), 5)
        parts.append(
            f"all test clips have, or none, {names}, which the means over genres leave out there"
        )
    if parts:
        warnings.warn(
            f"{name}: in some folds {'; '.join(parts)}. Use fewer folds, or leave these genres "
            f"out.",
            SkgenreWarning,
            stacklevel=3,
        )
