"""Read variables from a checkpoint of TensorFlow, without TensorFlow.

A checkpoint of the second format is a table, ``PREFIX.index``, of the place, the shape and the
checksum of each variable in ``PREFIX.data-00000-of-00001`` and further shards. Nothing in it is
executed, and its files are untrusted: a number is used only after it is compared with the size of
the file and with the shape that the caller expects.
"""

import os
from collections.abc import Collection, Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..exceptions import ModelFormatError
from .checksum import masked_checksum
from .protobuf import iterate_fields
from .sstable import read_table

_LARGEST_INDEX = 16_000_000  # bytes
_MOST_SHARDS = 10_000
_MOST_AXES = 254  # as in TensorFlow
_FLOAT32 = 1


class _Variable(NamedTuple):
    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    is_sliced: bool


def read_checkpoint(
    prefix: str | os.PathLike, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, np.ndarray]:
    """Read variables of a checkpoint.

    Parameters
    ----------
    prefix : str or PathLike
        Path of the checkpoint: that of its index without ``.index``.
    shapes : mapping of str to tuple
        Names of the variables and the shapes that they must have. Nothing else is read.

    Returns
    -------
    dict of ndarray
        Variables by name, float32.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ModelFormatError
        If a file is damaged, truncated or no checkpoint, or if the checkpoint has no such variable.
    """
    index = Path(f"{os.fspath(prefix)}.index")
    try:
        n_shards, variables = _read_index(index, shapes)
        for name, shape in shapes.items():
            _check_variable(name, shape, variables.get(name), n_shards)
    except ValueError as error:
        raise ModelFormatError(
            f"{index} is not the index of a checkpoint of TensorFlow with the expected network: "
            f"{error}."
        ) from error
    return {name: _read_variable(prefix, n_shards, name, variables[name]) for name in shapes}


def _read_index(index: Path, names: Collection[str]) -> tuple[int, dict[str, _Variable]]:
    size = index.stat().st_size
    if size > _LARGEST_INDEX:
        raise ValueError(f"its {size:,} bytes are more than an index has")
    with index.open("rb") as file:
        entries = read_table(file.read(size))
    n_shards = _read_header(entries.pop(b"", b""))
    # Nothing else is parsed, as it might be long.
    found = {name: entries.get(name.encode()) for name in names}
    return n_shards, {n: _parse_variable(entry) for n, entry in found.items() if entry is not None}


def _read_header(message: bytes) -> int:
    fields = dict(iterate_fields(message))
    n_shards = fields.get(1, 0)
    if not isinstance(n_shards, int) or not 1 <= n_shards <= _MOST_SHARDS:
        raise ValueError("its header has no number of shards")
    if fields.get(2, 0) != 0:
        raise ValueError("its numbers are big-endian")
    return n_shards


def _parse_variable(message: bytes) -> _Variable:
    numbers = {1: 0, 3: 0, 4: 0, 5: 0, 6: 0}
    shape: tuple[int, ...] = ()
    is_sliced = False
    for field, value in iterate_fields(message):
        if field == 2 and isinstance(value, bytes):
            shape = _parse_shape(value)
        elif field == 7:
            is_sliced = True
        elif field in numbers and isinstance(value, int):
            numbers[field] = value
    dtype, shard, offset, size, checksum = numbers.values()
    return _Variable(dtype, shape, shard, offset, size, checksum, is_sliced)


def _parse_shape(message: bytes) -> tuple[int, ...]:
    sizes = []
    for field, value in iterate_fields(message):
        if field != 2 or not isinstance(value, bytes):
            raise ValueError("a shape has an unknown number of axes")
        size = dict(iterate_fields(value)).get(1, 0)
        if not isinstance(size, int):
            raise ValueError("a shape has an axis without a size")
        sizes.append(size)
        if len(sizes) > _MOST_AXES:
            raise ValueError(f"a shape has more than {_MOST_AXES} axes")
    return tuple(sizes)


def _check_variable(
    name: str, shape: tuple[int, ...], found: _Variable | None, n_shards: int
) -> None:
    if found is None:
        raise ValueError(f"it has no variable {name!r}")
    if found.dtype != _FLOAT32 or found.is_sliced:
        raise ValueError(f"{name!r} is no plain array of float32")
    if found.shape != tuple(shape):
        raise ValueError(f"{name!r} has the shape {_shorten(found.shape)}, not {tuple(shape)}")
    if found.size != 4 * prod(shape):
        raise ValueError(f"{name!r} of the shape {tuple(shape)} has {found.size:,} bytes")
    if found.shard >= n_shards:
        raise ValueError(f"{name!r} is in shard {found.shard} of {n_shards}")


def _shorten(shape: tuple[int, ...]) -> str:
    return f"{shape}" if len(shape) <= 6 else f"of {len(shape)} axes"


def _read_variable(
    prefix: str | os.PathLike, n_shards: int, name: str, variable: _Variable
) -> np.ndarray:
    path = Path(f"{os.fspath(prefix)}.data-{variable.shard:05d}-of-{n_shards:05d}")
    if variable.offset + variable.size > path.stat().st_size:
        raise ModelFormatError(
            f"{path} is truncated, or of another checkpoint: {name!r} is beyond its end. Copy or "
            f"download it again."
        )
    with path.open("rb") as file:
        file.seek(variable.offset)
        data = file.read(variable.size)
    if len(data) != variable.size or masked_checksum(data) != variable.checksum:
        raise ModelFormatError(
            f"{path} is damaged: the checksum of {name!r} is wrong. Copy or download it again."
        )
    return np.frombuffer(data, "<f4").reshape(variable.shape).astype(np.float32)
