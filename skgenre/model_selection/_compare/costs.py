"""The cheapest of the pipelines that no other beats, in words."""

from typing import TYPE_CHECKING

import numpy as np

from .pairwise import join_names

if TYPE_CHECKING:
    from .results import ComparisonScores

_MOST_NAMED = 6
_CLAIMS = (
    ("fit_time", "fit (s)", "fits fastest ({} s)"),
    ("predict_time", "predict (ms/clip)", "predicts fastest ({} ms per clip)"),
    ("model_size", "size (kB)", "is the smallest ({} kB)"),
)


def describe_costs(comparison: "ComparisonScores") -> str:
    """Say which pipelines of the best rank are the fastest and the smallest.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    str
        A sentence; empty if one pipeline alone has the best rank.
    """
    ranks = comparison.ranking()["rank"]
    best = [str(name) for name in ranks.index[ranks == 1]]
    if len(best) < 2:
        return ""
    summary, texts = comparison.summary, comparison.table().set_index("pipeline")
    medians = comparison.frame.groupby("pipeline")[[cost for cost, *_ in _CLAIMS]].median()
    claims: dict[str, list[str]] = {}
    for cost, column, claim in _CLAIMS:
        values = summary.loc[best, cost].to_numpy(float)
        # One fold may have computed the features that the others found in the cache.
        usual = medians.loc[best, cost].to_numpy(float)
        is_clear = np.ptp(values) > 0 and values.argmin() == usual.argmin()
        if np.isfinite(values).all() and is_clear:
            name = best[int(values.argmin())]
            claims.setdefault(name, []).append(claim.format(texts.at[name, column]))
    if not claims:
        return ""
    among = join_names(best) if len(best) <= _MOST_NAMED else f"the {len(best)} of rank 1"
    return (
        f"Among {among}, "
        + "; ".join(f"{name} {join_names(c)}" for name, c in claims.items())
        + "."
    )
