"""The result of a comparison."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._files import output_file
from .._public import public
from .._shown_text import to_unicode
from ._pairwise import (
    Resamples,
    compare_pairs,
    describe_pair,
    describe_winner,
)
from ._significance import BOOTSTRAP, CORRECTED_T, bootstrap_interval, corrected_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._leakage_gap_result import LeakageGap


@public
class Comparison:
    """Scores of several pipelines on the same folds, with the evaluation protocol.

    Returned by :func:`compare`. A notebook shows it as a table, with the test results in words.

    Parameters
    ----------
    frame : DataFrame
        One row per pipeline and fold.
    predictions : DataFrame
        One row per test clip, pipeline and fold.
    protocol : dict
        How the scores were measured.
    resamples : dict of str -> dict of str -> list of float, default=None
        With a single split, each pipeline's scores on resamples of the test clips, the same for
        all.

    Attributes
    ----------
    frame : DataFrame
        One row per pipeline and fold, with the columns ``pipeline``, ``fold``, ``n_train`` and
        ``n_test`` (clips), ``test_<score>`` for each score, ``fit_time``, ``predict_time`` and
        ``score_time`` (seconds; features already cached by an earlier fold are not computed again),
        ``model_size`` (bytes of the pickled pipeline; NaN when it can't be pickled) and ``error``
        (why the pipeline failed on this fold; empty when it did not).
    predictions : DataFrame
        One row per test clip, pipeline and fold: ``pipeline``, ``fold``, ``clip`` (its row in X),
        ``target`` and ``predicted``. Input for a confusion matrix, from held-out clips only.
    protocol : dict
        Number of clips, genres, groups and folds, the data in words, the split, the unit (clip),
        the seed, the test of each score, the pipelines with their parameters, the number of folds
        finished in an earlier run, and versions.

    See Also
    --------
    compare : Runs the comparison.

    Notes
    -----
    Every pair of pipelines is tested, two-sided, with Holm's correction for the number of pairs
    [1]_. Over folds the test is the t-test with the variance of Nadeau and Bengio [2]_, which
    accounts for the training clips that folds share, and also holds for repeated folds [3]_. On a
    single split, accuracies are compared by McNemar's exact test, other scores by a paired
    bootstrap over the test clips, stratified by genre. Both assume independent clips: with several
    clips per artist they overstate significance, and folds by groups are the better choice.

    References
    ----------
    .. [1] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
       Journal of Statistics 6, 1979.
    .. [2] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.
    .. [3] R. R. Bouckaert, E. Frank, "Evaluating the Replicability of Significance Tests for
       Comparing Learning Algorithms", PAKDD 2004.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.model_selection import compare
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"chance": DummyClassifier(), "logistic": LogisticRegression(max_iter=500)}
    >>> result = compare(models, X, y, cv=5, random_state=0)
    >>> result.frame.groupby("pipeline").size().to_dict()
    {'chance': 5, 'logistic': 5}
    >>> result.ranking()["rank"].to_dict()
    {'logistic': 1, 'chance': 2}
    >>> result.pairwise()[["pipeline", "other", "differs"]].values.tolist()
    [['logistic', 'chance', True]]
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        predictions: pd.DataFrame,
        protocol: dict[str, Any],
        resamples: Resamples | None = None,
    ) -> None:
        self.frame = frame
        self.predictions = predictions
        self.protocol = protocol
        self._resamples = resamples or {}

    @property
    def scores(self) -> list[str]:
        """Names of the scores; the first one ranks."""
        return [
            name.removeprefix("test_") for name in self.frame.columns if name.startswith("test_")
        ]

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

    def plot(self, score: str | None = None, *, ax: "Axes | None" = None) -> "Axes":
        """Plot each pipeline's folds, their mean and its 95 % interval.

        Parameters
        ----------
        score : str, default=None
            The score; None means the first one.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a figure.

        Returns
        -------
        matplotlib Axes
            One row per pipeline, the best on top, and for accuracy a dotted line at chance.
        """
        from ._comparison_plot import draw_comparison

        return draw_comparison(self, self._check_score(score), ax)

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

    def _caption(self) -> str:
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

    def to_markdown(self) -> str:
        """Return the summary as a Markdown table, followed by the conclusions and the protocol.

        Returns
        -------
        str
            A table of means and standard deviations over the folds, best pipeline first; the test
            result of each pair; pipelines that failed; the protocol.
        """
        table = self.table()
        rows = [list(table.columns), ["---"] * table.shape[1], *table.values.tolist()]
        lines = ["| " + " | ".join(map(_escape_cell, row)) + " |" for row in rows]
        notes = [f"- {_one_line(line)}" for line in [*self.conclusions(), *self.failures()] if line]
        return "\n".join([*lines, "", *notes, "", f"{self._caption()}."])

    def to_html(
        self,
        path: str | os.PathLike,
        *,
        title: str = "Comparison of pipelines",
        leakage_gaps: "Mapping[str, LeakageGap] | None" = None,
    ) -> None:
        """Write a self-contained HTML report that needs no other file and no network.

        Parameters
        ----------
        path : str or path-like
            The file to write.
        title : str, default="Comparison of pipelines"
            Title of the page.
        leakage_gaps : mapping of str to LeakageGap, default=None
            Results of :func:`leakage_gap` for pipelines of this comparison, by name. The page then
            shows the scores that splits that leak would have given.

        Raises
        ------
        ValueError
            When one of `leakage_gaps` belongs to no pipeline of this comparison.
        """
        from ._report import render_report

        gaps = {} if leakage_gaps is None else dict(leakage_gaps)
        for name in gaps:
            if name not in self.summary.index:
                raise ValueError(
                    f"leakage_gaps has {name!r}, and the pipelines of this comparison are "
                    f"{', '.join(map(repr, self.summary.index))}."
                )
        with output_file(path) as file:
            file.write(to_unicode(render_report(self, title, gaps)).encode())

    def _repr_html_(self) -> str:
        from html import escape

        notes = [escape(line) for line in [*self.conclusions(), *self.failures()] if line]
        listed = "".join(f"<li>{note}</li>" for note in notes)
        table = self.table().to_html(index=False)
        return f"{table}<ul>{listed}</ul><p>{escape(self._caption())}.</p>"

    def __repr__(self) -> str:
        notes = [line for line in [*self.conclusions()[:1], *self.failures()] if line]
        return "\n".join([self.table().to_string(index=False), *notes, f"{self._caption()}."])


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
