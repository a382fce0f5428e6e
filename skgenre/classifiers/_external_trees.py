"""Training of XGBoost on tables in a store that are larger than memory may be."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .._stored_rows import StoredRows, group_by_chunk

# Batches in memory at once: the table as it is read, as XGBoost takes it, and its bins of several.
_N_BATCHES = 4


def as_frame(X: StoredRows, rows: np.ndarray | None = None) -> Any:
    """Return a stored table, or some of its rows, as a DataFrame.

    Raises
    ------
    ValueError
        If a value is NaN or infinite, or all rows together are larger than memory may be.
    """
    import pandas as pd

    table = np.asarray(X) if rows is None else _read(X, rows)
    return pd.DataFrame(table, columns=X.feature_names)


def read_frames(X: StoredRows) -> Iterator[tuple[np.ndarray, Any]]:
    """Yield positions and rows of a stored table as DataFrames, a part at a time."""
    for rows in _groups(X):
        yield rows, as_frame(X, rows)


def fit_external(
    xgboost: Any, model: Any, X: StoredRows, encoded: np.ndarray, weight: np.ndarray
) -> None:
    """Fit a model of XGBoost on a stored table, whose bins are kept in files during the fit.

    Parameters
    ----------
    xgboost : module
        XGBoost.
    model : xgboost.XGBClassifier
        The model with its parameters; fitted in place.
    X : StoredRows of shape (n_clips, n_features)
        The table.
    encoded : ndarray of shape (n_clips,) or (n_clips, n_genres)
        Numbers of the genres, or 0 and 1 for each.
    weight : ndarray of shape (n_clips,)
        Weights of the clips.

    Raises
    ------
    ValueError
        If the model is to be trained on a GPU, or a value is NaN or infinite.
    """
    if model.device != "cpu":
        raise ValueError(
            f"XGBGenreClassifier with device={model.device!r} takes tables that fit into memory. "
            f"Raise max_in_memory in open_features, or use device='cpu'."
        )
    params = model.get_xgb_params()
    n_classes = 2 if encoded.ndim == 2 else int(encoded.max()) + 1
    if n_classes > 2:
        params |= {"objective": "multi:softprob", "num_class": n_classes}
    with (
        X.kept_near() as near,
        # XGBoost removes its files, too, unless the process is killed.
        tempfile.TemporaryDirectory(prefix="skgenre-trees-", ignore_cleanup_errors=True) as folder,
        xgboost.config_context(verbosity=model.verbosity),
    ):
        batches = _make_iterator(xgboost, near, encoded, weight, str(Path(folder, "bins")))
        matrix = xgboost.ExtMemQuantileDMatrix(batches, nthread=model.n_jobs)
        booster = xgboost.train(params, matrix, model.get_num_boosting_rounds())
        # Closes the files.
        del matrix
    kept = {name: getattr(model, name) for name in ("base_score", "booster")}
    model.load_model(booster.save_raw())
    model.set_params(**kept)


def _make_iterator(
    xgboost: Any, X: StoredRows, encoded: np.ndarray, weight: np.ndarray, prefix: str
) -> Any:
    groups = _groups(X)

    class Batches(xgboost.DataIter):
        """Rows of the table with genres and weights, read again in each pass."""

        def __init__(self) -> None:
            self.place = 0
            super().__init__(cache_prefix=prefix)

        def next(self, input_data: Any) -> bool:
            if self.place == len(groups):
                return False
            rows = groups[self.place]
            self.place += 1
            input_data(data=_read(X, rows), label=encoded[rows], weight=weight[rows])
            return True

        def reset(self) -> None:
            self.place = 0

    return Batches()


def _groups(X: StoredRows) -> list[np.ndarray]:
    return group_by_chunk(X.chunk_of_rows(), max(1, int(X.max_bytes / _N_BATCHES / X.row_bytes)))


def _read(X: StoredRows, rows: np.ndarray) -> np.ndarray:
    table = X.read(rows)
    is_finite = np.isfinite(table).all(axis=1)
    if not is_finite.all():
        row = int(rows[is_finite.argmin()])
        raise ValueError(
            f"X contains NaN or infinity in row {row} of the store: make the features again, or "
            f"leave the clip out."
        )
    return table
