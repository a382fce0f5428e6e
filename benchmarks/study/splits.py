"""The protocols: which clips, or segments, train and test."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, StratifiedShuffleSplit

PROTOCOLS = {
    "naive": "the recipe as stated, split at random: over segments where they vote, else clips",
    "recipe": "the recipe as stated, under the honest split",
    "honest": "the mended recipe, no group on both sides of the split",
    "choice": "as honest, on the training clips alone: a fifth is held out, in runs of numbers",
}

# Cross-validated in five folds up to this number of clips, a single split above.
LARGE = 400
_N_FOLDS = 5


def make_folds(
    y: np.ndarray,
    groups: np.ndarray,
    clips: np.ndarray,
    split: np.ndarray | None,
    protocol: str,
    seed: int,
    neighbours: np.ndarray | None = None,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows to train and to test, one pair a fold.

    Parameters
    ----------
    y, groups, clips : ndarray of shape (n_rows,)
        Genre, group and clip of each row: a row is a clip, or one of its segments.
    split : ndarray of shape (n_clips,) or None
        The published part of each clip. Of "train" and "test", or "valid" where there is no test.
    protocol : str
        One of `PROTOCOLS`.
    seed : int
        Of what is drawn.
    neighbours : ndarray of shape (n_rows,), default=None
        What "choice" keeps together.
    """
    nothing = np.zeros(len(y))
    n_clips = len(np.unique(clips))
    if split is not None and n_clips > LARGE:
        train = np.flatnonzero(split == "train")
        test = np.flatnonzero(split == ("test" if "test" in split else "valid"))
        if protocol == "choice":
            together = (clips if neighbours is None else neighbours)[train]
            splitter = StratifiedGroupKFold(_N_FOLDS, shuffle=True, random_state=seed)
            kept, held = next(splitter.split(train, y[train], together))
            return [(train[kept], train[held])]
        if protocol != "naive":
            return [(train, test)]
        # As many as the honest split has.
        share = len(test) / (len(train) + len(test))
        return list(StratifiedShuffleSplit(1, test_size=share, random_state=seed).split(nothing, y))
    if protocol == "choice":
        raise ValueError("The protocol 'choice' needs data with a published split.")
    if protocol == "naive":
        folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=seed).split(nothing, y)
    else:
        splitter = StratifiedGroupKFold(_N_FOLDS, shuffle=True, random_state=seed)
        folds = splitter.split(nothing, y, groups)
    return list(folds)[: 1 if n_clips > LARGE else _N_FOLDS]


def repeated_folds(
    y: np.ndarray, groups: np.ndarray, repeat: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the five folds of one repeat in which the defaults are chosen.

    Parameters
    ----------
    y, groups : ndarray of shape (n_clips,)
        Genre of each clip, and what is never on both sides of a fold.
    repeat : int
        Number of the repeat, the seed of its folds.
    """
    splitter = StratifiedGroupKFold(_N_FOLDS, shuffle=True, random_state=repeat)
    return list(splitter.split(np.zeros(len(y)), y, groups))
