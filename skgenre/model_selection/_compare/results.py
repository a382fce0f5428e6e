"""Scores on folds: data, summary and tests, which reports and plots read."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..._templates import render
from .pairwise import Resamples, compare_pairs, describe_pair, describe_winner
from .significance import (
    BOOTSTRAP,
    CORRECTED_T,
    bootstrap_interval,
    corrected_interval,
)


class FoldScores(ABC):
    """Scores on folds with their evaluation protocol, shown as tables.

    Parameters
    ----------
    frame : DataFrame
        Scores in columns ``test_<score>``, one row per fold.
    protocol : dict
        How the scores were measured.
    """

    def __init__(self, frame: pd.DataFrame, *, protocol: dict[str, Any]) -> None:
        self.frame = frame
        self.protocol = protocol

    @property
    def scores(self) -> list[str]:
        """Names of the scores; the first one is the main one."""
        return [
            name.removeprefix("test_") for name in self.frame.columns if name.startswith("test_")
        ]

    @abstractmethod
    def caption(self) -> str:
        """Describe the protocol in words."""

    @abstractmethod
    def _tables(self) -> list[pd.DataFrame]:
        """Return tables of formatted text."""

    def _notes(self, *, is_short: bool = False) -> list[str]:
        """Return the results in words."""
        return []

    def to_markdown(self) -> str:
        """Return the tables as Markdown, followed by the results in words and the protocol.

        Returns
        -------
        str
            The tables; a list of conclusions and failures; the protocol.
        """
        lines: list[str] = []
        for table in self._tables():
            rows = [list(table.columns), ["---"] * table.shape[1], *table.values.tolist()]
            lines += ["| " + " | ".join(map(_escape_cell, row)) + " |" for row in rows]
            lines.append("")
        notes = [f"- {_one_line(note)}" for note in self._notes()]
        return "\n".join([*lines, *notes, *([""] if notes else []), f"{self.caption()}."])

    def _repr_html_(self) -> str:
        tables = [table.to_html(index=False) for table in self._tables()]
        caption = f"{self.caption()}."
        return render("parts.html", "notebook", tables=tables, notes=self._notes(), caption=caption)

    def __repr__(self) -> str:
        tables = "\n\n".join(table.to_string(index=False) for table in self._tables())
        return "\n".join([tables, *self._notes(is_short=True), f"{self.caption()}."])


class ScoreRow(NamedTuple):
    """A pipeline's scores for a plot: each fold, the mean and its interval (NaN if unknown)."""

    name: str
    folds: list[float]
    mean: float
    low: float
    high: float


class ComparisonScores(FoldScores):
    """Data and summary of a comparison; parameters as in :class:`Comparison`."""

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        predictions: pd.DataFrame,
        protocol: dict[str, Any],
        resamples: Resamples | None = None,
    ) -> None:
        super().__init__(frame, protocol=protocol)
        self.predictions = predictions
        self._resamples = resamples or {}

    @property
    def errors(self) -> pd.DataFrame:
        """One row per fold on which a pipeline failed: ``pipeline``, ``fold`` and ``error``."""
        failed = self.frame[self.frame["error"] != ""]
        return failed[["pipeline", "fold", "error"]].reset_index(drop=True)

    @property
    def summary(self) -> pd.DataFrame:
        """One row per pipeline, sorted by the mean of the first score, best first.

        For each score its mean over the folds, ``_std`` their standard deviation, and ``_low`` and
        ``_high`` a 95 % interval from the corrected resampled t distribution: the folds share
        training clips, so the plain interval would be too narrow. With a single split there is no
        standard deviation (NaN), and the interval is from a bootstrap over its test clips. Then the
        mean ``fit_time`` and ``predict_time`` in seconds and ``model_size`` in bytes. A score that
        is missing from a fold has no mean: the pipeline comes last, and ``errors`` says why.
        """
        rows = {}
        for name, folds in self.frame.groupby("pipeline", sort=False):
            row = {}
            share = float((folds["n_test"] / folds["n_train"]).mean())
            for score in self.scores:
                values = folds[f"test_{score}"].to_numpy(dtype=float)
                resampled = self._resamples.get(str(name), {}).get(score)
                low, high = (
                    bootstrap_interval(np.asarray(resampled))
                    if resampled
                    else corrected_interval(values, share)
                )
                row[score] = values.mean()
                row[f"{score}_std"] = values.std(ddof=1) if len(values) > 1 else np.nan
                row[f"{score}_low"] = low
                row[f"{score}_high"] = high
            for cost in ("fit_time", "predict_time", "model_size"):
                row[cost] = folds[cost].mean()
            rows[name] = row
        summary = pd.DataFrame.from_dict(rows, orient="index").rename_axis("pipeline")
        return summary.sort_values(self.scores[0], ascending=False, kind="stable")

    def pairwise(self, score: str | None = None, *, alpha: float = 0.05) -> pd.DataFrame:
        """Test the differences between all pairs of pipelines.

        Parameters
        ----------
        score : str, default=None
            The score; None means the first one.
        alpha : float, default=0.05
            Significance level.

        Returns
        -------
        DataFrame
            One row per pair: ``pipeline`` with the better mean and ``other``, the mean
            ``difference`` with its 95 % interval ``low`` to ``high``, the p-value ``p``, the
            p-value ``p_holm`` corrected for the number of pairs, ``differs`` (whether ``p_holm`` is
            below `alpha`) and the name of the ``test``. The interval is not corrected for the
            number of pairs. Pipelines that failed are left out.
        """
        score = self._check_score(score)
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must lie between 0 and 1. Got {alpha!r} instead.")
        return compare_pairs(
            self.frame,
            self.predictions,
            self._resamples,
            score=score,
            test=self._test_of(score),
            names=self._ranked(score),
            alpha=alpha,
        )

    def ranking(self, score: str | None = None, *, alpha: float = 0.05) -> pd.DataFrame:
        """Rank the pipelines; those that do not differ significantly share a rank.

        Parameters
        ----------
        score : str, default=None
            The score; None means the first one.
        alpha : float, default=0.05
            Significance level.

        Returns
        -------
        DataFrame
            One row per pipeline, the best mean first: ``rank`` is one more than the number of
            pipelines that are significantly better, and ``beaten_by`` lists them; then the mean and
            its 95 % interval, ``low`` to ``high``. Pipelines that failed are left out.
        """
        score = self._check_score(score)
        pairs = self.pairwise(score, alpha=alpha)
        summary = self.summary
        rows = {}
        for name in self._ranked(score):
            better = pairs.loc[(pairs["other"] == name) & pairs["differs"], "pipeline"].tolist()
            rows[name] = {
                "rank": 1 + len(better),
                score: summary.at[name, score],
                "low": summary.at[name, f"{score}_low"],
                "high": summary.at[name, f"{score}_high"],
                "beaten_by": ", ".join(better),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("pipeline")

    def table(self) -> pd.DataFrame:
        """Return the summary as a table of formatted text.

        Returns
        -------
        DataFrame
            One row per pipeline, best first: the first score (mean ± standard deviation over the
            folds), its 95 % interval, the other scores, and the costs. For a score between 0 and 1
            the interval is clipped to that range: with few folds it can be wider.
        """
        summary = self.summary
        table = pd.DataFrame(index=summary.index)
        first, *others = self.scores
        intervals = [self._cut_interval(first, row) for _, row in summary.iterrows()]
        table[first] = _plus_minus(summary, first)
        table["95 % interval"] = [
            "" if np.isnan(low) else f"{low:.3f} to {high:.3f}" for low, high in intervals
        ]
        for score in others:
            table[score] = _plus_minus(summary, score)
        n_tested = self.frame.groupby("pipeline")["n_test"].mean()[summary.index]
        per_clip = 1000 * summary["predict_time"] / n_tested
        table["fit (s)"] = [_short(value) for value in summary["fit_time"]]
        table["predict (ms/clip)"] = [_short(value) for value in per_clip]
        table["size (kB)"] = [_short(value / 1000) for value in summary["model_size"]]
        return table.reset_index()

    def _cut_interval(self, score: str, row: pd.Series) -> tuple[float, float]:
        """Return a row's interval, clipped to [0, 1] when all values of the score are in it."""
        low, high = float(row[f"{score}_low"]), float(row[f"{score}_high"])
        if self.frame[f"test_{score}"].dropna().between(0.0, 1.0).all():
            low, high = float(np.clip(low, 0.0, 1.0)), float(np.clip(high, 0.0, 1.0))
        return low, high

    def conclusions(self, score: str | None = None, *, alpha: float = 0.05) -> list[str]:
        """Describe in words which differences are significant.

        Parameters
        ----------
        score : str, default=None
            The score; None means the first one.
        alpha : float, default=0.05
            Significance level.

        Returns
        -------
        list of str
            A sentence on the pipeline with the best mean, then one per pair.
        """
        score = self._check_score(score)
        pairs = self.pairwise(score, alpha=alpha)
        sentences = [describe_pair(pair, alpha) for _, pair in pairs.iterrows()]
        return [describe_winner(self._ranked(score), pairs), *sentences]

    def failures(self) -> list[str]:
        """Describe in words which pipelines failed.

        Returns
        -------
        list of str
            One line per pipeline with errors: the number of folds, and the first error.
        """
        lines = []
        for name, errors in self.errors.groupby("pipeline", sort=False):
            first = errors.iloc[0]
            lines.append(
                f"{name} has an error on {len(errors)} of {self.frame['fold'].nunique()} folds, "
                f"first on fold {first['fold']}: {first['error']}"
            )
        return lines

    def _check_score(self, score: str | None) -> str:
        if score is None:
            return self.scores[0]
        if score not in self.scores:
            raise ValueError(
                f"score must be one of {', '.join(map(repr, self.scores))}. Got {score!r} instead."
            )
        return score

    def _test_of(self, score: str) -> str:
        single = self.frame["fold"].nunique() == 1
        return self.protocol.get("tests", {}).get(score, BOOTSTRAP if single else CORRECTED_T)

    def _ranked(self, score: str) -> list[str]:
        """Return the pipelines with this score on every fold, best first."""
        means = self.summary[score].dropna().sort_values(ascending=False, kind="stable")
        return [str(name) for name in means.index]

    def caption(self) -> str:
        """Describe the protocol in words.

        Returns
        -------
        str
            Numbers of clips, genres and groups, the split, the unit and the seed.
        """
        facts = self.protocol
        words = [f"{facts['clips']} clips", f"{facts['genres']} genres"]
        if facts["groups"] is not None:
            words.append(f"{facts['groups']} groups")
        words += [
            str(facts["split"]),
            f"unit: {facts['unit']}",
            f"random_state={facts['random_state']}",
        ]
        if self.frame["fold"].nunique() > 1:
            words.append("mean ± standard deviation over folds")
        return "; ".join(words)

    def _plotted(self, score: str) -> list[ScoreRow]:
        """Return the rows of a plot of a score, best pipeline first, without those that failed."""
        summary = self.summary.loc[self._ranked(score)]
        rows = []
        for name, values in summary.iterrows():
            low, high = self._cut_interval(score, values)
            folds = self.frame.loc[self.frame["pipeline"] == name, f"test_{score}"]
            rows.append(ScoreRow(str(name), folds.tolist(), float(values[score]), low, high))
        return rows

    def _tables(self) -> list[pd.DataFrame]:
        return [self.table()]

    def _notes(self, *, is_short: bool = False) -> list[str]:
        conclusions = self.conclusions()[:1] if is_short else self.conclusions()
        return [note for note in [*conclusions, *self.failures()] if note]


def _plus_minus(summary: pd.DataFrame, score: str) -> list[str]:
    texts = []
    for mean, spread in summary[[score, f"{score}_std"]].to_numpy():
        text = "error" if np.isnan(mean) else f"{mean:.3f}"
        texts.append(text if np.isnan(spread) else f"{text} ± {spread:.3f}")
    return texts


def _short(value: float) -> str:
    """Return a number as text: two significant digits, or all digits before the point."""
    if np.isnan(value):
        return ""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:#.2g}"


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _escape_cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")
