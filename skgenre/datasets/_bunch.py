"""Bunch of a loader, with a short repr."""

from typing import Any

import numpy as np
import sklearn.utils

from .._shown_text import show

_MAX_TEXT = 60


class Bunch(sklearn.utils.Bunch):
    """scikit-learn's Bunch, shown as one line per attribute instead of all paths and samples."""

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        lines = [f"  {name:<{width}}  {_describe(value)}" for name, value in self.items()]
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
        is_short = len(value) <= _MAX_TEXT and "\n" not in value
        return repr(show(value)) if is_short else f"{len(value.splitlines())} lines of text"
    if isinstance(value, np.ndarray):
        return f"{kind} of shape {value.shape}, {value.dtype}"
    if hasattr(value, "shape"):
        return f"{kind} of shape {tuple(value.shape)}"
    return f"{kind} of {len(value)}" if hasattr(value, "__len__") else kind
