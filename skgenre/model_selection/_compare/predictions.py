"""The predictions of a comparison: a fold's answers, and all of them in one long table."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..._name_columns import name_column, name_index
from ..._secrets import hide_secrets
from ..._several_genres import join_probabilities
from ...audio._clip_items import is_path, list_items
from .folds import Fold, number_repeats

PROBABILITY = "probability_"
# Where clips may have several genres: 0 or 1 in a column for each.
TARGET, PREDICTED = "target_", "predicted_"


class Answers(Mapping[str, np.ndarray]):
    """Answers of a fitted pipeline to some clips, each method called at most once.

    Parameters
    ----------
    model : estimator
        The fitted pipeline.
    X : sequence of n_clips clips
        The clips.
    predicted : ndarray of shape (n_clips,) or (n_clips, n_genres)
        Result of ``model.predict(X)``.
    """

    _METHODS = ("predict_proba", "decision_function")

    def __init__(self, model: Any, X: Any, predicted: np.ndarray) -> None:
        self._model = model
        self._X = X
        self._known = {"predict": predicted}

    def __getitem__(self, method: str) -> np.ndarray:
        if method not in self._known:
            if method not in self:
                raise KeyError(method)
            answers = getattr(self._model, method)(self._X)
            if isinstance(answers, list) and self._known["predict"].ndim == 2:
                answers = join_probabilities(answers, self._model.classes_)
            self._known[method] = np.asarray(answers)
        return self._known[method]

    def check_matrix(self) -> np.ndarray:
        """Return the predicted genres as a matrix of 0 and 1; refuse other values."""
        found = self._known["predict"]
        if not np.isin(found, (0, 1)).all():
            raise ValueError(
                f"predict of {type(self._model).__name__} must return 0 or 1 for each clip and "
                f"genre, got {found[~np.isin(found, (0, 1))][0]!r}"
            )
        self._known["predict"] = found.astype(np.int64)
        return self._known["predict"]

    def probabilities_of_genres(self) -> np.ndarray | None:
        """Return the probability of each genre where clips may have several, None without any."""
        if "predict_proba" not in self:
            return None
        try:
            values = np.asarray(self["predict_proba"], dtype=np.float32)
        except Exception:  # a score that needs probabilities has raised this before
            return None
        is_whole = values.shape == self._known["predict"].shape
        return values if is_whole and are_shares(values) else None

    def __contains__(self, method: object) -> bool:
        return method in self._known or (method in self._METHODS and hasattr(self._model, method))

    def __iter__(self) -> Iterator[str]:
        return (method for method in ("predict", *self._METHODS) if method in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def align_probabilities(
    answers: Mapping[str, np.ndarray], classes: np.ndarray, genres: np.ndarray
) -> np.ndarray | None:
    """Return probabilities with a column for every genre of the data; None if there are none.

    Parameters
    ----------
    answers : mapping of str to ndarray
        The answers of a fitted pipeline by method, such as :class:`Answers`.
    classes : ndarray of shape (n_classes,)
        The genres of the pipeline's columns.
    genres : ndarray of shape (n_genres,)
        All genres, sorted. One that the pipeline was not trained on has the probability 0.

    Returns
    -------
    ndarray of shape (n_clips, n_genres), float32, or None
        None without ``predict_proba``, and for values that are no probabilities of these genres.
    """
    if "predict_proba" not in answers:
        return None
    try:
        values = np.asarray(answers["predict_proba"], dtype=np.float32)
    except Exception:  # a score that needs probabilities has raised this before
        return None
    if values.shape != (len(answers["predict"]), len(classes)) or not are_probabilities(values):
        return None
    if not np.isin(classes, genres).all():
        return None
    aligned = np.zeros((len(values), len(genres)), dtype=np.float32)
    aligned[:, np.searchsorted(genres, classes)] = values
    return aligned


def are_shares(values: np.ndarray) -> bool:
    """Tell whether all values are from 0 to 1, up to rounding."""
    # NaN is refused too.
    return bool(np.all((values >= -1e-6) & (values <= 1 + 1e-6)))


def are_probabilities(values: np.ndarray) -> bool:
    """Tell whether rows are probabilities: from 0 to 1 with the sum 1, up to rounding."""
    return are_shares(values) and np.allclose(values.sum(axis=1), 1.0, rtol=0.0, atol=1e-3)


def make_predictions(
    ordered: Sequence[tuple[str, int]],
    results: Mapping[tuple[str, int], Any],
    folds: list[Fold],
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    rows: np.ndarray | None = None,
    genres: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the table of all predictions, one row per pipeline, fold and test clip.

    Parameters
    ----------
    ordered : list of (pipeline, fold)
        The order of the rows.
    results : dict of (pipeline, fold) -> FoldResult
        The results; those without predictions are left out.
    folds : list of (train, test)
        Indices of clips.
    X, y, groups : array-like
        The clips, their genres, and their groups or None.
    rows : ndarray of shape (n_clips,) or None, default=None
        Number of each clip among those that the caller was given; None counts these.
    genres : ndarray of shape (n_genres,) or None, default=None
        Names of the columns of a matrix `y`.
    """
    files, repeats = list_files(X), number_repeats(folds)
    genres = np.unique(y) if genres is None else genres
    has_probabilities = any(results[key].probabilities is not None for key in ordered)
    parts = []
    names: list[str] = []
    for name, number in ordered:
        result, test = results[name, number], folds[number][1]
        if result.predicted is None:
            continue
        part: dict[str, Any] = {"pipeline": name, "repeat": repeats[number], "fold": number}
        part["clip"] = test if rows is None else rows[test]
        if files is not None:
            part["file"] = name_column([hide_secrets(files[clip]) for clip in test])
        if groups is not None:
            part["group"] = name_column(groups[test])
        if y.ndim == 1:
            part["target"] = name_column(y[test])
            part["predicted"] = name_column(result.predicted)
        else:
            for prefix, values in ((TARGET, y[test]), (PREDICTED, result.predicted)):
                columns = values.astype(np.int8).T
                part |= dict(zip(name_genre_columns(prefix, genres), columns, strict=True))
        if has_probabilities:
            values = result.probabilities
            if values is None:
                values = np.full((len(test), len(genres)), np.nan, dtype=np.float32)
            part |= dict(zip(name_genre_columns(PROBABILITY, genres), values.T, strict=True))
        names = list(part)
        # Named at the end: pandas would refuse a genre that is not UTF-8.
        parts.append(pd.DataFrame(dict(enumerate(part.values()))))
    predictions = pd.concat(parts, ignore_index=True)
    predictions.columns = name_index(names)
    return predictions


def are_right(predictions: pd.DataFrame) -> np.ndarray:
    """Return whether each prediction is the genre of its clip.

    As Python objects: pandas can't compare its string type with names that are not UTF-8.
    """
    target, predicted = (predictions[name].to_numpy(object) for name in ("target", "predicted"))
    return np.asarray(target == predicted, dtype=bool)


def name_genre_columns(prefix: str, genres: Any) -> list[str]:
    """Return the names of columns of a prefix, one for each genre."""
    return [f"{prefix}{genre}" for genre in np.asarray(genres).tolist()]


def genre_columns(predictions: pd.DataFrame, prefix: str) -> list[str]:
    """Return the columns of a prefix, one per genre in their order; empty without any."""
    return [name for name in predictions.columns if str(name).startswith(prefix)]


def probability_columns(predictions: pd.DataFrame) -> list[str]:
    """Return the columns with probabilities, one per genre in their order; empty without any."""
    return genre_columns(predictions, PROBABILITY)


def have_several_genres(predictions: pd.DataFrame) -> bool:
    """Tell whether the clips of predictions may have several genres."""
    return len(predictions) > 0 and "target" not in predictions.columns


def genres_of_columns(predictions: pd.DataFrame) -> list[Any]:
    """Return the genres of clips that may have several: names, or numbers from 0."""
    names = [name.removeprefix(TARGET) for name in genre_columns(predictions, TARGET)]
    numbers = list(range(len(names)))
    return numbers if names == list(map(str, numbers)) else names


def genre_matrix_of(predictions: pd.DataFrame, prefix: str) -> np.ndarray:
    """Return the columns of a prefix as an array of shape (n_clips, n_genres)."""
    table = select_columns(predictions, genre_columns(predictions, prefix))
    return table.to_numpy(dtype=float if prefix == PROBABILITY else np.int64)


def select_columns(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return columns by name; pandas would refuse a list with a name that is not UTF-8."""
    wanted = set(names)
    return table.loc[:, [name in wanted for name in table.columns]]


def seen_genres(predictions: pd.DataFrame) -> list[Any]:
    """Return the genres that were tested or predicted, sorted."""
    # Distinct values first: sorting the names of many clips takes long.
    values = [predictions[name].unique().tolist() for name in ("target", "predicted")]
    return sorted({*values[0], *values[1]})


def list_genres(predictions: pd.DataFrame) -> list[Any]:
    """Return the genres of the columns with probabilities, in their order."""
    known = {str(genre): genre for genre in seen_genres(predictions)}
    kind = type(next(iter(known.values()), ""))
    names = [name.removeprefix(PROBABILITY) for name in probability_columns(predictions)]
    # A genre that was neither tested nor predicted has only its name.
    return [
        known[name] if name in known else (name == "True" if kind is bool else kind(name))
        for name in names
    ]


def list_files(X: Any) -> list[str] | None:
    """Return the paths of the clips as text, None where they are not all paths."""
    if getattr(X, "ndim", 1) > 2:
        return None
    try:
        items = list_items(X, "compare")
    except (TypeError, ValueError):
        return None
    if items is None or not len(items) or not all(map(is_path, items)):
        return None
    return [os.fsdecode(item) for item in items]
