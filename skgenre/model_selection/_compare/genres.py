"""Results by genre and by clip, from the predictions of a comparison."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix
from sklearn.utils._param_validation import StrOptions, validate_params

from ..._name_columns import name_column, name_index
from ...metrics import (
    classification_report_frame,
    expected_calibration_error,
    reliability_frame,
)
from .genre_report import report_genres
from .predictions import (
    TARGET,
    are_right,
    genre_columns,
    genres_of_columns,
    list_genres,
    probability_columns,
    seen_genres,
    select_columns,
)
from .results import ComparisonScores

_NORMALIZE: dict = {"normalize": [StrOptions({"true", "pred", "all"}), None]}


class GenreResults(ComparisonScores):
    """Tables of errors by genre and by clip, and of calibration; a part of :class:`Comparison`.

    They count predictions: with repeats, a clip counts once per repeat.
    """

    @validate_params(_NORMALIZE, prefer_skip_nested_validation=True)
    def confusion_matrix(
        self, pipeline: str | None = None, *, normalize: str | None = None
    ) -> pd.DataFrame:
        """Count the clips of each genre that a pipeline predicts as each genre.

        Parameters
        ----------
        pipeline : str, default=None
            Name of the pipeline; None means the one with the best mean.
        normalize : {"true", "pred", "all"}, default=None
            Normalize over the true genres, over the predicted genres, or over all clips. None
            counts clips.

        Returns
        -------
        DataFrame of shape (n_genres, n_genres)
            A row per true genre, a column per predicted genre.

        See Also
        --------
        skgenre.inspection.GenreConfusionMatrixDisplay.from_comparison : Plots it.
        """
        self._refuse_several("confusion_matrix")
        held_out, genres = self._held_out(pipeline), self._genres()
        counts = confusion_matrix(
            held_out["target"], held_out["predicted"], labels=genres, normalize=normalize
        )
        rows, columns = (name_index(genres, name) for name in ("target", "predicted"))
        return pd.DataFrame(counts, index=rows, columns=columns)

    def per_genre(self, pipeline: str | None = None) -> pd.DataFrame:
        """Return precision, recall and F1 of each genre, with the number of clips.

        Parameters
        ----------
        pipeline : str, default=None
            Name of the pipeline; None means the one with the best mean.

        Returns
        -------
        DataFrame
            One row per genre and the averages, as in
            :func:`skgenre.metrics.classification_report_frame`. Where clips may have several
            genres, ``roc_auc`` and ``average_precision`` too, means over the folds in which they
            are defined; the averages are then "micro avg" and "macro avg".
        """
        held_out = self._held_out(pipeline)
        if self.is_multilabel:
            return report_genres(held_out)
        return classification_report_frame(
            held_out["target"], held_out["predicted"], labels=self._genres()
        )

    def confused_pairs(self, pipeline: str | None = None) -> pd.DataFrame:
        """List the errors of a pipeline by true and predicted genre, the most frequent first.

        Parameters
        ----------
        pipeline : str, default=None
            Name of the pipeline; None means the one with the best mean.

        Returns
        -------
        DataFrame
            One row per pair with errors: ``target``, ``predicted``, ``n_clips``, and ``share`` of
            the genre's clips.
        """
        self._refuse_several("confused_pairs")
        matrix = self.confusion_matrix(pipeline)
        counts = matrix.to_numpy()
        n_genre = counts.sum(axis=1)
        rows, columns = np.nonzero(counts * ~np.eye(len(counts), dtype=bool))
        pairs = pd.DataFrame(
            {
                "target": matrix.index[rows],
                "predicted": matrix.columns[columns],
                "n_clips": counts[rows, columns],
                "share": counts[rows, columns] / n_genre[rows],
            }
        )
        order = ["n_clips", "share"]
        return pairs.sort_values(order, ascending=False, kind="stable", ignore_index=True)

    def always_wrong(self) -> pd.DataFrame:
        """List the clips that no pipeline predicts correctly in any repeat.

        Listen to those that the pipelines agree on: their labels may be wrong.

        Returns
        -------
        DataFrame
            One row per clip, those with the most agreement first: ``clip`` (its row in X), ``file``
            and ``group`` if known, ``target``, ``predicted`` (the most frequent answer),
            ``agreement`` (its share of all answers) and ``probability`` (its mean over the
            pipelines with probabilities).
        """
        self._refuse_several("always_wrong")
        fixed = [name for name in ("clip", "file", "group", "target") if name in self.predictions]
        if not len(self.predictions):
            return pd.DataFrame(columns=[*fixed, "predicted", "agreement", "probability"])
        right = pd.Series(are_right(self.predictions), index=self.predictions.index)
        missed = ~right.groupby(self.predictions["clip"]).transform("any")
        wrong = self.predictions[missed]
        # Numbers of genres: pandas would refuse to group by a name that is not UTF-8.
        genres = self._genres()
        codes = _number(wrong["predicted"], genres)
        counts = wrong.groupby(["clip", codes]).size().rename_axis(["clip", "genre"]).rename("n")
        first = counts.reset_index().sort_values(["clip", "n"], ascending=[True, False])
        first = first.drop_duplicates("clip").set_index("clip")
        clips = wrong[fixed].drop_duplicates("clip").set_index("clip").sort_index()
        predicted = [genres[code] for code in first["genre"]]
        clips["predicted"] = name_column(predicted).set_axis(clips.index)
        clips["agreement"] = first["n"] / wrong.groupby("clip").size()
        clips["probability"] = self._mean_probability(wrong, predicted)
        order = ["agreement", "probability", "clip"]
        return clips.reset_index().sort_values(
            order, ascending=[False, False, True], ignore_index=True
        )

    def _mean_probability(self, wrong: pd.DataFrame, predicted: list[Any]) -> "pd.Series | float":
        """Return the mean probability of a genre of each clip, over all answers that have any."""
        columns = probability_columns(wrong)
        if not columns or not len(predicted):
            return np.nan
        values = select_columns(wrong, columns).set_axis(range(len(columns)), axis=1)
        means = values.groupby(wrong["clip"]).mean()
        places = _number(predicted, list_genres(self.predictions))
        chosen = means.to_numpy()[np.arange(len(means)), places]
        return pd.Series(np.where(places < 0, np.nan, chosen), index=means.index)

    def calibration(self, *, n_bins: int = 15) -> pd.DataFrame:
        """Compare the confidence of each pipeline with its accuracy.

        Parameters
        ----------
        n_bins : int, default=15
            Number of bins of the expected calibration error.

        Returns
        -------
        DataFrame
            One row per pipeline with probabilities: ``expected_calibration_error``; the mean
            ``confidence``, the largest probability of a clip; the ``accuracy`` of the genre that
            has it; and ``n_clips``. Where the confidence is above the accuracy, the pipeline is
            overconfident.

        See Also
        --------
        skgenre.metrics.expected_calibration_error : Defines the error.
        skgenre.inspection.ReliabilityDisplay.from_comparison : Plots it.
        """
        self._refuse_several("calibration")
        rows = {}
        for name in self._with_probabilities():
            target, values = self.probabilities(name)
            genres = values.columns.to_numpy()
            right = genres[values.to_numpy().argmax(axis=1)] == target.to_numpy()
            rows[name] = {
                "expected_calibration_error": expected_calibration_error(
                    target, values, labels=genres, n_bins=n_bins
                ),
                "confidence": float(values.max(axis=1).mean()),
                "accuracy": float(right.mean()),
                "n_clips": len(target),
            }
        columns = ["expected_calibration_error", "confidence", "accuracy", "n_clips"]
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return frame.rename_axis("pipeline")

    def reliability(self, pipeline: str | None = None, *, n_bins: int = 15) -> pd.DataFrame:
        """Return the accuracy of a pipeline's predictions by their confidence.

        Parameters
        ----------
        pipeline : str, default=None
            Name of the pipeline; None means the best one with probabilities.
        n_bins : int, default=15
            Number of bins of equal width.

        Returns
        -------
        DataFrame
            One row per non-empty bin, as in :func:`skgenre.metrics.reliability_frame`.

        Raises
        ------
        ValueError
            When the pipeline has no probabilities.
        """
        self._refuse_several("reliability")
        target, values = self.probabilities(pipeline)
        return reliability_frame(target, values, n_bins=n_bins, labels=values.columns)

    def probabilities(
        self, pipeline: str | None = None
    ) -> tuple[pd.Series | pd.DataFrame, pd.DataFrame]:
        """Return the genres of a pipeline's held-out clips, and their probabilities.

        Parameters
        ----------
        pipeline : str, default=None
            Name of the pipeline; None means the best one with probabilities.

        Returns
        -------
        target : Series of shape (n_clips,), or DataFrame of shape (n_clips, n_genres)
            The genres, with the index of `predictions`; 0 and 1 where clips may have several.
        probabilities : DataFrame of shape (n_clips, n_genres)
            A column per genre.

        Raises
        ------
        ValueError
            When the pipeline has no probabilities.
        """
        able = self._with_probabilities()
        if pipeline is None and able:
            pipeline = able[0]
        held_out = self._held_out(pipeline)
        columns = probability_columns(held_out)
        known = held_out[held_out[columns[0]].notna()] if columns else held_out[:0]
        if not len(known):
            name = held_out["pipeline"].iloc[0]
            valid = "values from 0 to 1" if self.is_multilabel else "rows that sum to 1"
            raise ValueError(
                f"The pipeline {name!r} has no probabilities: it needs predict_proba with {valid}. "
                f"Those with probabilities: {', '.join(map(repr, able)) or 'none'}."
            )
        values = select_columns(known, columns).astype(np.float64)
        if self.is_multilabel:
            index = name_index(genres_of_columns(known))
            target = select_columns(known, genre_columns(known, TARGET))
            return target.set_axis(index, axis=1), values.set_axis(index, axis=1)
        return known["target"], values.set_axis(name_index(list_genres(self.predictions)), axis=1)

    def _refuse_several(self, method: str) -> None:
        """Refuse a table of one genre per clip where clips may have several."""
        if self.is_multilabel:
            raise ValueError(
                f"{method} is for one genre per clip, and these clips may have several: use "
                f"per_genre(), or probabilities() and predictions."
            )

    def _genres(self) -> list[Any]:
        """Return all genres, sorted: of the data, as far as known, and of the predictions."""
        return sorted({*seen_genres(self.predictions), *list_genres(self.predictions)})

    def _held_out(self, pipeline: str | None) -> pd.DataFrame:
        """Return the predictions of a pipeline."""
        names = [str(name) for name in self.summary.index]
        name = names[0] if pipeline is None else pipeline
        if name not in names:
            raise ValueError(
                f"pipeline must be one of {', '.join(map(repr, names))}. Got {pipeline!r} instead."
            )
        held_out = self.predictions
        held_out = held_out[held_out["pipeline"] == name] if len(held_out) else held_out
        if not len(held_out):
            raise ValueError(f"The pipeline {name!r} has no predictions: see the errors.")
        return held_out

    def _with_probabilities(self) -> list[str]:
        """Return the pipelines with probabilities, best first."""
        columns = probability_columns(self.predictions)
        if not columns:
            return []
        known = self.predictions.loc[self.predictions[columns[0]].notna(), "pipeline"].unique()
        return [str(name) for name in self.summary.index if name in known]


def _number(names: Any, genres: list[Any]) -> np.ndarray:
    """Return the place of each name in a list of genres; -1 if it is not there."""
    places = {genre: place for place, genre in enumerate(genres)}
    return np.array([places.get(name, -1) for name in names], dtype=np.int64)
