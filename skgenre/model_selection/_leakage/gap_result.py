"""Gaps between the scores of leaking and clean splits."""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..._public import public
from .._compare.clip_scores import find_scorer
from .._compare.plot import place_rows
from .._compare.results import FoldScores, ScoreRow
from .._compare.score_bounds import UNKNOWN, bounds_of
from .._compare.significance import corrected_variance, score_interval

# From the most leaking to the strictest.
_MEANINGS = {
    "segment-random": "segments of a clip in both train and test",
    "clip-random": "clips drawn at random",
    "given-split": "the split as given",
    "group-disjoint": "no group in both train and test",
}


class _Moments(NamedTuple):
    """Mean of a score over folds, its deviation, standard error and degrees of freedom."""

    mean: float
    spread: float
    error: float
    freedom: float
    n_clips: float
    bounds: tuple[float, float]

    def interval(self, freedom: float) -> tuple[float, float]:
        """Return the 95 % interval of the mean."""
        return score_interval(self.mean, self.error, freedom, self.n_clips, self.bounds)


def _welch_freedom(one: _Moments, other: _Moments) -> float:
    """Return the degrees of freedom of a difference of means."""
    total = one.error**2 + other.error**2
    if not total > 0:
        return one.freedom + other.freedom
    parts = (part.error**4 / max(part.freedom, 1) for part in (one, other))
    return float(total**2 / sum(parts))


@public
class LeakageGap(FoldScores):
    """Scores of one model on folds that leak and on folds that do not.

    Returned by :func:`leakage_gap`.

    Parameters
    ----------
    frame : DataFrame
        One row per protocol, unit, repeat and fold.
    protocol : dict
        How the scores were measured.

    Attributes
    ----------
    frame : DataFrame
        One row per protocol, unit, repeat and fold, with the columns ``protocol``, ``unit``
        ("segment" or "clip"), ``repeat``, ``fold``, ``n_train`` and ``n_test`` (numbers of that
        unit), and ``test_<score>`` for each score.
    protocol : dict
        Numbers of clips, segments, genres, groups and repeats, the folds and the seed.

    See Also
    --------
    leakage_gap : Measures them.

    Notes
    -----
    Intervals are of means over folds: the range of the mean if as many other clips of the same kind
    had been drawn and split. The variance over folds is corrected for the training clips that folds
    share [1]_. A score with known bounds has Wilson's interval with this variance, for at most as
    many independent observations as there are clips: it stays within the bounds, and has a width
    even if all folds score the same. A gap is the difference of two such means; its interval
    combines theirs [2]_, with the degrees of freedom of Welch and Satterthwaite. With a single fold
    there is no spread, and the interval is NaN.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.
    .. [2] R. G. Newcombe, "Interval Estimation for the Difference Between Independent Proportions:
       Comparison of Eleven Methods", Statistics in Medicine 17, 1998: the square-and-add method.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.classifiers import SegmentVotingClassifier
    >>> from skgenre.model_selection import leakage_gap
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["blues", "metal"], 20)
    >>> segments = rng.normal(size=(40, 3, 4, 1))
    >>> model = SegmentVotingClassifier(LogisticRegression())
    >>> result = leakage_gap(model, segments, y, groups=np.arange(40) // 2, cv=4, random_state=0)
    >>> result.summary.index.tolist()[0], result.summary.index.tolist()[-1]
    (('segment-random', 'segment'), ('group-disjoint', 'clip'))
    >>> result.gaps[["from", "to"]].values.tolist()[-1]
    ['segment-random', 'group-disjoint']
    >>> result.conclusion().startswith("accuracy of segments is")
    True
    """

    @property
    def summary(self) -> pd.DataFrame:
        """Mean scores, one row per protocol and unit.

        For each score its mean over the folds, ``_std`` their standard deviation, and ``_low`` and
        ``_high`` a 95 % interval of the mean.
        """
        rows = {}
        for key in self._keys():
            row = {}
            for score in self.scores:
                moments = self._moments(*key, score)
                row[score] = moments.mean
                row[f"{score}_std"] = moments.spread
                row[f"{score}_low"], row[f"{score}_high"] = moments.interval(moments.freedom)
            rows[key] = row
        summary = pd.DataFrame.from_dict(rows, orient="index")
        summary.index = pd.MultiIndex.from_tuples(rows, names=["protocol", "unit"])
        return summary

    @property
    def gaps(self) -> pd.DataFrame:
        """Differences of the means, one row per pair of protocols and score.

        The columns are ``from``, ``to``, ``score``, ``gap`` (the first mean minus the second, both
        of segments), and ``low`` and ``high``, its 95 % interval.
        """
        present = self._present()
        rows = []
        for first, second in sorted(
            combinations(present, 2),
            key=lambda pair: present.index(pair[1]) - present.index(pair[0]),
        ):
            for score in self.scores:
                gap, low, high = self._gap(first, second, score)
                rows.append(
                    {
                        "from": first,
                        "to": second,
                        "score": score,
                        "gap": gap,
                        "low": low,
                        "high": high,
                    }
                )
        return pd.DataFrame(rows)

    @property
    def gap(self) -> float:
        """The first score on segment-random folds minus that under the strictest protocol."""
        return float(self.gaps.query("score == @self.scores[0]")["gap"].iloc[-1])

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `gap`."""
        last = self.gaps.query("score == @self.scores[0]").iloc[-1]
        return float(last["low"]), float(last["high"])

    def _present(self) -> list[str]:
        return [name for name in _MEANINGS if (name, "segment") in self._keys()]

    def _keys(self) -> list[tuple[str, str]]:
        return list(dict.fromkeys(zip(self.frame["protocol"], self.frame["unit"], strict=True)))

    def _moments(self, protocol: str, unit: str, score: str) -> "_Moments":
        folds = self.frame[(self.frame["protocol"] == protocol) & (self.frame["unit"] == unit)]
        values = folds[f"test_{score}"].to_numpy(dtype=float)
        k = len(values)
        share = float((folds["n_test"] / folds["n_train"]).mean())
        spread = float(values.std(ddof=1)) if k > 1 else np.nan
        n_clips = self.protocol.get("clips", folds["n_test"].sum() / folds["repeat"].nunique())
        scorer = find_scorer(score, None, multilabel="genres_per_clip" in self.protocol)
        bounds = UNKNOWN if scorer is None else bounds_of(scorer)
        error = float(np.sqrt(corrected_variance(spread, k, share)))
        return _Moments(float(values.mean()), spread, error, k - 1, n_clips, bounds)

    def _gap(self, first: str, second: str, score: str) -> tuple[float, float, float]:
        """Return the difference of two means and its interval."""
        one, other = (self._moments(name, "segment", score) for name in (first, second))
        freedom = _welch_freedom(one, other)
        low, high = one.interval(freedom)
        other_low, other_high = other.interval(freedom)
        gap = one.mean - other.mean
        return (
            gap,
            gap - float(np.hypot(one.mean - low, other_high - other.mean)),
            gap + float(np.hypot(high - one.mean, other.mean - other_low)),
        )

    def conclusion(self) -> str:
        """Summarize in a sentence how much the leaking protocols inflate the score.

        Returns
        -------
        str
            The first score of segments under each protocol, and the gap with its interval.
        """
        score = self.scores[0]
        claims = [
            f"{self._moments(name, 'segment', score).mean:.3f} with {_MEANINGS[name]}"
            for name in self._present()
        ]
        low, high = (100 * bound for bound in self.interval)
        if self.gap < 0:
            low, high = -high, -low
        more = "more" if self.gap >= 0 else "fewer"
        interval = "" if np.isnan(low) else f" (95 % interval {low:.1f} to {high:.1f})"
        return (
            f"{score} of segments is {', '.join(claims)}. The first claims "
            f"{abs(100 * self.gap):.1f} points {more} than the last{interval}."
        )

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return `summary` and `gaps` as tables of formatted text.

        Returns
        -------
        tuple of two DataFrames
            One row per protocol and unit, and one row per pair of protocols.
        """
        summary, gaps = self.summary, self.gaps
        scores = pd.DataFrame(summary.index.to_list(), columns=["folds", "scored by"])
        for score in self.scores:
            scores[score] = [f"{mean:.3f}" for mean in summary[score]]
            scores[f"95 % interval of {score}"] = [
                _interval(low, high)
                for low, high in summary[[f"{score}_low", f"{score}_high"]].values
            ]
        table = pd.DataFrame({"gap": [f"{a} - {b}" for a, b in gaps[["from", "to"]].values]})
        table["score"] = gaps["score"]
        table["difference"] = [f"{gap:+.3f}" for gap in gaps["gap"]]
        table["95 % interval"] = [_interval(*pair) for pair in gaps[["low", "high"]].values]
        return scores, table

    def caption(self) -> str:
        """Describe the protocol in words.

        Returns
        -------
        str
            Numbers of clips, segments, genres and groups, folds, seed, and the definition of a gap.
        """
        facts = self.protocol
        words = [f"{facts['clips']} clips", f"{facts['segments']} segments"]
        per_clip = facts.get("genres_per_clip")
        each = "" if per_clip is None else f" ({per_clip:.2g} per clip)"
        words.append(f"{facts['genres']} genres{each}")
        words.append("no groups" if facts["groups"] is None else f"{facts['groups']} groups")
        words.append(f"cv={facts['cv']}")
        if facts["repeats"] > 1:
            words.append(f"{facts['repeats']} repeats")
        words.append(f"random_state={facts['random_state']}")
        words.append("gaps are of segments, so that nothing but the split differs")
        return "; ".join(words)

    def _place_scores(self) -> dict[str, Any] | None:
        score = self.scores[0]
        rows = []
        for protocol, unit in self._keys():
            moments = self._moments(protocol, unit, score)
            if np.isnan(moments.mean):
                return None
            mine = (self.frame["protocol"] == protocol) & (self.frame["unit"] == unit)
            folds = self.frame.loc[mine, f"test_{score}"].tolist()
            low, high = moments.interval(moments.freedom)
            rows.append(ScoreRow(f"{protocol}, by {unit}", folds, moments.mean, low, high))
        return place_rows(rows, 1 / self.protocol["genres"] if score == "accuracy" else None)

    def _tables(self) -> list[pd.DataFrame]:
        return [*self.tables()]


def _interval(low: float, high: float) -> str:
    return "none: one fold" if np.isnan(low) else f"{low:.3f} to {high:.3f}"
