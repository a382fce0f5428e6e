"""Validation split of early stopping: whole clips, all genres, and no group is split."""

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sklearn.model_selection import StratifiedGroupKFold

from ..._group_folds import count_by_group, make_folds


def split_validation(
    y: np.ndarray,
    groups: np.ndarray | None,
    validation_fraction: float,
    random_state: np.random.RandomState,
    name: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of training and validation clips.

    Parameters
    ----------
    y : ndarray of shape (n_clips,) or (n_clips, n_genres)
        Numbers of the genres, or a matrix of 0 and 1.
    groups : ndarray of shape (n_clips,) or None
        Group labels; a group is never split.
    validation_fraction : float
        Approximate share of clips to validate on.
    random_state : RandomState
        Draws the split.
    name : str
        Name of the estimator, for messages.

    Raises
    ------
    ValueError
        If a genre has no clip, or no group, to spare.
    """
    if y.ndim == 2:
        return _split_several_genres(y, groups, validation_fraction, random_state, name)
    # Imported late: a model that is loaded to predict needs no splits.
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedShuffleSplit

    rarest = np.bincount(y).min()
    if rarest < 2:
        raise ValueError(
            f"{name} with early_stopping=True needs at least 2 clips of each genre, one of them to "
            f"validate on, but a genre has {rarest}: add clips, leave the genre out, or set "
            f"early_stopping=False."
        )
    if groups is None:
        n_classes = y.max() + 1
        n_valid = max(n_classes, round(validation_fraction * len(y)))
        splitter = StratifiedShuffleSplit(
            1, test_size=min(n_valid, len(y) - n_classes), random_state=random_state
        )
        return next(splitter.split(np.zeros(len(y)), y))
    n_folds = min(max(2, round(1 / validation_fraction)), len(np.unique(groups)))
    if n_folds >= 2:
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
        with warnings.catch_warnings():
            # The check below handles genres with fewer groups than folds.
            warnings.simplefilter("ignore", UserWarning)
            folds = _try_split(splitter, y, groups)
        genres = np.unique(y)
        for train, valid in folds:
            if len(valid) and np.array_equal(np.unique(y[train]), genres):
                return train, valid
    raise ValueError(
        f"{name} with early_stopping=True can't set validation clips aside: every choice of whole "
        f"groups would leave a genre without training clips. Each genre needs at least 2 groups; "
        f"or set early_stopping=False."
    )


def _split_several_genres(
    y: np.ndarray,
    groups: np.ndarray | None,
    validation_fraction: float,
    random_state: np.random.RandomState,
    name: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Set groups aside so that every genre keeps clips to train on, and has its share of both."""
    if groups is None:
        groups = np.arange(len(y))
    counts, sizes, group_of_clip = count_by_group(y, groups)
    # The only group of a genre is needed for training.
    is_only = ((counts > 0) & ((counts > 0).sum(axis=0) == 1)).any(axis=1)
    spare = random_state.permutation(np.flatnonzero(~is_only))
    n_folds = min(max(2, round(1 / validation_fraction)), len(spare))
    if n_folds >= 2:
        folds = make_folds(counts[spare], sizes[spare], n_folds, random_state)
        for fold in range(n_folds):
            is_held = np.zeros(len(sizes), dtype=bool)
            is_held[spare[folds == fold]] = True
            if is_held.any() and (counts[~is_held].any(axis=0) == counts.any(axis=0)).all():
                is_held_clip = is_held[group_of_clip]
                return np.flatnonzero(~is_held_clip), np.flatnonzero(is_held_clip)
    raise ValueError(
        f"{name} with early_stopping=True can't set validation clips aside: every choice of whole "
        f"groups would leave a genre without training clips. Genres need 2 groups or more; or set "
        f"early_stopping=False."
    )


def _try_split(
    splitter: "StratifiedGroupKFold", y: np.ndarray, groups: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    while splitter.n_splits >= 2:
        try:
            return list(splitter.split(np.zeros(len(y)), y, groups))
        except ValueError:
            # More folds than clips of every genre.
            splitter.n_splits -= 1
    return []
