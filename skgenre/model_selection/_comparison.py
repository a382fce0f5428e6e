"""The result of a comparison."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats


class Comparison:
    """Scores of several pipelines on the same folds, with the protocol they were measured by.

    Made by :func:`compare`.

    Parameters
    ----------
    frame : DataFrame
        One row a pipeline and fold.
    predictions : DataFrame
        One row a tested clip, pipeline and fold.
    protocol : dict
        How the figures came about.

    Attributes
    ----------
    frame : DataFrame
        One row a pipeline and fold, with the columns ``pipeline``, ``fold``, ``n_train`` and
        ``n_test`` (clips), ``test_<score>`` for each score, ``fit_time`` and ``score_time``
        (seconds; features that an earlier fold left in the cache cost nothing again).
    predictions : DataFrame
        One row a tested clip, pipeline and fold: ``pipeline``, ``fold``, ``clip`` (its row in X),
        ``target`` and ``predicted``. What a confusion matrix needs, from held-out clips only.
    protocol : dict
        Number of clips, genres, groups and folds, the split, the unit (clip) and the seed.

    See Also
    --------
    compare : Runs the comparison.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skgenre.model_selection import compare
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"tree": DecisionTreeClassifier(), "logistic": LogisticRegression(max_iter=500)}
    >>> result = compare(models, X, y, cv=5, random_state=0)
    >>> result.summary.index[0]
    'logistic'
    >>> result.frame.groupby("pipeline").size().to_dict()
    {'logistic': 5, 'tree': 5}
    """

    def __init__(
        self, frame: pd.DataFrame, *, predictions: pd.DataFrame, protocol: dict[str, Any]
    ) -> None:
        self.frame = frame
        self.predictions = predictions
        self.protocol = protocol

    @property
    def scores(self) -> list[str]:
        """Names of the scores, the one that ranks first."""
        return [
            name.removeprefix("test_") for name in self.frame.columns if name.startswith("test_")
        ]

    @property
    def summary(self) -> pd.DataFrame:
        """One row a pipeline, the best mean of the first score on top.

        For each score its mean over the folds, ``_std`` their standard deviation, and
        ``_low`` and ``_high`` a 95 % interval from the corrected resampled t distribution: the
        folds share training clips, so the plain interval would be too narrow. Then the mean
        ``fit_time`` and ``score_time`` in seconds. With a single fold there is no spread (NaN).
        """
        rows = {}
        for name, folds in self.frame.groupby("pipeline", sort=False):
            row = {}
            share = float((folds["n_test"] / folds["n_train"]).mean())
            for score in self.scores:
                values = folds[f"test_{score}"].to_numpy(dtype=float)
                half = _half_width(values, share)
                row[score] = values.mean()
                row[f"{score}_std"] = values.std(ddof=1) if len(values) > 1 else np.nan
                row[f"{score}_low"] = values.mean() - half
                row[f"{score}_high"] = values.mean() + half
            row["fit_time"] = folds["fit_time"].mean()
            row["score_time"] = folds["score_time"].mean()
            rows[name] = row
        summary = pd.DataFrame.from_dict(rows, orient="index").rename_axis("pipeline")
        return summary.sort_values(self.scores[0], ascending=False, kind="stable")

    def _table(self) -> pd.DataFrame:
        """Return the summary as text, fit for people."""
        summary = self.summary
        table = pd.DataFrame(index=summary.index)
        for score in self.scores:
            table[score] = [_plus_minus(*pair) for pair in summary[[score, f"{score}_std"]].values]
        first = self.scores[0]
        table[f"95 % interval of {first}"] = [
            "" if np.isnan(low) else f"{low:.3f} to {high:.3f}"
            for low, high in summary[[f"{first}_low", f"{first}_high"]].values
        ]
        table["fit time (s)"] = [f"{seconds:.1f}" for seconds in summary["fit_time"]]
        return table.reset_index()

    def _caption(self) -> str:
        facts = self.protocol
        words = [f"{facts['clips']} clips", f"{facts['genres']} genres"]
        if facts["groups"] is not None:
            words.append(f"{facts['groups']} groups")
        words += [
            str(facts["split"]),
            f"unit: {facts['unit']}",
            f"random_state={facts['random_state']}",
            "mean ± standard deviation over folds",
        ]
        return "; ".join(words)

    def to_markdown(self) -> str:
        """Return the summary as a Markdown table, with the protocol below it.

        Returns
        -------
        str
            A table of means and standard deviations over the folds, best pipeline first.
        """
        table = self._table()
        rows = [list(table.columns), ["---"] * table.shape[1], *table.values.tolist()]
        lines = ["| " + " | ".join(map(_escape_cell, row)) + " |" for row in rows]
        return "\n".join([*lines, "", f"{self._caption()}."])

    def _repr_html_(self) -> str:
        from html import escape

        return f"{self._table().to_html(index=False)}<p>{escape(self._caption())}.</p>"

    def __repr__(self) -> str:
        return f"{self._table().to_string(index=False)}\n{self._caption()}."


def _half_width(values: np.ndarray, test_share: float) -> float:
    """Half of the 95 % interval, with the variance of Nadeau and Bengio (2003)."""
    k = len(values)
    if k < 2:
        return np.nan
    variance = (1 / k + test_share) * values.var(ddof=1)
    return float(stats.t.ppf(0.975, k - 1) * np.sqrt(variance))


def _plus_minus(mean: float, spread: float) -> str:
    return f"{mean:.3f}" if np.isnan(spread) else f"{mean:.3f} ± {spread:.3f}"


def _escape_cell(text: str) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
