"""Searches among the pipelines of a comparison: groups for inner folds, chosen parameters."""

import copy
import json
import warnings
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing

from ..._pipelines import searches_in, searches_over_rows
from ..._shown_text import to_unicode
from ...exceptions import PipelineWarning
from .folds import Fold

# Characters of a parameter that is neither a number nor a name.
_LONGEST_VALUE = 200
_LARGEST_INTEGER = 2**53

BEST_PARAMS = "best_params"


def check_searches(
    pipelines: Mapping[str, BaseEstimator],
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    folds: list[Fold],
) -> None:
    """Refuse searches whose folds need groups when there are none; warn if they divide groups.

    Parameters
    ----------
    pipelines : dict of str -> estimator
        The pipelines, not fitted.
    X, y, groups : array-like
        The clips, their genres, and their groups or None.
    folds : list of (train, test)
        The outer folds.

    Raises
    ------
    ValueError
        When a search splits by groups and `groups` is None.

    Warns
    -----
    PipelineWarning
        When the inner folds of a search divide groups, or are those of an integer where clips may
        have several genres.
    """
    for name, pipeline in pipelines.items():
        for search in searches_over_rows(pipeline):
            kind = type(search).__name__
            if groups is None and _needs_groups(search.cv, X, y, folds[0]):
                raise ValueError(
                    f"The pipeline {name!r} has a {kind} with cv={search.cv!r}, which needs "
                    f"groups: give them to compare as groups=, one label per clip. They reach the "
                    f"search."
                )
            if y.ndim == 2 and (search.cv is None or isinstance(search.cv, int | np.integer)):
                warnings.warn(
                    f"The {kind} of the pipeline {name!r} has cv={search.cv!r}, for which "
                    f"scikit-learn takes a plain KFold where clips may have several genres: it "
                    f"balances no genre, and divides groups. Set its "
                    f"cv=MultilabelStratifiedGroupKFold(3), say, of skgenre.model_selection.",
                    PipelineWarning,
                    stacklevel=3,
                )
            elif groups is not None and _divides_groups(search.cv, X, y, groups, folds[0]):
                warnings.warn(
                    f"The {kind} of the pipeline {name!r} has clips of a group in both parts of "
                    f"its inner folds, which favors parameters that overfit groups: set its "
                    f"cv={'Multilabel' if y.ndim == 2 else ''}StratifiedGroupKFold(3), say. The "
                    f"outer folds keep groups together.",
                    PipelineWarning,
                    stacklevel=3,
                )


def _needs_groups(cv: Any, X: Any, y: np.ndarray, fold: Fold) -> bool:
    """Tell whether a splitter of the training clips fails without groups, and only without."""
    own_groups = np.arange(len(fold[0]))
    return (
        hasattr(cv, "split")
        and not _inner_splits(cv, X, y, None, fold)
        and bool(_inner_splits(cv, X, y, own_groups, fold))
    )


def _divides_groups(cv: Any, X: Any, y: np.ndarray, groups: np.ndarray, fold: Fold) -> bool:
    inner = groups[fold[0]]
    splits = _inner_splits(cv, X, y, inner, fold)
    return any(np.isin(inner[test], inner[train]).any() for train, test in splits)


def _inner_splits(cv: Any, X: Any, y: np.ndarray, groups: Any, fold: Fold) -> list[Fold]:
    """Return the first inner splits of the training clips; none if they can't be split."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that groups are ignored
            splitter = check_cv(copy.deepcopy(cv), y[fold[0]], classifier=True)
            splits = splitter.split(_safe_indexing(X, fold[0]), y[fold[0]], groups)
            return [(np.asarray(train), np.asarray(test)) for train, test in islice(splits, 10)]
    except Exception:  # the fit will say it
        return []


def read_best_params(model: Any) -> dict[str, Any]:
    """Return the parameters that the searches in a fitted model chose, ready for JSON."""
    chosen: dict[str, Any] = {}
    for prefix, search in searches_in(model):
        params = getattr(search, "best_params_", None)
        if isinstance(params, Mapping):
            chosen |= {f"{prefix}{name}": _simplify(value) for name, value in params.items()}
    return chosen


def are_best_params(values: Any) -> bool:
    """Tell whether values from an untrusted file can be those of `read_best_params`."""
    return isinstance(values, dict) and all(
        isinstance(name, str) and _is_simple(value) for name, value in values.items()
    )


def write_best_params(params: dict[str, Any]) -> str:
    """Return chosen parameters as JSON for a cell of a table; empty if there are none."""
    return json.dumps(params, ensure_ascii=False) if params else ""


def make_chosen_parameters(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the chosen parameters of a comparison's frame, one row per pipeline and fold.

    Parameters
    ----------
    frame : DataFrame
        The frame of a comparison.

    Returns
    -------
    DataFrame
        The columns ``pipeline``, ``repeat`` and ``fold``, and one per parameter; NaN where the
        pipeline has no such parameter.
    """
    keys = ["pipeline", "repeat", "fold"]
    if BEST_PARAMS not in frame:
        return frame[keys].iloc[:0]
    # Missing where a comparison without searches was merged in.
    searched = frame[frame[BEST_PARAMS].fillna("") != ""].reset_index(drop=True)
    rows = [_read_params(text) for text in searched[BEST_PARAMS]]
    params = pd.DataFrame(rows, index=searched.index, dtype=object).infer_objects()
    return pd.concat([searched[keys], params], axis=1)


def _read_params(text: Any) -> dict[str, Any]:
    """Return the parameters in a cell of a frame, which may be from a file."""
    try:
        params = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        params = None
    if not are_best_params(params):
        raise ValueError(
            f"The column {BEST_PARAMS!r} of a comparison's frame must have JSON of parameters by "
            f"name, as compare writes it. Got {str(text)[:_LONGEST_VALUE]!r}."
        )
    return params


def _simplify(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        value = to_unicode(value)
    return value if _is_simple(value) else _shorten(" ".join(to_unicode(repr(value)).split()))


def _is_simple(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE
    if isinstance(value, float):
        return bool(np.isfinite(value))
    if isinstance(value, int):
        return abs(value) <= _LARGEST_INTEGER
    return value is None


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
