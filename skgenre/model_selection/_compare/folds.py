"""The folds of a comparison: made once, the same for every pipeline, refused when impossible."""

import copy
import difflib
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.utils import check_random_state

from ..._seeds import draw_seed
from .._multilabel_stratified_group_kfold import MultilabelStratifiedGroupKFold
from .parts import is_array_of_parts, split_by_parts

Fold = tuple[np.ndarray, np.ndarray]

CV_NAMES = ("stratified", "group", "repeated")
N_FOLDS = 5
N_REPEATS = 5

# With few groups, a repeat can come out as an earlier one.
_N_TRIES = 20


def make_folds(
    cv: Any,
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    seed: int | None,
    *,
    repeats: int = 1,
    name: str = "compare",
    check: bool = True,
) -> tuple[list[Fold], str]:
    """Split the clips, and check that every fold can be fitted and scored.

    Parameters
    ----------
    cv : int, str, splitter, array-like of shape (n_clips,) or iterable of (train, test)
        A number of folds means ``StratifiedKFold``, with groups ``StratifiedGroupKFold``, and where
        clips may have several genres ``MultilabelStratifiedGroupKFold``, shuffled. A name is one of
        `CV_NAMES`. An array has the part of each clip.
    X, y, groups : array-like
        The clips, their genres, and their groups, which a split must not divide.
    seed : int or None
        Seed of the shuffle, unless `cv` is a splitter with a seed of its own.
    repeats : int, default=1
        How often the folds are drawn.
    name : str, default="compare"
        Name of the caller, for error messages.
    check : bool, default=True
        Whether to check the folds; False leaves that to the caller.

    Returns
    -------
    folds : list of (train, test)
        Indices of clips, those of the first repeat first.
    description : str
        The split in words, for the protocol.
    """
    _check_repeats(repeats, name)
    if isinstance(cv, str):
        cv, repeats = _read_name(cv, groups, repeats, name)
    if cv is None:
        cv = N_FOLDS
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        _check_number(int(cv), name)
        _check_enough_clips(y, groups, int(cv), name, by_genre=check)
        splitter_class: Any = StratifiedKFold if groups is None else StratifiedGroupKFold
        if y.ndim == 2:
            splitter_class = MultilabelStratifiedGroupKFold
        description = f"{splitter_class.__name__}({int(cv)}, shuffled)"

        def draw(seed: int | None, *, is_first: bool) -> list[Fold]:
            splitter = splitter_class(int(cv), shuffle=True, random_state=seed)
            return _list_folds(splitter.split(X, y, groups), len(y), name)

    elif isinstance(cv, type | bytes) or not hasattr(cv, "split"):
        if repeats > 1:
            raise ValueError(
                f"{name} with repeats={repeats} draws other folds each time, and cv gives them: "
                f"leave repeats out, or pass a number of folds as cv."
            )
        if is_array_of_parts(cv):
            folds, description = split_by_parts(cv, X, name)
        else:
            folds, description = _list_given(cv, len(y), name), "the given splits"

        def draw(seed: int | None, *, is_first: bool) -> list[Fold]:
            return folds

    else:
        if groups is None and isinstance(cv, StratifiedGroupKFold):  # would take all as one
            raise ValueError(
                f"{name} with cv={type(cv).__name__} needs groups=, one label per clip, such as "
                f"its artist."
            )
        if repeats > 1:
            _check_can_repeat(cv, repeats, name)
        description = repr(cv)

        def draw(seed: int | None, *, is_first: bool) -> list[Fold]:
            splitter = check_cv(_with_seed(cv, seed, always=not is_first), y, classifier=True)
            try:
                return _list_folds(splitter.split(X, y, groups), len(y), name)
            except ValueError as error:
                if y.ndim == 2 and "multilabel-indicator" in str(error):
                    raise ValueError(
                        f"{name} with cv={type(cv).__name__} needs one genre per clip, and y has "
                        f"several: use MultilabelStratifiedGroupKFold of skgenre.model_selection, "
                        f"or a number of folds."
                    ) from error
                raise

    folds = _draw_repeats(draw, repeats, seed, name)
    if not folds:
        raise ValueError(f"{name} got a cv without a single split.")
    _check_no_copies(folds, name)
    for number, (train, test) in enumerate(folds if check else []):
        _check_fold(number, train, test, y, groups)
    return folds, description if repeats == 1 else f"{description}, {repeats} repeats"


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


def _read_name(cv: str, groups: Any, repeats: int, name: str) -> tuple[int, int]:
    """Return the number of folds and of repeats that a name stands for."""
    if cv not in CV_NAMES:
        nearest = difflib.get_close_matches(cv, CV_NAMES, 1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(
            f"The 'cv' parameter of {name} must be a number of folds, 'stratified', 'group', "
            f"'repeated', a splitter, an array with the part of each clip, or an iterable of "
            f"(train, test). Got {cv!r} instead.{hint}"
        )
    if cv == "group" and groups is None:
        raise ValueError(
            f"{name} with cv='group' needs groups=, one label per clip, such as its artist."
        )
    if cv == "stratified" and groups is not None:
        raise ValueError(
            f"{name} with cv='stratified' would divide the groups: use cv='group', or leave groups "
            f"out."
        )
    return N_FOLDS, N_REPEATS if cv == "repeated" and repeats == 1 else repeats


def _check_repeats(repeats: Any, name: str) -> None:
    is_number = isinstance(repeats, int | np.integer) and not isinstance(repeats, bool)
    if not is_number or repeats < 1:
        raise ValueError(
            f"The 'repeats' parameter of {name} must be a whole number of at least 1. Got "
            f"{repeats!r} instead."
        )


def _check_number(n_folds: int, name: str) -> None:
    if n_folds < 2:
        raise ValueError(
            f"{name} needs at least 2 folds, got cv={n_folds}: each fold is tested by a model of "
            f"the others. For a single split pass a splitter, such as StratifiedShuffleSplit(1), "
            f"or an array with 'train' and 'test'."
        )


def _check_can_repeat(cv: Any, repeats: int, name: str) -> None:
    """Refuse a splitter whose folds can't be drawn again, or that repeats itself."""
    if getattr(cv, "shuffle", False) is True and hasattr(cv, "random_state"):
        return
    kind = type(cv).__name__
    if hasattr(cv, "n_repeats"):
        reason, cure = "repeats itself", "set its n_repeats"
    elif hasattr(cv, "random_state") and not hasattr(cv, "shuffle"):
        reason, cure = "draws every split anew", "set its n_splits"
    elif hasattr(cv, "shuffle"):
        reason, cure = "gives the same folds each time", "set its shuffle=True"
    else:
        reason, cure = "gives the same folds each time", "pass a number of folds as cv"
    raise ValueError(
        f"{name} can't draw {kind} {repeats} times, as it {reason}: leave repeats out, or {cure}."
    )


def _with_seed(cv: Any, seed: int | None, *, always: bool) -> Any:
    """Return a splitter without a seed of its own, or `always`, as a copy with this seed."""
    if not hasattr(cv, "random_state") or not (always or cv.random_state is None):
        return cv
    seeded = copy.copy(cv)
    seeded.random_state = seed
    return seeded


def _draw_repeats(
    draw: Callable[..., list[Fold]], repeats: int, seed: int | None, name: str
) -> list[Fold]:
    """Draw the folds of all repeats; the first have the seed itself, whatever their number."""
    folds = draw(seed, is_first=True)
    seen = {_partition(folds)}
    rng = check_random_state(seed)
    for repeat in range(1, repeats):
        for _ in range(_N_TRIES):
            drawn = draw(None if seed is None else draw_seed(rng), is_first=False)
            if _partition(drawn) not in seen:
                break
        else:
            raise ValueError(
                f"{name} with repeats={repeats} finds no more than {repeat} different sets of "
                f"folds: so few clips or groups can't be split in more ways. Use "
                f"repeats={repeat}, or fewer folds."
            )
        seen.add(_partition(drawn))
        folds = folds + drawn
    return folds


def _partition(folds: list[Fold]) -> frozenset:
    return frozenset(frozenset(test.tolist()) for _, test in folds)


def _check_no_copies(folds: list[Fold], name: str) -> None:
    """Refuse folds that all come more than once: copies are no evidence."""
    splits = [(frozenset(train.tolist()), frozenset(test.tolist())) for train, test in folds]
    counts = Counter(splits)
    if min(counts.values()) > 1:
        raise ValueError(
            f"{name} got every split of cv {min(counts.values())} times: give each once. Repeats "
            f"need other folds, as with repeats=."
        )


def _list_folds(splits: Any, n_clips: int, name: str) -> list[Fold]:
    """Return splits as indices of clips; refuse what is no pair of them."""
    folds = []
    for number, split in enumerate(splits):
        try:
            train, test = split
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name} needs pairs of (train, test) from cv, the indices of clips. Split "
                f"{number} is {split!r}."
            ) from error
        folds.append(
            (_list_clips(train, n_clips, number, name), _list_clips(test, n_clips, number, name))
        )
    return folds


def _list_given(cv: Any, n_clips: int, name: str) -> list[Fold]:
    try:
        if isinstance(cv, type | bytes):
            raise TypeError
        splits = iter(cv)
    except TypeError as error:
        raise ValueError(
            f"The 'cv' parameter of {name} must be a number of folds, 'stratified', 'group', "
            f"'repeated', a splitter, an array with the part of each clip, or an iterable of "
            f"(train, test). Got {cv!r} instead."
        ) from error
    return _list_folds(splits, n_clips, name)


def _list_clips(part: Any, n_clips: int, number: int, name: str) -> np.ndarray:
    clips = np.asarray(part)
    if clips.dtype == bool and clips.shape == (n_clips,):
        return np.flatnonzero(clips)
    if not clips.size:
        return np.zeros(0, dtype=np.int64)
    if clips.ndim != 1 or clips.dtype.kind not in "iu" or clips.min() < 0 or clips.max() >= n_clips:
        raise ValueError(
            f"{name} needs indices of its {n_clips} clips from cv, 0 to {n_clips - 1}. Split "
            f"{number} has {clips!r}."
        )
    return clips


def _check_enough_clips(
    y: np.ndarray, groups: np.ndarray | None, n_folds: int, name: str, *, by_genre: bool
) -> None:
    if y.ndim == 1:
        genres, counts = np.unique(y, return_counts=True)
        _check_enough(genres, counts, n_folds, name, "clip")
    elif len(y) < n_folds:
        raise ValueError(
            f"{name} with cv={n_folds} needs at least {n_folds} clips, got {len(y)}: use a smaller "
            f"cv."
        )
    if groups is None:
        return
    if len(np.unique(groups)) < n_folds:
        raise ValueError(
            f"{name} with cv={n_folds} needs at least {n_folds} groups, got "
            f"{len(np.unique(groups))}: use a smaller cv."
        )
    if by_genre and y.ndim == 1:
        in_genre = np.array([len(np.unique(groups[y == genre])) for genre in genres])
        _check_enough(genres, in_genre, n_folds, name, "group")


def _check_enough(
    genres: np.ndarray, counts: np.ndarray, n_folds: int, name: str, unit: str
) -> None:
    rarest = counts.argmin()
    if counts[rarest] >= n_folds:
        return
    others = "" if (counts < n_folds).sum() == 1 else f" ({(counts < n_folds).sum()} such genres)"
    raise ValueError(
        f"{name} with cv={n_folds} needs at least {n_folds} {unit}s of every genre, but "
        f"{str(genres[rarest])!r} has {counts[rarest]} {unit}{'' if counts[rarest] == 1 else 's'}"
        f"{others}: add {unit}s, leave the genre out, or use a smaller cv."
    )


def _check_fold(
    number: int, train: np.ndarray, test: np.ndarray, y: np.ndarray, groups: np.ndarray | None
) -> None:
    if np.intersect1d(train, test).size:
        raise ValueError(f"Split {number} of cv has the same clip in train and test.")
    if not train.size or not test.size:
        raise ValueError(f"Split {number} of cv has an empty train or test part.")
    if len(np.unique(test)) < len(test):
        raise ValueError(f"Split {number} of cv tests the same clip more than once.")
    missing = np.setdiff1d(y, y[train]) if y.ndim == 1 else np.array([])
    if missing.size:
        names = ", ".join(repr(str(genre)) for genre in missing)
        what = "tests clips of" if np.isin(y[test], missing).any() else "is on data with"
        raise ValueError(
            f"Split {number} of cv {what} {names}, but trains on none. Each genre needs clips "
            f"(with groups: groups) in the training part of every split: add some, leave the "
            f"genre out, or use fewer folds."
        )
    if groups is not None:
        shared = np.intersect1d(groups[train], groups[test])
        if shared.size:
            raise ValueError(
                f"Split {number} of cv has the group {str(shared[0])!r} in both train and test "
                f"({shared.size} such groups). Use a splitter that keeps groups together, such as "
                f"StratifiedGroupKFold, or leave groups out."
            )
