"""The part of each held-out clip in the scores of a comparison."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .genre_bootstrap import FEWEST_DRAWN, draw_scores, find_genres, find_measure
from .influence import linearize
from .predictions import PROBABILITY, are_right, genre_matrix_of
from .scoring import Scoring, make_scoring


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
        Whether a group has several clips.
    changes : ndarray of shape (n_pipelines,)
        The difference that a single clip typically makes to the sum over clips: 1 for accuracy,
        otherwise two standard deviations.
    draws : ndarray of shape (n_draws, n_pipelines) or None, default=None
        The scores on resamples of the groups, for a score whose parts do not add up.
    """

    sums: np.ndarray
    weights: np.ndarray
    n_clips: int
    is_grouped: bool
    changes: np.ndarray
    draws: np.ndarray | None = None

    @property
    def n_groups(self) -> int:
        """Number of groups, which are clips where there are none."""
        return len(self.weights)

    def select(self, columns: list[int]) -> "ClipScores":
        """Return the scores of some of the pipelines, in this order."""
        return replace(
            self,
            sums=self.sums[:, columns],
            changes=self.changes[columns],
            draws=None if self.draws is None else self.draws[:, columns],
        )

    def errors(self) -> np.ndarray:
        """Return the standard error of each pipeline's score over groups."""
        if self.draws is not None:
            return self.draws.std(axis=0, ddof=1)
        residuals = self.sums - np.outer(self.weights, self.sums.sum(axis=0))
        return np.sqrt((residuals**2).sum(axis=0) * self.n_groups / max(self.n_groups - 1, 1))


def find_scorer(score: str, scoring: Scoring | None, *, multilabel: bool = False) -> Any:
    """Return the scorer of a column of a comparison, or None if it is unknown.

    Parameters
    ----------
    score : str
        Name of the score.
    scoring : Scoring or None
        The scores of the comparison; None finds those that skgenre knows by name.
    multilabel : bool, default=False
        Whether clips may have several genres.
    """
    of_genre = _PER_GENRE.match(score)
    per_genre = f"{of_genre.group(1)}_per_genre" if of_genre else ""
    if scoring is None:
        for name in dict.fromkeys((score, per_genre)):
            is_f1 = per_genre == "f1_per_genre" and score not in _KNOWN_F1
            if not name or (name == score and is_f1):
                continue
            try:
                scoring = make_scoring(name, multilabel=multilabel)
            except ValueError:
                continue
            return next(iter(scoring.scorers.values()))
        return None
    scorers = scoring.scorers
    if score in scorers:
        return scorers[score]
    if per_genre in scorers:
        return scorers[per_genre]
    return next(iter(scorers.values())) if len(scorers) == 1 else None


_PER_GENRE = re.compile("(f1|roc_auc|average_precision)_")
_KNOWN_F1 = {"f1_macro", "f1_micro", "f1_weighted", "f1_samples"}


def measure_clips(
    frame: pd.DataFrame, predictions: pd.DataFrame, score: str, names: list[str], scorer: Any
) -> ClipScores | None:
    """Return the part of each clip in a score, None if the predictions do not determine the score.

    In the mean over a fold, the part of a clip is whether it is predicted correctly. A mean over
    several genres is resampled, see :func:`draw_scores`. Any other score is linearized, see
    :func:`linearize`.

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
    """
    if scorer is None or not len(predictions) or not names:
        return None
    values = []
    rows: pd.DataFrame | None = None
    measure = find_measure(scorer)
    if measure is not None:
        return _draw_clips(frame, predictions, score, names, measure)
    for name in names:
        own = _of_pipeline(predictions, name)
        expected = frame[frame["pipeline"] == name].set_index("fold")[f"test_{score}"]
        found = _measure_pipeline(own, expected, score, scorer)
        if found is None or (rows is not None and len(own) != len(rows)):
            return None
        values.append(found)
        rows = own if rows is None else rows
    assert rows is not None
    return _sum_over_groups(rows, np.stack(values, axis=1), is_accuracy=_is_accuracy(scorer))


def _of_pipeline(predictions: pd.DataFrame, name: str) -> pd.DataFrame:
    own = predictions[predictions["pipeline"] == name]
    return own.sort_values(["fold", "clip"], kind="stable")


def _draw_clips(
    frame: pd.DataFrame,
    predictions: pd.DataFrame,
    score: str,
    names: list[str],
    measure: Any,
) -> ClipScores | None:
    """Return the scores of resamples; None with too few groups, or without the predictions."""
    parts = [_of_pipeline(predictions, name) for name in names]
    rows = parts[0]
    codes, groups = pd.factorize(rows["group" if "group" in rows.columns else "clip"], sort=True)
    if len(groups) < FEWEST_DRAWN or any(len(part) != len(rows) for part in parts):
        return None
    if any(np.isnan(genre_matrix_of(part, PROBABILITY)).any() for part in parts):
        return None
    scores, draws = draw_scores(parts, measure, find_genres(score, rows))
    expected = frame.groupby("pipeline")[f"test_{score}"].mean()[names].to_numpy(dtype=float)
    if not len(draws) or not np.allclose(scores, expected, rtol=1e-3, atol=1e-4):
        return None
    in_fold = rows.groupby("fold")["clip"].transform("size").to_numpy()
    weights = np.bincount(codes, 1 / (in_fold * rows["fold"].nunique()), minlength=len(groups))
    n_clips = rows["clip"].nunique()
    return ClipScores(
        np.outer(weights, expected),
        weights,
        n_clips=n_clips,
        is_grouped=len(groups) < n_clips,
        changes=np.ones(len(names)),
        draws=draws,
    )


def _is_accuracy(scorer: Any) -> bool:
    return bool(Scoring({"score": scorer}).accuracies)


def _sum_over_groups(rows: pd.DataFrame, values: np.ndarray, *, is_accuracy: bool) -> ClipScores:
    in_fold = rows.groupby("fold")["clip"].transform("size").to_numpy()
    weights = 1 / (in_fold * rows["fold"].nunique())
    codes, groups = pd.factorize(rows["group" if "group" in rows.columns else "clip"], sort=True)
    n_groups, n_clips = len(groups), rows["clip"].nunique()
    sums = [np.bincount(codes, weights * column, minlength=n_groups) for column in values.T]
    return ClipScores(
        np.stack(sums, axis=1),
        np.bincount(codes, weights, minlength=n_groups),
        n_clips=n_clips,
        is_grouped=n_groups < n_clips,
        changes=np.ones(values.shape[1]) if is_accuracy else 2 * values.std(axis=0),
    )


def _measure_pipeline(
    own: pd.DataFrame, expected: pd.Series, score: str, scorer: Any
) -> np.ndarray | None:
    parts: list[np.ndarray] = []
    folds = own["fold"].to_numpy()
    numbers = np.unique(folds)
    if len(numbers) != len(expected):
        return None
    is_accuracy = _is_accuracy(scorer)
    for number in numbers:
        rows, whole = own[folds == number], float(expected[number])
        part: np.ndarray | None
        if is_accuracy:
            part = are_right(rows).astype(float)
        else:
            part = linearize(rows, whole, score, scorer)
        if part is None or not np.isclose(part.mean(), whole):
            return None
        parts.append(part)
    return np.concatenate(parts)
