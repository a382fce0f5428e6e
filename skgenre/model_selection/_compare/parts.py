"""Folds from an array with the part of each clip, such as an official split."""

from typing import Any

import numpy as np
import pandas as pd

from .._clip_labels import check_parts

_TRAIN = {"train", "training"}
_VALID = {"dev", "val", "valid", "validation"}
_TEST = {"test", "testing"}


def is_array_of_parts(cv: Any) -> bool:
    """Return whether `cv` has a name or a number per clip, not pairs of (train, test)."""
    if isinstance(cv, np.ndarray) and cv.dtype != object:
        return cv.ndim == 1
    if not isinstance(cv, list | tuple) and not hasattr(cv, "__array__"):
        return False
    return len(cv) > 0 and all(
        value is None or value is pd.NA or np.isscalar(value) for value in cv
    )


def split_by_parts(cv: Any, X: Any, name: str) -> tuple[list[tuple[np.ndarray, np.ndarray]], str]:
    """Return the folds of an array of parts, and the split in words.

    Without a training part each part is tested in turn, and the others are trained on; -1 is
    trained on and never tested. With a part "train" or "training" only that is trained on, and each
    other part is tested in turn; a validation part is left out if there is a test part.

    Parameters
    ----------
    cv : array-like of shape (n_clips,)
        The part of each clip: text or integers.
    X : sequence of length n_clips
        The clips.
    name : str
        Name of the caller, for error messages.
    """
    parts = check_parts(name, X, cv)
    values = np.unique(parts).tolist()
    kinds = {value: _kind_of(value) for value in values}
    clips = {value: np.flatnonzero(parts == value) for value in values}
    train = [value for value in values if kinds[value] == "train"]
    tested = [value for value in values if kinds[value] not in ("train", "never")]
    unused: list[Any] = []
    if train and "test" in kinds.values():
        unused = [value for value in tested if kinds[value] == "valid"]
        tested = [value for value in tested if kinds[value] != "valid"]
    if not tested or len(values) < 2:
        raise ValueError(
            f"{name} got only {' and '.join(map(repr, values))} as the parts of cv: it needs a "
            f"part to test and another to train on."
        )
    if not train:
        n_never = sum(len(clips[value]) for value in values if kinds[value] == "never")
        folds = [(np.flatnonzero(parts != value), clips[value]) for value in tested]
        never = f", {n_never} clips never tested" if n_never else ""
        return folds, f"{len(tested)} given parts tested in turn{never}"
    learned = np.flatnonzero(np.isin(parts, train))
    words = [f"trained on {_count(train, clips)}", f"tested on {_count(tested, clips)}"]
    words += [f"{_count(unused, clips)} not used"] if unused else []
    return [(learned, clips[value]) for value in tested], ", ".join(words)


def _kind_of(value: Any) -> str:
    if not isinstance(value, str):
        return "never" if value == -1 else "fold"
    word = value.strip().lower()
    kinds = {"train": _TRAIN, "valid": _VALID, "test": _TEST}
    return next((kind for kind, words in kinds.items() if word in words), "fold")


def _count(values: list[Any], clips: dict[Any, np.ndarray]) -> str:
    return " and ".join(f"{value!r} ({len(clips[value])} clips)" for value in values)
