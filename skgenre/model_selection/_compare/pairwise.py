"""Results of the tests of pairs in words."""

import numpy as np
import pandas as pd

from .questions import THESE_CLIPS, decide

# More clips than this are not named as a cure.
_MOST_CLIPS = 100_000
# A difference below it is rounding.
_SMALLEST = 1e-9


def describe_pair(pair: pd.Series, alpha: float) -> str:
    """Describe the result of one question about a pair in words.

    Parameters
    ----------
    pair : Series
        A row of ``Comparison.pairwise``.
    alpha : float
        Significance level.
    """
    names = f"{pair['pipeline']} and {pair['other']}"
    where = _name_question(pair)
    if np.isnan(pair["p"]):
        return (
            f"{pair['pipeline']} against {pair['other']} could not be tested {where}: "
            f"{pair['note']} ({pair['difference']:+.3f})"
        )
    by = (
        f"{pair['difference']:+.3f}, {describe_interval(pair, alpha)}, "
        f"{describe_p(pair['p_adjusted'])}{describe_probabilities(pair)}"
    )
    if pair["differs"]:
        return f"{pair['pipeline']} is better than {pair['other']} {where} ({by})"
    why = ", given the number of pairs" if pair["p"] < alpha else ""
    return f"no significant difference between {names} {where}{why} ({by})"


def describe_both(first: pd.Series, second: pd.Series, alpha: float) -> str:
    """Describe the results of both questions about a pair in a sentence.

    Parameters
    ----------
    first, second : Series
        The rows of ``Comparison.pairwise`` for these clips and for new training sets.
    alpha : float
        Significance level.
    """
    if np.isnan(second["p"]):
        return describe_pair(first, alpha)
    if np.isnan(first["p"]):
        return describe_pair(second, alpha)
    both = {
        (True, True): "for new training sets too",
        (True, False): "not significant for new training sets",
        (False, True): "significant for new training sets",
        (False, False): "nor for new training sets",
    }[bool(first["differs"]), bool(second["differs"])]
    details = (
        f"{describe_interval(second, alpha)}, {describe_p(second['p_adjusted'])}"
        f"{describe_probabilities(second)}"
    )
    return f"{describe_pair(first, alpha)}; {both} ({details})"


def describe_interval(pair: pd.Series, alpha: float | None = None, *, raw: bool = False) -> str:
    """Format the interval of a difference: simultaneous for all pairs, or with `raw` its own."""
    low, high = ("low", "high") if raw else ("adjusted_low", "adjusted_high")
    bounds = f"{pair[low]:+.3f} to {pair[high]:+.3f}"
    return bounds if alpha is None else f"{100 * (1 - alpha):g} % interval {bounds}"


def describe_p(p: float) -> str:
    """Format a p-value."""
    if np.isnan(p):
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def describe_probabilities(pair: pd.Series) -> str:
    """Format the probabilities of the Bayesian test, empty for the first question."""
    if np.isnan(pair["p_better"]):
        return ""
    return (
        f", P(better) {pair['p_better']:.2f}, P(equivalent) {pair['p_equivalent']:.2f}, "
        f"P(worse) {pair['p_worse']:.2f}"
    )


def describe_winner(
    names: list[str],
    pairs: pd.DataFrame,
    *,
    n_folds: int,
    n_clips: int,
    unit: str = "clips",
    is_share: bool = True,
) -> str:
    """Summarize whether the best pipeline is significantly better.

    The first sentence answers the question of these clips, the next the one of new training sets.

    Parameters
    ----------
    names : list of str
        The pipelines, best first.
    pairs : DataFrame
        All their pairs, as ``Comparison.pairwise`` returns them.
    n_folds, n_clips : int
        Numbers of folds, and of clips or groups.
    unit : str, default="clips"
        What `n_clips` counts.
    is_share : bool, default=True
        Whether the score lies between 0 and 1, so that differences are in points.
    """
    if len(names) < 2:
        return f"{names[0]} is the only pipeline with scores." if names else ""
    best = names[0]
    own = decide(pairs[pairs["pipeline"] == best])
    beaten = own.loc[own["differs"].astype(bool), "other"].tolist()
    equals = own[~own["differs"].astype(bool)]
    where = _name_question(own.iloc[0])
    if own["p"].isna().all():
        sentence = f"{best} has the best mean; no difference could be tested."
        notes = pairs.loc[pairs["pipeline"] == best, ["question", "note"]].drop_duplicates()
        reasons = [f"{question}: {note}" for question, note in notes.itertuples(index=False)]
        return f"{sentence} On {reasons[0]}; for {'; for '.join(reasons[1:])}."
    if not len(equals):
        sentence = f"{best} is better than {join_names(beaten)} {where}."
    else:
        sentence = (
            f"{best} has the best mean, but is not significantly better than "
            f"{join_names(equals['other'].tolist())} {where}"
        )
        sentence += f"; it is better than {join_names(beaten)}." if beaten else "."
        sentence += _describe_power(equals, n_folds, n_clips, unit, is_share=is_share)
    if own["question"].iloc[0] != THESE_CLIPS:
        obstacle = pairs.loc[pairs["question"] == THESE_CLIPS, "note"].iloc[0]
        return f"{sentence} On these clips it could not be tested: {obstacle}."
    second = pairs[(pairs["pipeline"] == best) & (pairs["question"] != THESE_CLIPS)]
    return f"{sentence} {_describe_second(second)}"


def _describe_power(
    equals: pd.DataFrame, n_folds: int, n_clips: int, unit: str, *, is_share: bool
) -> str:
    """Say which difference would have been found, and how many clips show the measured one."""
    tested = equals[equals["p"].notna()]
    if not len(tested):
        return ""
    smallest = tested["smallest_detectable"]
    if not smallest.max() > _SMALLEST:
        return ""
    low, high = (_format(value, is_share) for value in (smallest.min(), smallest.max()))
    within = high if low == high else f"{low} to {high}"
    folds = "1 split" if n_folds == 1 else f"{n_folds} folds"
    text = (
        f" Not significant with {folds} and {n_clips} {unit}: a difference under "
        f"{_points(within) if is_share else within} would not be seen (it is found less than four "
        f"times in five)."
    )
    nearest = tested.iloc[0]
    difference = abs(float(nearest["difference"]))
    factor = (float(nearest["smallest_detectable"]) / max(difference, 1e-9)) ** 2
    needed = factor * n_clips
    if not factor > 1 or needed > _MOST_CLIPS:
        return f"{text} More {unit} show smaller differences."
    shown = _format(difference, is_share)
    return (
        f"{text} A difference of {_points(shown) if is_share else shown}, as between "
        f"{nearest['pipeline']} and {nearest['other']}, takes about {_round_up(needed):,} {unit} "
        f"like these."
    )


def _format(difference: float, is_share: bool) -> str:
    """Format a difference in points, or in the unit of the score."""
    if not is_share:
        return f"{difference:.2g}"
    points = 100 * difference
    return f"{points:.0f}" if points >= 9.5 else f"{points:.1f}"


def _points(number: str) -> str:
    return f"{number} {'point' if number in ('1', '1.0') else 'points'}"


def _round_up(number: float) -> int:
    """Round to two significant digits, upwards."""
    step = 10 ** max(0, int(np.floor(np.log10(number))) - 1)
    return int(np.ceil(number / step) * step)


def _describe_second(pairs: pd.DataFrame) -> str:
    if pairs["p"].isna().all():
        return f"For new training sets: {pairs['note'].iloc[0]}."
    differs = pairs["differs"].astype(bool)
    beaten, others = pairs.loc[differs, "other"].tolist(), pairs.loc[~differs, "other"].tolist()
    if not others:
        return f"For new training sets too, it is better than {join_names(beaten)}."
    likely = pairs[~differs]["p_better"].min()
    text = (
        f"For new training sets, no significant difference from {join_names(others)} is shown "
        f"(P(better) {'at least ' if len(others) > 1 else ''}{likely:.2f})"
    )
    return f"{text}; it is better than {join_names(beaten)}." if beaten else f"{text}."


def _name_question(pair: pd.Series) -> str:
    return "on these clips" if pair["question"] == THESE_CLIPS else "for new training sets"


def join_names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
