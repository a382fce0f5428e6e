"""Comparisons as files: a zip archive of one JSON document and columns of numbers, no pickle."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..._files import output_file
from ..._name_columns import name_column, name_index
from ..._shown_text import show
from .plain import make_plain
from .predictions import (
    PREDICTED,
    PROBABILITY,
    TARGET,
    are_probabilities,
    are_shares,
    genre_columns,
    have_several_genres,
    probability_columns,
    select_columns,
)
from .run import COSTS, LARGEST_NUMBER
from .searches import make_chosen_parameters

_FORMAT, _VERSION = "skgenre comparison", 1
_DOCUMENT = "comparison.json"

# A few kilobytes can unpack to gigabytes.
_LARGEST_DOCUMENT = 2**24  # bytes
_LARGEST_BASE, _LARGEST_RATIO = 2**28, 20
_MOST_COLUMNS = 10_000

_NUMBERS = {f"<{kind}" for kind in ("f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8")}
_DTYPES = _NUMBERS | {"|i1", "|u1", "|b1"}

_FRAME = {"pipeline": "O", "fold": "i", "n_train": "i", "n_test": "i", "error": "O"}
_PREDICTIONS = {"pipeline": "O", "repeat": "i", "fold": "i", "clip": "i"}
_TEXTS = ("left_out", "pipelines", "versions")


class Stored(NamedTuple):
    """The parts of a comparison."""

    frame: pd.DataFrame
    predictions: pd.DataFrame
    protocol: dict[str, Any]


def write_comparison(path: str | os.PathLike, stored: Stored) -> None:
    """Write a comparison; an old file is replaced when the new one is complete.

    Raises
    ------
    TypeError
        When a part is neither text nor a number.
    """
    members: dict[str, bytes] = {}
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "frame": _pack_table(stored.frame, "frame", members),
        "predictions": _pack_table(stored.predictions, "predictions", members),
        "protocol": make_plain(stored.protocol),
    }
    # ASCII: a file name may contain bytes that are not UTF-8.
    text = json.dumps(document, allow_nan=False).encode("ascii")
    with output_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {_DOCUMENT: text, **members}.items():
            archive.writestr(name, content)


def read_comparison(path: str | os.PathLike) -> Stored:
    """Read a comparison from an untrusted file.

    Raises
    ------
    ValueError
        When the file is damaged, or not a comparison.
    """
    name = show(os.fspath(path))
    if not Path(path).is_file():
        kind = "not a file" if Path(path).exists() else "no such file"
        raise FileNotFoundError(f"{name}: {kind}. Name a file that Comparison.save wrote.")
    try:
        with Path(path).open("rb") as file, zipfile.ZipFile(file) as archive:
            return _read(archive, file.seek(0, os.SEEK_END))
    except _NewerError as error:
        raise ValueError(f"{name}: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _refusal(name, error) from error
    except (RecursionError, MemoryError, NotImplementedError, KeyError) as error:
        raise _refusal(name, f"{type(error).__name__}: {error}") from error
    except Exception as error:  # zipfile and zlib raise many kinds for damaged files
        raise _refusal(name, error) from error


class _NewerError(Exception):
    """The file has a newer format."""


def _refusal(name: str, reason: object) -> ValueError:
    return ValueError(
        f"{name}: not a comparison of skgenre ({show(reason)}). Name a file that Comparison.save "
        f"wrote, or save it again."
    )


def _read(archive: zipfile.ZipFile, size: int) -> Stored:
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > _MOST_COLUMNS or unpacked > _LARGEST_BASE + _LARGEST_RATIO * size:
        raise ValueError(f"{size:,} bytes unpack to {unpacked:,} in {len(infos):,} entries")
    if len({info.filename for info in infos}) < len(infos):
        raise ValueError("two entries have the same name")
    document = json.loads(_unpack(archive, _DOCUMENT, _LARGEST_DOCUMENT))
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError("it has another format")
    if document.get("version") != _VERSION:
        raise _NewerError(
            f"the comparison has format {document.get('version')!r}, and this version of skgenre "
            f"reads {_VERSION}: update skgenre."
        )
    frame = _read_table(archive, document["frame"], "frame")
    predictions = _read_table(archive, document["predictions"], "predictions")
    _check_frame(frame)
    _check_protocol(document["protocol"], frame)
    if predictions.shape[1]:
        _check_predictions(predictions, frame)
        if have_several_genres(predictions) != ("genres_per_clip" in document["protocol"]):
            raise ValueError("its predictions and its protocol differ in the genres per clip")
    return Stored(frame, predictions, document["protocol"])


def _unpack(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return an entry of the declared size, never more."""
    info = archive.getinfo(name)
    if info.file_size > most:
        raise ValueError(f"{name} has {info.file_size:,} bytes, more than {most:,}")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is packed in another way")
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise ValueError(f"{name} is announced as {info.file_size:,} bytes")
    return content


def _pack_table(table: pd.DataFrame, name: str, members: dict[str, bytes]) -> dict[str, Any]:
    """Describe a table, and add a member with the numbers of each column.

    A column that is not numeric has numbers of its distinct values; -1 is a missing one.
    """
    columns = []
    for place, column in enumerate(table.columns):
        values = table.iloc[:, place].to_numpy()
        described: dict[str, Any] = {"name": str(column)}
        if values.dtype.kind in "biuf":
            values = values.astype(values.dtype.newbyteorder("<"))
            described["dtype"] = values.dtype.str
        else:
            codes, distinct = pd.factorize(values)
            described["values"] = make_plain(distinct.tolist())
            values = codes.astype("<i4")
        members[f"{name}/{place}"] = values.tobytes()
        columns.append(described)
    return {"n_rows": len(table), "columns": columns}


def _read_table(archive: zipfile.ZipFile, described: Any, name: str) -> pd.DataFrame:
    n_rows, columns = described["n_rows"], described["columns"]
    if not _is_count(n_rows) or not isinstance(columns, list):
        raise ValueError(f"its table {name!r} has no rows and columns")
    series: dict[str, pd.Series] = {}
    for place, column in enumerate(columns):
        title, dtype = column["name"], column.get("dtype", "<i4")
        if not isinstance(title, str) or title in series or dtype not in _DTYPES:
            raise ValueError(f"its table {name!r} has the column {title!r} of type {dtype!r}")
        width = np.dtype(dtype).itemsize
        content = _unpack(archive, f"{name}/{place}", n_rows * width)
        if len(content) != n_rows * width:
            raise ValueError(f"its column {title!r} has not {n_rows} rows")
        if dtype == "|b1" and content.strip(b"\x00\x01"):
            raise ValueError(f"its column {title!r} is not true or false")
        numbers = np.frombuffer(content, dtype=dtype).astype(np.dtype(dtype).newbyteorder("="))
        if "values" in column:
            series[title] = _choose(title, column["values"], numbers)
        elif dtype.startswith("<f") and not _are_bounded(numbers):
            raise ValueError(f"its column {title!r} has numbers without bound")
        else:
            series[title] = pd.Series(numbers)
    if not series:
        return pd.DataFrame()
    table = pd.DataFrame(dict(enumerate(series.values())))
    table.columns = name_index(list(series))
    return table


def _choose(title: str, values: Any, numbers: np.ndarray) -> pd.Series:
    """Return a column from its distinct values and the number of each row's value."""
    plain = isinstance(values, list) and all(isinstance(v, str | int | float) for v in values)
    if not plain or np.any((numbers < -1) | (numbers >= len(values))):
        raise ValueError(f"its column {title!r} has other values than it lists")
    choices = np.empty(len(values) + 1, dtype=object)
    choices[:-1] = values
    return name_column(choices[numbers].tolist())


def _check_columns(table: pd.DataFrame, kinds: dict[str, str], name: str) -> None:
    for column, kind in kinds.items():
        if column not in table.columns:
            raise ValueError(f"its table {name!r} has no column {column!r}")
        found = table[column]
        is_number = found.dtype.kind in ("iu" if kind == "i" else "iuf") and kind != "O"
        is_text = kind == "O" and all(isinstance(value, str) for value in found.unique())
        if not is_number and not is_text:
            raise ValueError(f"its column {column!r} of {name!r} has other values")
        if kind == "i" and len(found) and not 0 <= int(found.min()) <= int(found.max()) < 2**53:
            raise ValueError(f"its column {column!r} of {name!r} has numbers out of range")


def _check_frame(frame: pd.DataFrame) -> None:
    scores = [name for name in frame.columns if name.startswith("test_")]
    if not scores or not len(frame):
        raise ValueError("it has no scores")
    _check_columns(frame, {**_FRAME, **dict.fromkeys([*scores, *COSTS], "f")}, "frame")
    if "repeat" in frame.columns:
        _check_columns(frame, {"repeat": "i"}, "frame")
    if frame.duplicated(["pipeline", "fold"]).any():
        raise ValueError("it has a fold twice")
    if (frame[["n_train", "n_test"]] < 1).any(axis=None):
        raise ValueError("it has an empty fold")
    make_chosen_parameters(frame)  # from JSON in its cells


def _check_predictions(predictions: pd.DataFrame, frame: pd.DataFrame) -> None:
    _check_columns(predictions, _PREDICTIONS, "predictions")
    if genre_columns(predictions, TARGET) and "target" not in predictions.columns:
        _check_several(predictions)
        _check_rows(predictions, frame)
        return
    for name in ("target", "predicted"):
        if name not in predictions.columns or predictions[name].isna().any():
            raise ValueError(f"its predictions have clips without {name!r}")
    if predictions["target"].map(type).nunique() > 1:
        raise ValueError("its genres are of several types")
    _check_rows(predictions, frame)
    columns = probability_columns(predictions)
    known_genres = {name.removeprefix(PROBABILITY) for name in columns}
    if columns and not known_genres.issuperset(map(str, predictions["target"].unique().tolist())):
        raise ValueError("its probabilities lack a genre of the clips")
    _check_probabilities(predictions, are_probabilities, "between 0 and 1 with the sum 1")


def _check_several(predictions: pd.DataFrame) -> None:
    """Refuse genres of clips that may have several unless all columns are there, 0 or 1."""
    genres = [
        [name.removeprefix(prefix) for name in genre_columns(predictions, prefix)]
        for prefix in (TARGET, PREDICTED, PROBABILITY)
    ]
    if not genres[0] or genres[1] != genres[0] or genres[2] not in ([], genres[0]):
        raise ValueError("its predictions have not the same genres as its clips")
    for prefix in (TARGET, PREDICTED):
        for name in genre_columns(predictions, prefix):
            column = predictions[name]
            if column.dtype.kind not in "iu" or not column.isin((0, 1)).all():
                raise ValueError(f"its column {name!r} is not 0 or 1")
    _check_probabilities(predictions, are_shares, "between 0 and 1")


def _check_rows(predictions: pd.DataFrame, frame: pd.DataFrame) -> None:
    keys = ["pipeline", "fold"]
    known = pd.MultiIndex.from_frame(frame[keys])
    if not pd.MultiIndex.from_frame(predictions[keys].drop_duplicates()).isin(known).all():
        raise ValueError("its predictions are of other folds")
    if predictions.duplicated([*keys, "clip"]).any():
        raise ValueError("it predicts a clip twice in a fold")


def _check_probabilities(
    predictions: pd.DataFrame, are_valid: Callable[[np.ndarray], bool], words: str
) -> None:
    columns = probability_columns(predictions)
    if any(predictions[name].dtype.kind != "f" for name in columns):
        raise ValueError("its probabilities are no numbers")
    values = select_columns(predictions, columns).to_numpy(dtype=float)
    is_missing = np.isnan(values).all(axis=1)
    if columns and not are_valid(values[~is_missing]):
        raise ValueError(f"its probabilities are not {words}")


def _check_protocol(protocol: Any, frame: pd.DataFrame) -> None:
    if not isinstance(protocol, dict):
        raise ValueError("it has no protocol")
    for name in ("clips", "genres", "folds"):
        if not _is_count(protocol.get(name)) or not protocol[name]:
            raise ValueError(f"its protocol has no number of {name}")
    per_clip = protocol.get("genres_per_clip", 0)
    if not isinstance(per_clip, int | float) or not 0 <= per_clip <= protocol["genres"]:
        raise ValueError("its protocol has no number of genres per clip")
    groups = protocol.setdefault("groups", None)
    if not (groups is None or _is_count(groups)):
        raise ValueError("its protocol has no number of groups")
    if not all(isinstance(protocol.get(name), str) for name in ("split", "unit")):
        raise ValueError("its protocol has no split and no unit")
    if protocol["folds"] != frame["fold"].nunique():
        raise ValueError("its protocol has another number of folds")
    protocol.setdefault("random_state", None)
    if not _is_count(protocol.setdefault("resumed_folds", 0)):
        raise ValueError("its protocol has no number of resumed folds")
    for name, entry in protocol.items():
        nested = list(entry.values()) if isinstance(entry, dict) else entry
        nested = nested if isinstance(nested, list) else [nested]
        if not all(map(_is_plain, nested)):
            raise ValueError(f"its protocol has no text or number as {name!r}")
    confounds = protocol.get("confounds", [])
    if not isinstance(confounds, list) or not all(isinstance(text, str) for text in confounds):
        raise ValueError("its confounds are no texts")
    for name in _TEXTS:
        entry = protocol.get(name, {})
        if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
            raise ValueError(f"its {name} are not texts by name")
    confounds = protocol.get("confounds", [])
    if not isinstance(confounds, list) or not all(isinstance(v, str) for v in confounds):
        raise ValueError("its confounds are no texts")


def _are_bounded(numbers: np.ndarray) -> bool:
    return bool(np.all(np.isnan(numbers) | (np.abs(numbers.astype(float)) <= LARGEST_NUMBER)))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40
