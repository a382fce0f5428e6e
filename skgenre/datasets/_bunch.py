"""Bunch of a loader, with a short repr."""

from typing import Any

import numpy as np
import sklearn.utils

from .._shown_text import show

_MAX_TEXT = 60
_MAX_WIDTH = 40  # of the column of names


class Bunch(sklearn.utils.Bunch):
    """scikit-learn's Bunch, shown as one line per attribute instead of all paths and samples."""

    def __repr__(self) -> str:
        names = [show(name) for name in self]
        width = min(max(map(len, names), default=0), _MAX_WIDTH)
        described = zip(names, map(_describe, self.values()), strict=True)
        lines = [f"  {name:<{width}}  {value}" for name, value in described]
        return "\n".join(["Bunch", *lines])

    def __reduce__(self) -> Any:
        # Pickles contain no class of a private module.
        return sklearn.utils.Bunch, (), None, None, iter(self.items())


def _describe(value: Any) -> str:
    """Describe a value in one line."""
    kind = type(value).__name__
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        n_lines = len(value.splitlines())
        if n_lines > 1:
            return f"{n_lines} lines of text"
        return repr(show(value)) if len(value) <= _MAX_TEXT else f"{len(value)} characters of text"
    if isinstance(value, np.ndarray):
        return f"{kind} of shape {value.shape}, {value.dtype}"
    if hasattr(value, "shape"):
        return f"{kind} of shape {tuple(value.shape)}"
    return f"{kind} of {len(value)}" if hasattr(value, "__len__") else kind
