"""The part of each held-out clip in the scores of a comparison."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context

from .._held_out import HeldOutResponses
from .scoring import Scoring, make_scoring

_PROBABILITY = "probability_"


@dataclass(frozen=True)
class ClipScores:
    """A score of several pipelines as sums over groups of clips.

    Parameters
    ----------
    sums : ndarray of shape (n_groups, n_pipelines)
        The part of each group in each pipeline's score; a column adds up to the score.
    weights : ndarray of shape (n_groups,)
        The share of each group in the mean over clips; together they are 1.
    n_clips : int
        Number of different clips.
    is_grouped : bool
        Whether a group may have several clips.
    steps : ndarray of shape (n_pipelines,)
        The difference that a single clip typically makes to the sum over clips: 1 for accuracy,
        otherwise two standard deviations.
    """

    sums: np.ndarray
    weights: np.ndarray
    n_clips: int
    is_grouped: bool
    steps: np.ndarray

    @property
    def n_groups(self) -> int:
        """Number of groups, which are clips where there are none."""
        return len(self.weights)

    def select(self, columns: list[int]) -> "ClipScores":
        """Return the scores of some of the pipelines, in this order."""
        return replace(self, sums=self.sums[:, columns], steps=self.steps[columns])

    def errors(self) -> np.ndarray:
        """Return the standard error of each pipeline's score over groups."""
        residuals = self.sums - np.outer(self.weights, self.sums.sum(axis=0))
        return np.sqrt((residuals**2).sum(axis=0) * self.n_groups / max(self.n_groups - 1, 1))


def find_scorer(score: str, scoring: Scoring | None) -> Any:
    """Return the scorer of a column of a comparison, or None if it is unknown.

    Parameters
    ----------
    score : str
        Name of the score.
    scoring : Scoring or None
        The scores of the comparison; None finds those that skgenre knows by name.
    """
    if scoring is None:
        name = "f1_per_genre" if score.startswith("f1_") and score not in _KNOWN_F1 else score
        try:
            scoring = make_scoring(name)
        except ValueError:
            return None
        return next(iter(scoring.scorers.values()))
    scorers = scoring.scorers
    if score in scorers:
        return scorers[score]
    return next(iter(scorers.values())) if len(scorers) == 1 else None


_KNOWN_F1 = {"f1_macro", "f1_micro", "f1_weighted", "f1_samples"}


def measure_clips(
    frame: pd.DataFrame, predictions: pd.DataFrame, score: str, names: list[str], scorer: Any
) -> ClipScores | None:
    """Return the part of each clip in a score, None if the predictions do not determine the score.

    In the mean over a fold, the part of a clip is whether it is predicted correctly. Any other
    score is linearized: the part of a clip is its pseudo-value, n times the score of the fold minus
    (n - 1) times the score without the clip [1]_.

    Parameters
    ----------
    frame, predictions : DataFrame
        Those of a :class:`Comparison`.
    score : str
        The score.
    names : list of str
        Pipelines that have the score on every fold.
    scorer : callable or None
        The scorer of (model, X, y).

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993,
       chapter 11: the jackknife.
    """
    if scorer is None or not len(predictions) or not names:
        return None
    values = []
    rows: pd.DataFrame | None = None
    for name in names:
        own = predictions[predictions["pipeline"] == name].sort_values(
            ["fold", "clip"], kind="stable"
        )
        expected = frame[frame["pipeline"] == name].set_index("fold")[f"test_{score}"]
        found = _measure_pipeline(own, expected, score, scorer)
        if found is None or (rows is not None and len(own) != len(rows)):
            return None
        values.append(found)
        rows = own if rows is None else rows
    assert rows is not None
    return _sum_over_groups(rows, np.stack(values, axis=1), is_accuracy=_is_accuracy(scorer))


def _is_accuracy(scorer: Any) -> bool:
    return bool(Scoring({"score": scorer}).accuracies)


def _sum_over_groups(rows: pd.DataFrame, values: np.ndarray, *, is_accuracy: bool) -> ClipScores:
    in_fold = rows.groupby("fold")["clip"].transform("size").to_numpy()
    weights = 1 / (in_fold * rows["fold"].nunique())
    is_grouped = "group" in rows.columns
    codes, groups = pd.factorize(rows["group" if is_grouped else "clip"])
    n_groups = len(groups)
    sums = [np.bincount(codes, weights * column, minlength=n_groups) for column in values.T]
    return ClipScores(
        np.stack(sums, axis=1),
        np.bincount(codes, weights, minlength=n_groups),
        n_clips=rows["clip"].nunique(),
        is_grouped=is_grouped,
        steps=np.ones(values.shape[1]) if is_accuracy else 2 * values.std(axis=0),
    )


def _measure_pipeline(
    own: pd.DataFrame, expected: Mapping[int, float] | pd.Series, score: str, scorer: Any
) -> np.ndarray | None:
    parts = []
    folds = own.groupby("fold", sort=True)
    if folds.ngroups != len(expected):
        return None
    is_accuracy = _is_accuracy(scorer)
    for fold, rows in folds:
        if is_accuracy:
            part = (rows["target"] == rows["predicted"]).to_numpy(dtype=float)
            whole = part.mean()
        else:
            found = _linearize(rows, float(expected[fold]), score, scorer)
            if found is None:
                return None
            part, whole = found, float(expected[fold])
        if not np.isclose(whole, expected[fold]):
            return None
        parts.append(part)
    return np.concatenate(parts)


def _linearize(rows: pd.DataFrame, whole: float, score: str, scorer: Any) -> np.ndarray | None:
    """Return the pseudo-values of a fold, None if the predictions do not reproduce its score."""
    n = len(rows)
    every = np.arange(n)
    for responses, target in _stand_ins(rows):

        def measure(kept: np.ndarray) -> float:
            try:
                value = scorer(responses, kept, target[kept])  # noqa: B023
                return float(value[score] if isinstance(value, dict) else value)
            except Exception:
                return np.nan

        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            config_context(skip_parameter_validation=True, assume_finite=True),
        ):
            warnings.simplefilter("ignore")
            if not np.isclose(measure(every), whole, atol=1e-6):
                continue
            if n == 1:
                return np.array([whole])
            without = np.array([measure(np.delete(every, place)) for place in every])
        values = n * whole - (n - 1) * np.where(np.isnan(without), whole, without)
        return values + (whole - values.mean())
    return None


def _stand_ins(rows: pd.DataFrame) -> "list[tuple[HeldOutResponses, np.ndarray]]":
    """Return models that give the stored predictions, with numbers and with names as genres."""
    names = [name for name in rows.columns if name.startswith(_PROBABILITY)]
    probabilities = rows[names].to_numpy(dtype=float) if names else np.empty((len(rows), 0))
    has_probabilities = bool(names) and not np.isnan(probabilities).any()
    target, predicted = rows["target"].astype(str), rows["predicted"].astype(str)
    genres = [name.removeprefix(_PROBABILITY) for name in names] or sorted({*target, *predicted})
    index = pd.Index(genres)
    codes = index.get_indexer(target), index.get_indexer(predicted)
    labels: list[tuple[Any, Any, Any]] = [(target.to_numpy(), predicted.to_numpy(), genres)]
    if min(part.min() for part in codes) >= 0:
        labels.insert(0, (*codes, np.arange(len(genres))))
    stand_ins = []
    for targets, answers, classes in labels:
        responses = {"predict": np.asarray(answers)}
        if has_probabilities:
            responses["predict_proba"] = probabilities
        stand_ins.append((HeldOutResponses(responses, classes), np.asarray(targets)))
    return stand_ins
