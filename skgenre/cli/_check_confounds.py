"""Facts about the files of genre folders that predict the genre, for ``skgenre check``."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_N_FOLDS = 5


def find_in_folders(folder: Path, report: "pd.DataFrame") -> "pd.DataFrame | None":
    """Score the facts of files whose folders are genres; None if they are not, or are too few.

    Parameters
    ----------
    folder : Path
        The folder of genre folders.
    report : DataFrame
        Result of :func:`skgenre.datasets.check_files`.
    """
    import numpy as np

    from ..model_selection._compare.folds import make_folds
    from ..model_selection._leakage.confounds import FACTS, find_confounds

    sound = report[report.error == ""]
    parts = [Path(path).relative_to(folder).parts for path in sound.path]
    if not parts or any(len(names) < 2 for names in parts):
        return None
    genres = np.array([names[0] for names in parts], dtype=object)
    _, counts = np.unique(genres, return_counts=True)
    if len(counts) < 2 or counts.min() < 2:
        return None
    # Copies of a recording stay together; one without copies is a group of its own.
    groups = sound.group.to_numpy()
    n_folds = min(_N_FOLDS, int(counts.min()))
    folds, _ = make_folds(n_folds, sound, genres, groups, 0, name="skgenre check", check=False)
    facts = sound[list(FACTS)].replace("", np.nan)
    return find_confounds(facts, genres, groups, folds, 0)
