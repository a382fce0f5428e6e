"""The numbers of each epoch, as small arrays that a pickle keeps."""

from collections.abc import Iterable

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


def read_history(rows: Iterable[dict]) -> dict[str, np.ndarray]:
    """Return the completed epochs' numbers as arrays, four bytes each."""
    rows = [row for row in rows if "train_loss" in row and "dur" in row]
    return {
        column: np.array(
            [row[name] for row in rows], dtype=np.int32 if column == "epoch" else np.float32
        )
        for column, name in COLUMNS.items()
        if rows and all(name in row for row in rows)
    }


def join_histories(
    earlier: dict[str, np.ndarray], later: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Append epochs to those of an earlier call, counting on."""
    if not earlier or not later:
        return later or earlier
    later = {**later, "epoch": later["epoch"] + earlier["epoch"][-1]}
    n_earlier, n_later = len(earlier["epoch"]), len(later["epoch"])
    return {
        name: np.concatenate(
            [
                earlier.get(name, np.full(n_earlier, np.nan, np.float32)),
                later.get(name, np.full(n_later, np.nan, np.float32)),
            ]
        )
        for name in COLUMNS
        if name in earlier or name in later
    }
