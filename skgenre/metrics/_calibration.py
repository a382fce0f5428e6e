"""Calibration of predicted probabilities."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from .._public import public
from ._label_columns import check_label_columns

_BIN_CONSTRAINTS: dict = {
    "n_bins": [Interval(Integral, 1, None, closed="left")],
    "strategy": [StrOptions({"uniform", "quantile"})],
}


@public
@validate_params(_BIN_CONSTRAINTS, prefer_skip_nested_validation=True)
def expected_calibration_error(
    y_true: Any,
    y_prob: Any,
    *,
    n_bins: int = 15,
    strategy: str = "uniform",
    labels: Any = None,
    sample_weight: Any = None,
) -> float:
    """Return the expected calibration error: the gap between confidence and accuracy.

    The confidence of a prediction is its largest probability. Predictions are binned by confidence,
    and the differences between each bin's mean confidence and its accuracy are averaged, weighted
    by the bin's share of the clips.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,)
        The genre of each clip.
    y_prob : array-like of shape (n_clips, n_genres)
        Probabilities, each row summing to 1.
    n_bins : int, default=15
        Number of bins.
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or with equal numbers of clips. The second is less sensitive to bins
        with few clips.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_prob`: the ``classes_`` of the classifier. None takes the
        sorted genres of `y_true`, which must contain all of them.
    sample_weight : array-like of shape (n_clips,), default=None
        Per-clip sample weights.

    Returns
    -------
    float
        Between 0 and 1; smaller is better.

    Raises
    ------
    ValueError
        When `y_prob` is not probabilities (NaN, below 0, rows that don't sum to 1), when it does
        not have one column per label, or when `y_true` has a genre that is not among the labels.

    See Also
    --------
    reliability_frame : Confidence and accuracy of the bins.
    sklearn.metrics.log_loss : Rewards calibration and discrimination together.

    Notes
    -----
    The error is biased upwards for bins with few clips: with a hundred clips even a perfectly
    calibrated model has an error above 0. Compare models on the same clips and with the same bins.

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities
       Using Bayesian Binning", AAAI 2015.
    .. [2] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
       ICML 2017.

    Examples
    --------
    Two confident predictions, one of them wrong:

    >>> from skgenre.metrics import expected_calibration_error
    >>> probabilities = [[0.9, 0.1], [0.9, 0.1]]
    >>> round(expected_calibration_error(["jazz", "rock"], probabilities), 3)
    0.4
    """
    name = "expected_calibration_error"
    bins = _bin(name, y_true, y_prob, n_bins, strategy, labels, sample_weight)
    gaps = (bins["confidence"] - bins["accuracy"]).abs()
    return float((gaps * bins["weight"]).sum() / bins["weight"].sum())


@public
@validate_params(_BIN_CONSTRAINTS, prefer_skip_nested_validation=True)
def reliability_frame(
    y_true: Any,
    y_prob: Any,
    *,
    n_bins: int = 15,
    strategy: str = "uniform",
    labels: Any = None,
    sample_weight: Any = None,
) -> pd.DataFrame:
    """Return a reliability diagram as a table: confidence and accuracy of each bin of predictions.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,)
        The genre of each clip.
    y_prob : array-like of shape (n_clips, n_genres)
        Probabilities, each row summing to 1.
    n_bins : int, default=15
        Number of bins.
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or with equal numbers of clips.
    labels : array-like of shape (n_genres,), default=None
        The genres of the columns of `y_prob`: the ``classes_`` of the classifier. None takes the
        sorted genres of `y_true`, which must contain all of them.
    sample_weight : array-like of shape (n_clips,), default=None
        Per-clip sample weights.

    Returns
    -------
    DataFrame
        One row per non-empty bin: ``low`` and ``high``, its edges (the upper one is included);
        ``confidence``, the mean of the largest probabilities; ``accuracy``; ``n_clips``; and
        ``weight``, the sum of the clips' weights.

    See Also
    --------
    expected_calibration_error : Summarizes it in one number.
    skgenre.inspection.ReliabilityDisplay : Plots it.

    References
    ----------
    .. [1] A. Niculescu-Mizil, R. Caruana, "Predicting Good Probabilities with Supervised
       Learning", ICML 2005.

    Examples
    --------
    >>> from skgenre.metrics import reliability_frame
    >>> probabilities = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]]
    >>> reliability_frame(["jazz", "rock", "rock"], probabilities, n_bins=5)[
    ...     ["low", "high", "confidence", "accuracy", "n_clips"]
    ... ]
       low  high  confidence  accuracy  n_clips
    0  0.4   0.6         0.6       1.0        1
    1  0.8   1.0         0.9       0.5        2
    """
    return _bin("reliability_frame", y_true, y_prob, n_bins, strategy, labels, sample_weight)


def _bin(
    name: str,
    y_true: Any,
    y_prob: Any,
    n_bins: int,
    strategy: str,
    labels: Any,
    sample_weight: Any,
) -> pd.DataFrame:
    is_true, y_prob, weight = check_label_columns(
        name, y_true, y_prob, labels, sample_weight, score_name="y_prob"
    )
    _refuse_no_probabilities(name, is_true, y_prob)
    predicted = y_prob.argmax(axis=1)[:, np.newaxis]
    confidence = y_prob.max(axis=1)
    is_correct = np.take_along_axis(is_true, predicted, axis=1)[:, 0]
    # Rounded, so that a confidence of 0.6 and an edge of 3/5 are the same number.
    edges = np.round(np.linspace(0, 1, n_bins + 1), 12)
    if strategy == "quantile":
        edges = np.unique(np.quantile(confidence, edges))
        edges = edges if len(edges) > 1 else np.repeat(edges, 2)
    # Open below and closed above, so that a confidence of 1 is in the last bin.
    number = np.searchsorted(edges[1:-1], np.round(confidence, 12), side="left")
    frame = pd.DataFrame(
        {
            "low": edges[number],
            "high": edges[number + 1],
            "confidence": confidence * weight,
            "accuracy": is_correct * weight,
            "n_clips": 1,
            "weight": weight,
        }
    )
    frame = frame.groupby(["low", "high"], as_index=False).sum()
    # Bins with only zero-weight clips are left out.
    frame = frame[frame["weight"] > 0].reset_index(drop=True)
    frame[["confidence", "accuracy"]] = frame[["confidence", "accuracy"]].div(
        frame["weight"], axis=0
    )
    return frame


def _refuse_no_probabilities(name: str, is_true: np.ndarray, y_prob: np.ndarray) -> None:
    if (is_true.sum(axis=1) > 1).any():
        raise ValueError(f"{name} takes one genre per clip, but y_true has clips with several.")
    # Networks return float32, whose sums are not exactly 1.
    if y_prob.min() < -1e-6 or not np.allclose(y_prob.sum(axis=1), 1.0, rtol=0, atol=1e-3):
        raise ValueError(
            f"{name} needs probabilities: values of at least 0 that sum to 1 over each row of "
            f"y_prob. Got values from {y_prob.min():.3g} to {y_prob.max():.3g}, with row sums "
            f"from {y_prob.sum(axis=1).min():.3g} to {y_prob.sum(axis=1).max():.3g}. Use "
            f"predict_proba, not decision_function."
        )
