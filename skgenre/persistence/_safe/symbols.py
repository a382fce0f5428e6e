"""Shapes of a fitted estimator's arrays, written in letters for its sizes.

``coef_: f K F`` means that ``coef_`` is an array of finite numbers with a row for each of K genres
and a column for each of F features. Kinds: ``f`` finite numbers, ``f~`` also NaN and infinite,
``i`` integers, ``i<N`` those from 0 to below N, ``b`` booleans, ``O`` objects, ``*`` anything,
``n`` an integer, which is the letter's value, ``x`` a finite number, ``s`` a string. A name with
``?`` may be missing or None. Letters: F features, C classes, K rows of a linear model (1 for two
classes), G genres where clips may have several; others take the first size they occur with.
"""

from typing import Any

import numpy as np

_MOST = 2**31


class Symbols:
    """Values of the letters, and checks against them.

    Parameters
    ----------
    known : dict of str to int
        Values by letter.
    """

    def __init__(self, known: dict[str, int]) -> None:
        self.known = known

    def check_all(self, part: Any, lines: str) -> None:
        """Refuse a part whose attributes don't match the lines."""
        for line in filter(None, map(str.strip, lines.replace("\n", ";").split(";"))):
            name, _, words = line.partition(":")
            may_miss = name.startswith("?")
            value = vars(part).get(name.lstrip("?"))
            if value is None and may_miss:
                continue
            if value is None:
                raise ValueError(f"{name} is missing")
            self.check(name.lstrip("?"), value, *words.split())

    def check(self, name: str, value: Any, kind: str, *axes: str) -> None:
        """Refuse a value of another kind or shape."""
        if kind in ("n", "x", "s"):
            self._check_single(name, value, kind, axes)
            return
        if not isinstance(value, np.ndarray) or value.ndim != len(axes):
            raise ValueError(f"{name} is no array with {len(axes)} axes")
        for size, axis in zip(value.shape, axes, strict=True):
            self.bind(name, axis, size)
        self._check_values(name, value, kind)

    def bind(self, name: str, axis: str, size: int) -> None:
        """Set the value of a letter, or refuse one that differs from it."""
        expected = int(axis) if axis.isdigit() else self.known.setdefault(axis, size)
        if size != expected:
            raise ValueError(f"{name} has {size:,} where {expected:,} are needed")

    def _check_single(self, name: str, value: Any, kind: str, axes: tuple[str, ...]) -> None:
        if kind == "s":
            if not isinstance(value, str):
                raise ValueError(f"{name} is no text")
            return
        kinds = (int, np.integer) if kind == "n" else (int, float, np.integer, np.floating)
        if isinstance(value, bool) or not isinstance(value, kinds) or not np.isfinite(value):
            raise ValueError(f"{name} is {value!r:.50}, not a number")
        if kind == "n":
            if not 0 <= value < _MOST:
                raise ValueError(f"{name} is {value:,}")
            if axes:
                self.bind(name, axes[0], int(value))

    def _check_values(self, name: str, value: np.ndarray, kind: str) -> None:
        if kind.startswith("f"):
            if value.dtype.kind not in "fiu":
                raise ValueError(f"{name} has no numbers")
            if kind == "f" and not np.isfinite(value).all():
                raise ValueError(f"{name} has values that are no numbers, or infinite")
        elif kind.startswith("i"):
            if value.dtype.kind not in "iu":
                raise ValueError(f"{name} has no whole numbers")
            limit = kind[2:]
            most = self.known[limit] if limit else _MOST
            if value.size and not (value.min() >= 0 and value.max() < most):
                raise ValueError(f"{name} has numbers outside of 0 to {most - 1:,}")
        elif kind != "*" and value.dtype.kind != kind:
            raise ValueError(f"{name} has values of another type")
