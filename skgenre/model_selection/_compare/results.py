"""Scores on folds: data, summary and tests, which reports and plots read."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..._shown_text import show
from ..._templates import render
from .clip_scores import ClipScores, find_scorer, measure_clips
from .genre_bootstrap import TOO_FEW, find_measure
from .pairwise import describe_both, describe_winner
from .plot import place_scores
from .questions import NO_FUNCTION, NO_SCORER, Questions, compare_pairs, decide
from .score_bounds import UNKNOWN, bounds_of
from .scoring import Scoring
from .significance import corrected_variance, score_interval

_MAX_PROTOCOL = 2000  # characters of a stored protocol


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
            The tables; a list of conclusions, failures and confounds; the protocol.
        """
        lines: list[str] = []
        for table in self._tables():
            rows = [list(table.columns), ["---"] * table.shape[1], *table.values.tolist()]
            lines += ["| " + " | ".join(map(_escape_cell, row)) + " |" for row in rows]
            lines.append("")
        notes = [f"- {_one_line(note)}" for note in self._notes()]
        return "\n".join([*lines, *notes, *([""] if notes else []), f"{self.caption()}."])

    def _repr_html_(self) -> str:
        plot = self._place_scores()
        return render(
            "parts.html",
            "notebook",
            tables=self._tables(),
            notes=self._notes(),
            caption=f"{self.caption()}.",
            plot=plot,
            score=self.scores[0] if plot else "",
            is_single=self.frame["fold"].nunique() == 1,
        )

    def _place_scores(self) -> dict[str, Any] | None:
        """Return the positions of a plot of the first score, None if there is no plot."""
        return None

    def __repr__(self) -> str:
        tables = "\n\n".join(table.to_string(index=False) for table in self._tables())
        text = "\n".join([tables, *self._notes(is_short=True), f"{self.caption()}."])
        # A name may have codes that move a terminal's cursor.
        return "\n".join(show(line) for line in text.split("\n"))


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
        scoring: Scoring | None = None,
    ) -> None:
        super().__init__(frame, protocol=protocol)
        self.predictions = predictions
        self._scoring = scoring
        self._clip_scores: dict[str, tuple[ClipScores | None, tuple[float, float]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        # A scorer may be a function that can't be pickled; what it computes can, as arrays.
        measured = {score: self._measure(score) for score in self.scores}
        kept = {
            score: (None if clips is None else vars(clips), bounds)
            for score, (clips, bounds) in measured.items()
        }
        return {**self.__dict__, "_scoring": None, "_clip_scores": kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._clip_scores = {
            score: (None if clips is None else ClipScores(**clips), bounds)
            for score, (clips, bounds) in state["_clip_scores"].items()
        }

    @property
    def is_multilabel(self) -> bool:
        """Whether clips may have several genres."""
        return "genres_per_clip" in self.protocol

    @property
    def errors(self) -> pd.DataFrame:
        """One row per fold on which a pipeline failed: ``pipeline``, ``fold`` and ``error``."""
        failed = self.frame[self.frame["error"] != ""]
        return failed[["pipeline", "fold", "error"]].reset_index(drop=True)

    @property
    def summary(self) -> pd.DataFrame:
        """One row per pipeline, sorted by the mean of the first score, best first.

        For each score its mean over the folds, ``_std`` their standard deviation, and ``_low`` and
        ``_high`` a 95 % interval over the clips, those of a group together: the range of the mean
        if these models were tested on other such clips. For a score with known bounds it is
        Wilson's interval, which lies within them. For a score that is not a function of the
        predictions it is from the folds, with the variance corrected for the training clips that
        they share, and NaN for a single split. Then the mean ``fit_time`` and ``predict_time`` in
        seconds and ``model_size`` in bytes. A score that is missing from a fold has no mean: the
        pipeline comes last, and ``errors`` says why.
        """
        rows = {}
        for name, folds in self.frame.groupby("pipeline", sort=False):
            row = {}
            for score in self.scores:
                values = folds[f"test_{score}"].to_numpy(dtype=float)
                row[score] = values.mean()
                row[f"{score}_std"] = values.std(ddof=1) if len(values) > 1 else np.nan
                row[f"{score}_low"], row[f"{score}_high"] = self._interval(str(name), score, folds)
            for cost in ("fit_time", "predict_time", "model_size"):
                row[cost] = folds[cost].mean()
            rows[name] = row
        summary = pd.DataFrame.from_dict(rows, orient="index").rename_axis("pipeline")
        return summary.sort_values(self.scores[0], ascending=False, kind="stable")

    def _interval(self, name: str, score: str, folds: pd.DataFrame) -> tuple[float, float]:
        values = folds[f"test_{score}"].to_numpy(dtype=float)
        clips, bounds = self._measure(score)
        names = self._complete(score)
        if clips is not None and name in names:
            error = float(clips.errors()[names.index(name)])
            n_clips: float = clips.n_clips if error > 0 else clips.n_groups
            if clips.draws is not None and error > 0:
                n_clips = np.inf  # a ranking of clips can be surer than a mean over them
            return score_interval(values.mean(), error, clips.n_groups - 1, n_clips, bounds)
        k, n_tested = len(values), float(folds["n_test"].mean())
        if k < 2:
            return np.nan, np.nan
        share = n_tested / float(folds["n_train"].mean())
        error = np.sqrt(corrected_variance(values.std(ddof=1), k, share))
        n_clips = min(k * n_tested, self.protocol.get("clips", np.inf))
        return score_interval(values.mean(), error, k - 1, n_clips, bounds)

    def _complete(self, score: str) -> list[str]:
        """Return the pipelines with this score on every fold, in the order of the frame."""
        is_missing = self.frame[f"test_{score}"].isna().groupby(self.frame["pipeline"]).any()
        return [str(name) for name in self.frame["pipeline"].unique() if not is_missing[name]]

    def _measure(self, score: str) -> tuple[ClipScores | None, tuple[float, float]]:
        """Return the parts of the clips in a score, and the bounds of the score."""
        if score not in self._clip_scores:
            scorer = self._find_scorer(score)
            names = self._complete(score)
            clips = measure_clips(self.frame, self.predictions, score, names, scorer)
            self._clip_scores[score] = clips, (UNKNOWN if scorer is None else bounds_of(scorer))
        return self._clip_scores[score]

    def _find_scorer(self, score: str) -> Any:
        return find_scorer(score, self._scoring, multilabel=self.is_multilabel)

    def pairwise(
        self, score: str | None = None, *, alpha: float = 0.05, rope: float = 0.01
    ) -> pd.DataFrame:
        """Test the differences between all pairs of pipelines, with two questions per pair.

        - "these clips": are these fitted models equally good on new clips, or groups of clips, like
          the tested ones? A sign-flip test over the held-out predictions, in which the clips of a
          group stay together. For the ROC AUC and the average precision of several genres, a paired
          bootstrap over clips, or groups of clips.
        - "new training sets": would these pipelines be equally good on average if they were trained
          on other clips? The corrected resampled t-test over at least 5 folds, and the
          probabilities of the Bayesian correlated t-test.

        Parameters
        ----------
        score : str, default=None
            The score; None means the first one.
        alpha : float, default=0.05
            Significance level. The intervals are at level ``1 - alpha``.
        rope : float, default=0.01
            Region of practical equivalence: a difference of at most `rope` counts as none in
            ``p_equivalent``.

        Returns
        -------
        DataFrame
            Two rows per pair, for each ``question``: ``pipeline`` with the better mean and
            ``other``; the mean ``difference``, its interval ``low`` to ``high`` and the p-value
            ``p``, for this pair alone; ``adjusted_low``, ``adjusted_high`` and ``p_adjusted``, the
            same for all pairs at once; ``differs``, whether ``p_adjusted`` is below `alpha`;
            ``p_better``, ``p_equivalent`` and ``p_worse``, the probabilities that `pipeline` is
            better than `other` by more than `rope`, that they are equivalent, and that it is worse
            (second question only); ``smallest_detectable``, the true difference that the test would
            find in 4 of 5 such comparisons; the name of the ``test``; and a ``note`` where it was
            not possible. A p-value is below `alpha` exactly if its interval excludes 0. Pipelines
            that failed are left out.
        """
        score = self._check_score(score)
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must lie between 0 and 1. Got {alpha!r} instead.")
        if not 0 <= rope < np.inf:
            raise ValueError(f"rope must be a number of at least 0. Got {rope!r} instead.")
        clips, bounds = self._measure(score)
        names, complete = self._ranked(score), self._complete(score)
        if clips is not None:
            clips = clips.select([complete.index(name) for name in names])
        scorer = self._find_scorer(score)
        obstacle = NO_SCORER if scorer is None else NO_FUNCTION
        if find_measure(scorer) is not None:
            obstacle = TOO_FEW
        settings = Questions(score, alpha, rope, bounds, obstacle)
        return compare_pairs(self.frame, clips, names, settings)

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
            pipelines that are significantly better on these clips, and ``beaten_by`` lists them;
            then the mean and its 95 % interval, ``low`` to ``high``. A score that is not a function
            of the predictions is ranked by the question of new training sets. Pipelines that failed
            are left out.
        """
        score = self._check_score(score)
        pairs = decide(self.pairwise(score, alpha=alpha))
        summary = self.summary
        rows = {}
        for name in self._ranked(score):
            is_better = (pairs["other"] == name) & pairs["differs"].astype(bool)
            better = pairs.loc[is_better, "pipeline"].tolist()
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
            folds), its 95 % interval, the other scores, and the costs.
        """
        summary = self.summary
        table = pd.DataFrame(index=summary.index)
        first, *others = self.scores
        intervals = summary[[f"{first}_low", f"{first}_high"]].to_numpy()
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
            The result for the pipeline with the best mean: on these clips, with the difference that
            they could have shown, and for new training sets. Then one sentence per pair, with the
            intervals and p-values that hold for all pairs at once.
        """
        score = self._check_score(score)
        pairs = self.pairwise(score, alpha=alpha)
        sentences = [
            describe_both(pairs.iloc[row], pairs.iloc[row + 1], alpha)
            for row in range(0, len(pairs), 2)
        ]
        return [self._describe_winner(score, pairs), *sentences]

    def _describe_winner(self, score: str, pairs: pd.DataFrame) -> str:
        clips, bounds = self._measure(score)
        is_grouped = clips is not None and clips.is_grouped
        n_clips = self.protocol["clips"] if clips is None else clips.n_groups
        return describe_winner(
            self._ranked(score),
            pairs,
            n_folds=self.frame["fold"].nunique(),
            n_clips=n_clips,
            unit="groups" if is_grouped else "clips",
            is_share=bool(np.isfinite(bounds).all()),
        )

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
        words = self._describe_protocol()
        if self.frame["fold"].nunique() > 1:
            words.append("mean ± standard deviation over folds")
        return "; ".join(words)

    def _describe_protocol(self) -> list[str]:
        facts = self.protocol
        words = [f"{facts['clips']} clips", f"{facts['genres']} genres"]
        if self.is_multilabel:
            words[-1] += f" ({facts['genres_per_clip']:.2g} per clip)"
        if facts["groups"] is not None:
            words.append(f"{facts['groups']} groups")
        return [
            *words,
            str(facts["split"]),
            f"unit: {facts['unit']}",
            f"random_state={facts['random_state']}",
        ]

    def evaluation(self, pipeline: str | None = None) -> dict[str, Any]:
        """Return the scores of one pipeline with their protocol, to store them with its model.

        Parameters
        ----------
        pipeline : str, default=None
            Its name. None means the one with the best mean of the first score.

        Returns
        -------
        dict
            ``scores``: a dict for each score that it has on all folds, with the ``mean``, and
            ``low`` and ``high`` of its 95 % interval, None if unknown. ``protocol``: how they were
            measured, in words. The best of several pipelines scores a little too high on the clips
            that it was chosen on, so the protocol says of how many it is the best.

        Raises
        ------
        ValueError
            When there is no such pipeline, or it failed.

        See Also
        --------
        skgenre.persistence.save_model : Stores the scores with a model.
        """
        summary = self.summary
        name = str(summary.index[0]) if pipeline is None else pipeline
        if name not in summary.index:
            raise ValueError(
                f"pipeline must be one of {', '.join(map(repr, summary.index))}. Got {pipeline!r} "
                f"instead."
            )
        row: dict[Any, Any] = summary.loc[name].to_dict()
        scores = {
            score: {
                "mean": float(row[score]),
                **{end: _or_none(row[f"{score}_{end}"]) for end in ("low", "high")},
            }
            for score in self.scores
            if not np.isnan(row[score])
        }
        if not scores:
            raise ValueError(f"{name!r} has no scores, because it failed on a fold: see errors.")
        words = self._describe_protocol()
        if name == summary.index[0] and len(summary) > 1:
            words.append(f"best of {len(summary)} pipelines compared on these clips")
        return {"scores": scores, "protocol": "; ".join(words)[:_MAX_PROTOCOL]}

    def _plotted(self, score: str) -> list[ScoreRow]:
        """Return the rows of a plot of a score, best pipeline first, without those that failed."""
        summary = self.summary.loc[self._ranked(score)]
        rows = []
        for name, values in summary.iterrows():
            low, high = float(values[f"{score}_low"]), float(values[f"{score}_high"])
            folds = self.frame.loc[self.frame["pipeline"] == name, f"test_{score}"]
            rows.append(ScoreRow(str(name), folds.tolist(), float(values[score]), low, high))
        return rows

    def _tables(self) -> list[pd.DataFrame]:
        return [self.table()]

    def _place_scores(self) -> dict[str, Any] | None:
        score = self.scores[0]
        return place_scores(self, score) if self.summary[score].notna().any() else None

    def _notes(self, *, is_short: bool = False) -> list[str]:
        conclusions = self.conclusions()[:1] if is_short else self.conclusions()
        confounds = self.protocol.get("confounds", [])
        return [note for note in [*conclusions, *self.failures(), *confounds] if note]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


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
    return show(" ".join(str(text).split()))


def _escape_cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")
