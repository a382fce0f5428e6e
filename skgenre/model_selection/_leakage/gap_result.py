"""Gaps between the scores of leaking and clean splits."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from ..._public import public
from .._compare.results import FoldScores
from .._compare.significance import corrected_variance

# From the most leaking to the strictest.
_MEANINGS = {
    "segment-random": "segments of a clip in both train and test",
    "clip-random": "clips drawn at random",
    "given-split": "the split as given",
    "group-disjoint": "no group in both train and test",
}


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
    share [1]_. A gap is the difference of two such means; its variance is the sum of theirs, with
    the degrees of freedom of Welch and Satterthwaite. With a single fold there is no spread, and
    the interval is NaN.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.

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
                mean, variance, spread, k = self._moments(*key, score)
                half = _half_width(variance, k - 1)
                row[score] = mean
                row[f"{score}_std"] = spread
                row[f"{score}_low"] = mean - half
                row[f"{score}_high"] = mean + half
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
                gap, half = self._gap(first, second, score)
                rows.append(
                    {
                        "from": first,
                        "to": second,
                        "score": score,
                        "gap": gap,
                        "low": gap - half,
                        "high": gap + half,
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

    def _moments(self, protocol: str, unit: str, score: str) -> tuple[float, float, float, int]:
        """Return the mean over folds, its corrected variance, and their deviation and number."""
        folds = self.frame[(self.frame["protocol"] == protocol) & (self.frame["unit"] == unit)]
        values = folds[f"test_{score}"].to_numpy(dtype=float)
        k = len(values)
        if k < 2:
            return float(values.mean()), np.nan, np.nan, k
        share = float((folds["n_test"] / folds["n_train"]).mean())
        spread = float(values.std(ddof=1))
        return float(values.mean()), corrected_variance(spread, k, share), spread, k

    def _gap(self, first: str, second: str, score: str) -> tuple[float, float]:
        """Return the difference of two means and the half-width of its interval."""
        mean, variance, _, k = self._moments(first, "segment", score)
        other_mean, other_variance, _, other_k = self._moments(second, "segment", score)
        total = variance + other_variance
        if total == 0:
            return mean - other_mean, 0.0
        freedom = total**2 / (variance**2 / max(k - 1, 1) + other_variance**2 / max(other_k - 1, 1))
        return mean - other_mean, _half_width(total, freedom)

    def conclusion(self) -> str:
        """Summarize in a sentence how much the leaking protocols inflate the score.

        Returns
        -------
        str
            The first score of segments under each protocol, and the gap with its interval.
        """
        score = self.scores[0]
        claims = [
            f"{self._moments(name, 'segment', score)[0]:.3f} with {_MEANINGS[name]}"
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
        words.append(f"{facts['genres']} genres")
        words.append("no groups" if facts["groups"] is None else f"{facts['groups']} groups")
        words.append(f"cv={facts['cv']}")
        if facts["repeats"] > 1:
            words.append(f"{facts['repeats']} repeats")
        words.append(f"random_state={facts['random_state']}")
        words.append("gaps are of segments, so that nothing but the split differs")
        return "; ".join(words)

    def _tables(self) -> list[pd.DataFrame]:
        return [*self.tables()]


def _half_width(variance: float, freedom: float) -> float:
    if np.isnan(variance):
        return np.nan
    return float(stats.t.ppf(0.975, freedom) * np.sqrt(variance))


def _interval(low: float, high: float) -> str:
    return "none: one fold" if np.isnan(low) else f"{low:.3f} to {high:.3f}"
