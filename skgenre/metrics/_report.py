"""Classification report as a table."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import classification_report
from sklearn.utils.multiclass import unique_labels

from .._genre_columns import name_columns
from .._public import public

_AVERAGES = ("accuracy", "micro avg", "macro avg", "weighted avg")


@public
def classification_report_frame(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    zero_division: Any = 0.0,
) -> pd.DataFrame:
    """Return precision, recall and F1 of each genre as a DataFrame.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,)
        The genre of each clip.
    y_pred : array-like of shape (n_clips,)
        The predicted genres.
    labels : array-like of shape (n_genres,), default=None
        The genres to report, and their order. None takes all of `y_true` and `y_pred`, sorted.
    sample_weight : array-like of shape (n_clips,), default=None
        Per-clip sample weights.
    zero_division : {0.0, 1.0, np.nan}, default=0.0
        Value of a precision without predictions or a recall without clips; averages leave out
        NaN.

    Returns
    -------
    DataFrame
        One row per genre with ``precision``, ``recall``, ``f1-score`` and ``support`` (clips, or
        the sum of their weights), then the rows "accuracy", "macro avg" and "weighted avg". The row
        of a genre with one of these names, or one that begins with "genre:", has the prefix
        "genre:". Accuracy is in the column ``f1-score``, as in scikit-learn's report. If `labels`
        leaves out a genre, "micro avg" replaces "accuracy".

    See Also
    --------
    sklearn.metrics.classification_report : The same as text.

    Examples
    --------
    >>> from skgenre.metrics import classification_report_frame
    >>> report = classification_report_frame(["jazz", "rock", "rock"], ["jazz", "rock", "jazz"])
    >>> report.loc["rock", ["precision", "recall"]].tolist()
    [1.0, 0.5]
    >>> report.index.tolist()
    ['jazz', 'rock', 'accuracy', 'macro avg', 'weighted avg']
    """
    genres = unique_labels(y_true, y_pred) if labels is None else np.asarray(labels)
    report = classification_report(
        y_true,
        y_pred,
        labels=labels,
        # A genre may have the name of one of the report's own rows.
        target_names=[f"genre {number}" for number in range(len(genres))],
        sample_weight=sample_weight,
        output_dict=True,
        zero_division=zero_division,
    )
    if "accuracy" in report:
        report["accuracy"] = {
            "precision": np.nan,
            "recall": np.nan,
            "f1-score": report["accuracy"],
            "support": report["macro avg"]["support"],
        }
    frame = pd.DataFrame.from_dict(report, orient="index")
    averages = [name for name in frame.index if name in _AVERAGES]
    rows = [*name_columns(genres.tolist(), _AVERAGES), *averages]
    frame.index = pd.Index(rows, name="genre", dtype=object)
    if sample_weight is None:
        frame["support"] = frame["support"].astype(int)
    return frame
