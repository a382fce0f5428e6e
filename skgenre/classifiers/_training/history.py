"""Training history as small arrays that a pickle keeps."""

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np

# Column of the history, and where skorch keeps it.
COLUMNS = {
    "epoch": "epoch",
    "train_loss": "train_loss",
    "train_accuracy": "train_accuracy",
    "valid_loss": "valid_loss",
    "valid_accuracy": "valid_accuracy",
    "seconds": "dur",
    "lr": "lr",
}
_KNOWN = {*COLUMNS, *COLUMNS.values(), "batches", "train_batch_count", "valid_batch_count"}


def read_history(rows: Iterable[dict]) -> dict[str, np.ndarray]:
    """Return the numbers of the completed epochs as arrays, four bytes each.

    The columns that callbacks recorded, such as a score, come last: NaN where an epoch has none.
    Flags (true or false) and skorch's own counts are left out.
    """
    rows = [row for row in rows if "train_loss" in row and "dur" in row]
    history = {
        column: np.array(
            [row[name] for row in rows], dtype=np.int32 if column == "epoch" else np.float32
        )
        for column, name in COLUMNS.items()
        if rows and all(name in row for row in rows)
    }
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        if name not in _KNOWN and any(map(_is_score, values)):
            history[name] = np.array(
                [value if _is_score(value) else np.nan for value in values], dtype=np.float32
            )
    return history


def _is_score(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def join_histories(
    earlier: dict[str, np.ndarray], later: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Append epochs to those of an earlier call, continuing their numbers."""
    if not earlier or not later:
        return later or earlier
    later = {**later, "epoch": later["epoch"] + earlier["epoch"][-1]}
    n_earlier, n_later = len(earlier["epoch"]), len(later["epoch"])
    names = dict.fromkeys([*COLUMNS, *earlier, *later])
    return {
        name: np.concatenate(
            [
                earlier.get(name, np.full(n_earlier, np.nan, np.float32)),
                later.get(name, np.full(n_later, np.nan, np.float32)),
            ]
        )
        for name in names
        if name in earlier or name in later
    }
