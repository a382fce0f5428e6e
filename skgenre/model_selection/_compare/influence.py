"""The part of each clip in a score that is not a mean over clips."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn import config_context

from .._held_out import HeldOutResponses
from .genre_sets import score_each_clip
from .predictions import (
    PREDICTED,
    PROBABILITY,
    TARGET,
    genre_matrix_of,
    genres_of_columns,
    have_several_genres,
    probability_columns,
    select_columns,
)


def linearize(rows: pd.DataFrame, whole: float, score: str, scorer: Any) -> np.ndarray | None:
    """Return the part of each clip in the score of a fold, whose mean is the score.

    It is the jackknife pseudo-value: n times the score minus (n - 1) times the score without the
    clip [1]_. For log loss this is the loss of the clip. For the area under the ROC curve the
    placement values [2]_ are used, which take no second score.

    Parameters
    ----------
    rows : DataFrame
        The predictions of a pipeline for the test clips of a fold.
    whole : float
        The score of the fold.
    score : str
        The score.
    scorer : callable
        The scorer of (model, X, y).

    Returns
    -------
    ndarray of shape (n_clips,) or None
        None if the predictions do not reproduce the score.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993,
       chapter 11.
    .. [2] E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the Areas Under Two or More
       Correlated Receiver Operating Characteristic Curves: A Nonparametric Approach", Biometrics
       44, 1988.
    """
    direct = _DIRECT.get(getattr(getattr(scorer, "_score_func", None), "__name__", ""))
    is_multilabel = have_several_genres(rows)
    for responses, target in [_stand_in_several(rows)] if is_multilabel else _stand_ins(rows):
        if is_multilabel:
            answers = responses.responses.get(getattr(scorer, "_response_method", ""))
            each = (
                None
                if answers is None
                else score_each_clip(scorer, score, responses.classes, target, answers)
            )
            if each is not None:
                return each + (whole - each.mean())
        if direct is not None and "predict_proba" in responses.responses:
            values = getattr(scorer, "_sign", 1) * direct(responses, target)
            if np.isclose(values.mean(), whole, rtol=1e-4, atol=1e-6):
                return values + (whole - values.mean())
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            config_context(skip_parameter_validation=True, assume_finite=True),
        ):
            warnings.simplefilter("ignore")
            found = _leave_each_out(responses, target, whole, score, scorer)
        if found is not None:
            return found + (whole - found.mean())
    return None


def _leave_each_out(
    responses: HeldOutResponses, target: np.ndarray, whole: float, score: str, scorer: Any
) -> np.ndarray | None:
    def measure(kept: np.ndarray) -> float:
        try:
            value = scorer(responses, kept, target[kept])
            return float(value[score] if isinstance(value, dict) else value)
        except Exception:  # a user's function may need something else of the pipeline
            return np.nan

    n = len(target)
    every = np.arange(n)
    if not np.isclose(measure(every), whole, rtol=1e-4, atol=1e-6):
        return None
    if n == 1:
        return np.array([whole])
    places, first = every, every
    if getattr(scorer, "_response_method", None) == "predict":
        # Without one of several clips of the same genre and prediction, the score is the same.
        columns = [np.atleast_2d(part.T) for part in (target, responses.responses["predict"])]
        answers = pd.MultiIndex.from_arrays([*columns[0], *columns[1]])
        places, _ = pd.factorize(answers)
        first = np.unique(places, return_index=True)[1]
    without = np.array([measure(np.delete(every, place)) for place in first])[places]
    return n * whole - (n - 1) * np.where(np.isnan(without), whole, without)


def _stand_in_several(rows: pd.DataFrame) -> tuple[HeldOutResponses, np.ndarray]:
    """Return a model that gives the stored predictions of clips that may have several genres."""
    probabilities = genre_matrix_of(rows, PROBABILITY)
    responses = {"predict": genre_matrix_of(rows, PREDICTED)}
    if probabilities.shape[1] and not np.isnan(probabilities).any():
        responses["predict_proba"] = probabilities
    genres = genres_of_columns(rows)
    return HeldOutResponses(responses, genres, multilabel=True), genre_matrix_of(rows, TARGET)


def _stand_ins(rows: pd.DataFrame) -> list[tuple[HeldOutResponses, np.ndarray]]:
    """Return models that give the stored predictions, with numbers and with names as genres."""
    names = probability_columns(rows)
    probabilities = select_columns(rows, names).to_numpy(dtype=float)
    has_probabilities = bool(names) and not np.isnan(probabilities).any()
    target, predicted = _as_text(rows["target"]), _as_text(rows["predicted"])
    genres = [name.removeprefix(PROBABILITY) for name in names] or sorted({*target, *predicted})
    index = pd.Index(genres, dtype=object)
    codes = [index.get_indexer(pd.Index(part, dtype=object)) for part in (target, predicted)]
    labels: list[tuple[Any, Any, Any]] = [(target, predicted, genres)]
    if min(part.min() for part in codes) >= 0:
        labels.insert(0, (codes[0], codes[1], np.arange(len(genres))))
    stand_ins = []
    for targets, answers, classes in labels:
        responses = {"predict": np.asarray(answers)}
        if has_probabilities:
            responses["predict_proba"] = probabilities
        stand_ins.append((HeldOutResponses(responses, classes), np.asarray(targets)))
    return stand_ins


def _as_text(genres: pd.Series) -> np.ndarray:
    # Not as a string type of pandas, which refuses a name that is not UTF-8.
    return np.array([str(genre) for genre in genres.tolist()], dtype=object)


def _of_targets(responses: HeldOutResponses, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities, and which is that of the clip's genre."""
    is_target = np.equal.outer(target, responses.classes_)
    return responses.responses["predict_proba"], is_target


def _log_losses(responses: HeldOutResponses, target: np.ndarray) -> np.ndarray:
    probabilities, is_target = _of_targets(responses, target)
    each = np.clip(probabilities, np.finfo(np.float32).eps, 1.0)
    return -np.log((each * is_target).sum(axis=1) / np.maximum(probabilities.sum(axis=1), 1e-9))


def _placements(responses: HeldOutResponses, target: np.ndarray) -> np.ndarray:
    probabilities, is_target = _of_targets(responses, target)
    n = len(target)
    n_own = is_target.sum(axis=0)
    columns = np.flatnonzero((n_own > 0) & (n_own < n))
    values = np.zeros(n)
    for column in columns:
        own, scores = is_target[:, column], probabilities[:, column]
        ranks = rankdata(scores)
        placements = np.empty(n)
        placements[own] = (ranks[own] - rankdata(scores[own])) / (~own).sum()
        placements[~own] = 1 - (ranks[~own] - rankdata(scores[~own])) / own.sum()
        area = placements[own].mean()
        share = np.where(own, own.sum(), (~own).sum()) / n
        values += (placements - area) / share + area
    return values / max(len(columns), 1)


# Functions that give the part of each clip, by the name of the score function.
_DIRECT = {
    "log_loss": _log_losses,
    "roc_auc_ovr_score": _placements,
}
