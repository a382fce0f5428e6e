"""Facts about sound files that predict their genre, for ``skgenre check``."""

from typing import TYPE_CHECKING

from ._console import say

if TYPE_CHECKING:
    import pandas as pd

_N_FOLDS = 5


def say_confounds(report: "pd.DataFrame", genres: "list[str] | pd.DataFrame | None") -> int:
    """Print the facts that predict the genre, and return the number of confounds.

    Parameters
    ----------
    report : DataFrame
        Result of :func:`skgenre.datasets.check_files`.
    genres : list of n_files str, DataFrame of shape (n_files, n_genres), or None
        Genres of the files.
    """
    import numpy as np

    from ..model_selection._compare.folds import make_folds
    from ..model_selection._leakage.confounds import (
        CONFOUND,
        FACTS,
        describe_confounds,
        find_confounds,
    )

    if genres is None:
        return 0
    if hasattr(genres, "columns"):
        say("Confounds are found for one genre per file; these files have several.")
        return 0
    target = np.array(genres, dtype=object)
    # A genre with one clip is never in both train and test.
    names, counts = np.unique(target, return_counts=True)
    is_used = (report.error == "").to_numpy() & np.isin(target, names[(counts > 1) & (names != "")])
    sound, target = report[is_used], target[is_used]
    groups = sound.group.to_numpy()  # copies of a recording stay together
    names, counts = np.unique(target, return_counts=True)
    n_folds = min(_N_FOLDS, *counts.tolist(), len(np.unique(groups))) if len(names) else 0
    if len(names) < 2 or n_folds < 2:
        return 0
    folds, _ = make_folds(n_folds, sound, target, groups, 0, name="skgenre check", check=False)
    facts = sound[list(FACTS)].replace("", np.nan)
    table = find_confounds(facts, target, groups, folds, 0)
    for sentence in describe_confounds(table):
        say(sentence)
    return int((table.finding == CONFOUND).sum())
