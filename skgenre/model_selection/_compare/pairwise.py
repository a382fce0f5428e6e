"""Tests of all pairs of pipelines, and their results in words."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from .significance import (
    CORRECTED_T,
    MCNEMAR,
    Difference,
    bootstrap_interval,
    bootstrap_test,
    corrected_t_test,
    holm,
    mcnemar_test,
)

Resamples = Mapping[str, Mapping[str, list[float]]]


def compare_pairs(
    frame: pd.DataFrame,
    predictions: pd.DataFrame,
    resamples: Resamples,
    *,
    score: str,
    test: str,
    names: list[str],
    alpha: float,
) -> pd.DataFrame:
    """Test the differences between all pairs of pipelines in one score.

    Parameters
    ----------
    frame, predictions : DataFrame
        Those of a :class:`Comparison`.
    resamples : dict of str -> dict of str -> list of float
        Each pipeline's scores on resamples of the test clips of a single split.
    score : str
        The score.
    test : str
        The test.
    names : list of str
        The pipelines to test, best first.
    alpha : float
        Significance level for the corrected p-values.
    """
    folds = {name: frame[frame["pipeline"] == name] for name in names}
    rows = []
    for better, worse in combinations(names, 2):
        a, b = folds[better], folds[worse]
        differences = (a[f"test_{score}"].to_numpy() - b[f"test_{score}"].to_numpy()).astype(float)
        if test == CORRECTED_T:
            found = corrected_t_test(differences, a["n_train"].mean(), a["n_test"].mean())
        else:
            pair = (better, worse)
            resampled = [np.asarray(resamples.get(name, {}).get(score, [])) for name in pair]
            low, high, p = np.nan, np.nan, np.nan
            if all(len(values) for values in resampled):
                low, high = bootstrap_interval(resampled[0] - resampled[1])
                p = bootstrap_test(*resampled)
            if test == MCNEMAR:
                p = mcnemar_test(*(_rights(predictions, name) for name in pair))
            elif np.isnan(p) and differences[0] == 0.0:
                p = 1.0
            found = Difference(float(differences[0]), low, high, p)
        rows.append((better, worse, found.mean, found.low, found.high, found.p))
    pairs = pd.DataFrame(rows, columns=["pipeline", "other", "difference", "low", "high", "p"])
    pairs["p_holm"] = holm(pairs["p"].to_numpy(dtype=float))
    pairs["differs"] = pairs["p_holm"] < alpha
    pairs["test"] = test
    return pairs


def _rights(predictions: pd.DataFrame, name: str) -> np.ndarray:
    """Return which clips a pipeline predicts correctly, in the order of their indices."""
    held_out = predictions[predictions["pipeline"] == name].sort_values("clip")
    return (held_out["target"] == held_out["predicted"]).to_numpy()


def describe_pair(pair: pd.Series, alpha: float) -> str:
    """Describe the result of a pair in words.

    Parameters
    ----------
    pair : Series
        A row of :func:`compare_pairs`.
    alpha : float
        Significance level.
    """
    interval = "" if np.isnan(pair["low"]) else f", 95 % interval {describe_interval(pair)}"
    by = f"{pair['difference']:+.3f}{interval}, {describe_p(pair['p_holm'])}"
    if pair["differs"]:
        return f"{pair['pipeline']} is better than {pair['other']} ({by})"
    if np.isnan(pair["p"]):
        return (
            f"{pair['pipeline']} against {pair['other']} could not be tested, since on a single "
            f"split this score is not a function of the predictions ({by})"
        )
    if pair["p"] < alpha:
        return (
            f"no significant difference between {pair['pipeline']} and {pair['other']}, given the "
            f"number of pairs ({by})"
        )
    return f"no significant difference between {pair['pipeline']} and {pair['other']} ({by})"


def describe_interval(pair: pd.Series) -> str:
    """Format the interval of a difference."""
    return f"{pair['low']:+.3f} to {pair['high']:+.3f}"


def describe_p(p: float) -> str:
    """Format a p-value."""
    if np.isnan(p):
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def describe_winner(names: list[str], pairs: pd.DataFrame) -> str:
    """Summarize in a sentence whether the best pipeline is significantly better.

    Parameters
    ----------
    names : list of str
        The pipelines, best first.
    pairs : DataFrame
        All their pairs, from :func:`compare_pairs`.
    """
    if len(names) < 2:
        return f"{names[0]} is the only pipeline with scores." if names else ""
    best = names[0]
    own = pairs[pairs["pipeline"] == best]
    beaten = own.loc[own["differs"], "other"].tolist()
    equals = own.loc[~own["differs"], "other"].tolist()
    if not equals:
        return f"{best} is better than {_join(beaten)}."
    sentence = f"{best} has the best mean, but is not significantly better than {_join(equals)}"
    return f"{sentence}; it is better than {_join(beaten)}." if beaten else f"{sentence}."


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
