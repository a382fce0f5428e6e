"""Arrays of a model file, whose headers are checked before anything is allocated."""

import ast
import math
import struct

import numpy as np

_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 10_000
_MAX_AXES = 8
# Numbers, booleans and text. No objects, dates, complex numbers or types of size zero.
_PLAIN = "biufUS"
_SCALARS = frozenset(
    {"bool", "bool_", "bytes_", "str_"}
    | {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
    | {"float16", "float32", "float64", "longlong", "ulonglong", "intc", "uintc"}
)


def read_array(content: bytes, name: str) -> np.ndarray:
    """Return the array of an ``.npy`` entry.

    Parameters
    ----------
    content : bytes
        The entry: header and values.
    name : str
        Name of the entry, for error messages.

    Raises
    ------
    ValueError
        When the entry is not an array of plain numbers, booleans, text or tree nodes, or when the
        size in its header is not that of the values.
    """
    start, header = _split(content, name)
    try:
        fields = ast.literal_eval(header)
        shape, is_fortran = fields["shape"], fields["fortran_order"]
        dtype = _read_dtype(fields["descr"])
    except (ValueError, TypeError, KeyError, SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"{name} is no array ({type(error).__name__}: {error})") from error
    is_shape = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    if not is_shape or len(shape) > _MAX_AXES:
        raise ValueError(f"{name} has no shape that an array can have")
    size = math.prod(shape) * dtype.itemsize
    if size != len(content) - start or dtype.itemsize == 0 or max(shape, default=0) > 2**31:
        raise ValueError(
            f"{name} announces {size:,} bytes of values, and has {len(content) - start:,}"
        )
    values = np.frombuffer(content, dtype, offset=start).copy()
    return values.reshape(shape, order="F" if is_fortran is True else "C")


def _split(content: bytes, name: str) -> tuple[int, str]:
    """Return the offset of the values, and the header."""
    if content[:6] != _MAGIC or content[6:8] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise ValueError(f"{name} is no array in NumPy's format")
    form, begin = ("<H", 10) if content[6] == 1 else ("<I", 12)
    if len(content) < begin:
        raise ValueError(f"{name} is cut off")
    (length,) = struct.unpack_from(form, content, begin - struct.calcsize(form))
    if length > _MAX_HEADER or begin + length > len(content):
        raise ValueError(f"{name} has a header of {length:,} bytes")
    return begin + length, content[begin : begin + length].decode("utf-8")


def _read_dtype(description: object) -> np.dtype:
    if isinstance(description, str):
        dtype = np.dtype(description)
        if dtype.kind in _PLAIN and dtype.fields is None and dtype.subdtype is None:
            return dtype
    elif isinstance(description, list) and len(description) <= 20:
        # Which makes gaps of the fields that have no name.
        return np.lib.format.descr_to_dtype([_field(field) for field in description])
    raise ValueError(f"values of the type {description!r:.100} are not read")


def _field(field: object) -> tuple[str, str]:
    """Return a field of a tree's nodes: a name and a plain number type, or padding bytes."""
    if (
        isinstance(field, tuple)
        and len(field) == 2
        and all(isinstance(part, str) for part in field)
    ):
        kind = np.dtype(field[1])
        if kind.kind in "biuf" or (kind.kind == "V" and kind.itemsize < 8 and not field[0]):
            return field
    raise ValueError(f"values of the type {field!r:.100} are not read")


def make_scalar(array: np.ndarray, name: str) -> np.generic:
    """Return a NumPy scalar of the type `name`."""
    if name not in _SCALARS or array.ndim:
        raise ValueError(f"a file holds no numpy.{name} of shape {array.shape}")
    return getattr(np, name)(array)
