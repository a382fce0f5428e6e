"""The folds of a comparison: made once, the same for every pipeline, refused when impossible."""

from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.utils import _safe_indexing

Fold = tuple[np.ndarray, np.ndarray]


def make_folds(
    cv: Any,
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    seed: int | None,
    *,
    name: str = "compare",
    check: bool = True,
) -> tuple[list[Fold], str]:
    """Split the clips, and check that every fold can be fitted and scored.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
        A number of folds means ``StratifiedKFold``, with groups ``StratifiedGroupKFold``, shuffled.
    X, y, groups : array-like
        The clips, their genres, and their groups, which a split must not divide.
    seed : int or None
        Seed of the shuffle when `cv` is a number.
    name : str, default="compare"
        Name of the caller, for error messages.
    check : bool, default=True
        Whether to check the folds; False leaves that to the caller.

    Returns
    -------
    folds : list of (train, test)
        Indices of clips.
    description : str
        The split in words, for the protocol.
    """
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        _check_enough_clips(y, groups, int(cv), name)
        splitter_class = StratifiedKFold if groups is None else StratifiedGroupKFold
        splitter = splitter_class(int(cv), shuffle=True, random_state=seed)
        description = f"{splitter_class.__name__}({int(cv)}, shuffled)"
    else:
        splitter = check_cv(cv, y, classifier=True)
        description = repr(cv) if hasattr(cv, "split") else "the given splits"
    folds = [(np.asarray(train), np.asarray(test)) for train, test in splitter.split(X, y, groups)]
    if not folds:
        raise ValueError(f"{name} got a cv without a single split.")
    for number, (train, test) in enumerate(folds if check else []):
        _check_fold(number, train, test, y, groups)
    return folds, description


def number_repeats(folds: list[Fold]) -> list[int]:
    """Return the repeat that each fold belongs to.

    A repeat ends where a fold tests a clip that the repeat has already tested.
    """
    repeats: list[int] = []
    tested: set[int] = set()
    for _, test in folds:
        clips = set(test.tolist())
        is_new = bool(tested & clips)
        tested = clips if is_new else tested | clips
        repeats.append((repeats[-1] if repeats else 0) + int(is_new))
    return repeats


def _check_enough_clips(y: np.ndarray, groups: np.ndarray | None, n_folds: int, name: str) -> None:
    genres, counts = np.unique(y, return_counts=True)
    rarest = counts.argmin()
    if counts[rarest] < n_folds:
        clips = "clip" if counts[rarest] == 1 else "clips"
        raise ValueError(
            f"{name} with cv={n_folds} needs at least {n_folds} clips of every genre, but "
            f"{str(genres[rarest])!r} has {counts[rarest]} {clips}: add clips, leave the genre "
            f"out, or use a smaller cv."
        )
    if groups is not None and len(np.unique(groups)) < n_folds:
        raise ValueError(
            f"{name} with cv={n_folds} needs at least {n_folds} groups, got "
            f"{len(np.unique(groups))}: use a smaller cv."
        )


def _check_fold(
    number: int, train: np.ndarray, test: np.ndarray, y: np.ndarray, groups: np.ndarray | None
) -> None:
    if np.intersect1d(train, test).size:
        raise ValueError(f"Split {number} of cv has the same clip in train and test.")
    if not train.size or not test.size:
        raise ValueError(f"Split {number} of cv has an empty train or test part.")
    missing = np.setdiff1d(_safe_indexing(y, test), _safe_indexing(y, train))
    if missing.size:
        names = ", ".join(repr(str(genre)) for genre in missing)
        raise ValueError(
            f"Split {number} of cv tests clips of {names}, but trains on none. Each genre needs "
            f"clips (with groups: groups) in both train and test of every split: add some, leave "
            f"the genre out, or use fewer folds."
        )
    if groups is not None:
        shared = np.intersect1d(groups[train], groups[test])
        if shared.size:
            raise ValueError(
                f"Split {number} of cv has the group {str(shared[0])!r} in both train and test "
                f"({shared.size} such groups). Use a splitter that keeps groups together, such as "
                f"StratifiedGroupKFold, or leave groups out."
            )
