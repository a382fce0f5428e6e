"""Merge comparisons that were run on the same clips and folds."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from ..._name_columns import name_index
from .predictions import PREDICTED, TARGET, genre_columns, probability_columns, select_columns
from .store import Stored

_KEYS = ["pipeline", "fold"]
_CLIP = ["fold", "clip"]
# The order of the columns of predictions, before the probabilities.
_FIXED = ("pipeline", "repeat", "fold", "clip", "file", "group", "target", "predicted")


def merge_comparisons(a: Stored, b: Stored) -> Stored:
    """Return one comparison of the pipelines of two.

    Parameters
    ----------
    a, b : Stored
        The comparisons; facts that differ, such as versions, are listed after each other.

    Raises
    ------
    ValueError
        When clips, folds or scores differ, or the results of a name.
    """
    _check_protocols(a, b)
    _check_folds(a.frame, b.frame)
    _check_clips(a.predictions, b.predictions)
    _check_same_names(a, b)
    new = ~b.frame["pipeline"].isin(a.frame["pipeline"])
    frame = pd.concat([a.frame, b.frame[new]], ignore_index=True)
    return Stored(
        frame,
        _merge_predictions(a.predictions, b.predictions),
        _merge_protocols(a.protocol, b.protocol),
    )


def rename_pipelines(parts: Stored, names: Mapping[str, str]) -> Stored:
    """Return a comparison with other names of pipelines.

    Parameters
    ----------
    parts : Stored
        The comparison.
    names : mapping of str to str
        New names by old ones.
    """
    old = parts.frame["pipeline"].unique().tolist()
    for name in names:
        if name not in old:
            raise ValueError(
                f"There is no pipeline {name!r} to rename, only {', '.join(map(repr, old))}."
            )
    new = [names.get(name, name) for name in old]
    for name in new:
        if not isinstance(name, str) or new.count(name) > 1:
            raise ValueError(f"Every pipeline needs a name of its own, and {name!r} is not one.")
    places = dict(zip(old, new, strict=True))
    described = parts.protocol.get("pipelines", {})
    frame, predictions = (
        table.assign(pipeline=table["pipeline"].map(places)) if len(table) else table
        for table in (parts.frame, parts.predictions)
    )
    return Stored(
        frame,
        predictions,
        {**parts.protocol, "pipelines": {places[name]: described[name] for name in described}},
    )


def _refuse(what: str, a: object, b: object) -> None:
    raise ValueError(
        f"These comparisons can't be merged: {what} {a} in the first and {b} in the second. Run "
        f"compare with the same clips, cv and random_state."
    )


def _check_protocols(a: Stored, b: Stored) -> None:
    for fact in ("clips", "genres", "genres_per_clip", "groups", "folds", "unit"):
        first, second = a.protocol.get(fact), b.protocol.get(fact)
        if first != second:
            _refuse(f"{fact} is", first, second)
    first, second = (
        [name for name in parts.frame.columns if name.startswith("test_")] for parts in (a, b)
    )
    if sorted(first) != sorted(second):
        texts = (
            ", ".join(name.removeprefix("test_") for name in names) for names in (first, second)
        )
        _refuse("the scores are", *texts)


def _check_folds(a: pd.DataFrame, b: pd.DataFrame) -> None:
    """Refuse folds with other numbers of clips."""
    sizes = ["n_train", "n_test"]
    first, second = (frame.drop_duplicates("fold").set_index("fold")[sizes] for frame in (a, b))
    for fold in first.index.union(second.index):
        rows = [
            tuple(map(int, table.loc[fold])) if fold in table.index else None
            for table in (first, second)
        ]
        if rows[0] != rows[1]:
            texts = ("missing" if row is None else f"{row[0]} + {row[1]}" for row in rows)
            _refuse(f"the train and test clips of fold {fold} are", *texts)


def _check_clips(a: pd.DataFrame, b: pd.DataFrame) -> None:
    """Refuse other test clips, and clips with other genres, groups or files."""
    if not len(a) or not len(b):
        return
    first, second = (table.drop_duplicates(_CLIP).set_index(_CLIP) for table in (a, b))
    # A fold on which every pipeline failed has no predictions to compare.
    both = set(first.index.unique("fold")) & set(second.index.unique("fold"))
    first, second = (
        table[table.index.get_level_values("fold").isin(both)].sort_index()
        for table in (first, second)
    )
    if not first.index.equals(second.index):
        fold, clip = first.index.symmetric_difference(second.index)[0]
        texts = ("a test clip" if (fold, clip) in t.index else "none" for t in (first, second))
        _refuse(f"on fold {fold}, clip {clip} is", *texts)
    for column in ("target", *genre_columns(a, TARGET), "group", "file"):
        if not (column in first and column in second):
            continue
        values = [table[column].to_numpy() for table in (first, second)]
        if column == "file":
            values = [np.array([PurePath(str(v)).name for v in part]) for part in values]
        differs = np.flatnonzero(values[0] != values[1])
        if differs.size:
            _, clip = first.index[differs[0]]
            what = "genre" if column == "target" else column.replace(TARGET, "genre ", 1)
            shown = [repr(part[differs].tolist()[0]) for part in values]
            _refuse(f"the {what} of clip {clip} is", shown[0], shown[1])


def _check_same_names(a: Stored, b: Stored) -> None:
    """Refuse a name with other results in each."""
    scores = [name for name in a.frame.columns if name.startswith("test_")]
    for name in sorted(set(a.frame["pipeline"]) & set(b.frame["pipeline"])):
        first, second = (
            parts.frame[parts.frame["pipeline"] == name].set_index("fold")[scores].sort_index()
            for parts in (a, b)
        )
        rows = [_predicted(parts.predictions, name) for parts in (a, b)]
        same = np.allclose(first.astype(float), second.astype(float), rtol=1e-9, equal_nan=True)
        if not same or not rows[0].equals(rows[1]):
            raise ValueError(
                f"These comparisons can't be merged: both have a pipeline {name!r}, with different "
                f"results. Rename one first: b.rename({{{name!r}: 'another name'}})."
            )


def _predicted(predictions: pd.DataFrame, name: str) -> pd.DataFrame:
    if not len(predictions):
        return pd.DataFrame(dtype=object)
    own = predictions[predictions["pipeline"] == name].set_index(_CLIP).sort_index()
    columns = genre_columns(predictions, PREDICTED) or ["predicted"]
    return select_columns(own, columns).astype(object)


def _merge_predictions(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    if not len(a) or not len(b):
        return a if len(a) else b
    new = b[~b["pipeline"].isin(a["pipeline"])]
    merged = pd.concat([a, new], ignore_index=True)
    fixed = [name for name in _FIXED if name in merged.columns]
    if "file" in a and "file" in b:  # the folder of the first
        files = a.drop_duplicates("clip").set_index("clip")["file"]
        merged["file"] = merged["clip"].map(files).fillna(merged["file"])
    several = [*genre_columns(a, TARGET), *genre_columns(a, PREDICTED)]
    known = [name for name in several if name not in fixed]
    columns = [*fixed, *known, *dict.fromkeys([*probability_columns(a), *probability_columns(b)])]
    ordered = pd.concat([merged[name] for name in columns], axis=1, keys=range(len(columns)))
    return ordered.set_axis(name_index(columns), axis=1)


def _merge_protocols(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    merged = {**b, **a}
    merged["versions"] = {
        name: _list_both(part.get(name) for part in (a.get("versions", {}), b.get("versions", {})))
        for name in {**a.get("versions", {}), **b.get("versions", {})}
    }
    for name in ("date", "split", "data"):
        if name in merged:
            merged[name] = _list_both(part.get(name) for part in (a, b))
    if a.get("random_state") != b.get("random_state"):
        merged["random_state"] = f"{a.get('random_state')} and {b.get('random_state')}"
    merged["pipelines"] = {**a.get("pipelines", {}), **b.get("pipelines", {})}
    merged["resumed_folds"] = a.get("resumed_folds", 0) + b.get("resumed_folds", 0)
    return merged


def _list_both(values: Any) -> str:
    return "; ".join(dict.fromkeys(str(value) for value in values if value is not None))
