"""Clips of several genres in displays: check their weights, or refuse them."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._genre_matrix import is_multilabel
from .._pipelines import takes_several_genres


def refuse_several_genres(display: type, y: Any, cure: str, estimator: Any = None) -> None:
    """Refuse clips of several genres, and a model of them.

    Parameters
    ----------
    display : type
        The caller, for error messages.
    y : object
        The genres of the clips.
    cure : str
        What to use instead, after "of several genres: ".
    estimator : estimator or None
        The model, if there is one.
    """
    if is_multilabel(y):
        raise ValueError(f"{display.__name__} takes one genre per clip, and y has several: {cure}.")
    if estimator is not None and takes_several_genres(estimator):
        check_is_fitted(estimator)
        raise ValueError(
            f"{display.__name__} takes a classifier of one genre per clip, and "
            f"{type(estimator).__name__} was fitted on several: {cure}."
        )


def check_weights(display: type, sample_weight: Any, n_clips: int) -> np.ndarray:
    """Return a weight for each clip, 1 by default."""
    weights = np.ones(n_clips) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    if weights.shape != (n_clips,) or not (weights >= 0).all() or not weights.any():
        raise ValueError(
            f"{display.__name__} needs sample_weight to be a number of 0 or more for each of the "
            f"{n_clips} clips, and one of them above 0. Got {sample_weight!r:.100}."
        )
    return weights
