"""Read the fields of a protocol buffer, without a description of its message."""

from collections.abc import Iterator
from typing import TypeVar

from .sstable import read_varint

# A slice of a memoryview is no copy.
Bytes = TypeVar("Bytes", bytes, memoryview)

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LARGEST_TAG = 2**32 - 1


def iterate_fields(message: Bytes) -> Iterator[tuple[int, int | Bytes]]:
    """Yield the number and the value of each field: a number, or the bytes of what it contains.

    Raises
    ------
    ValueError
        If the message is damaged.
    """
    place = 0
    while place < len(message):
        tag, place = read_varint(message, place)
        if tag > _LARGEST_TAG:  # other programs ignore the upper bits
            raise ValueError("a message has a field whose number is too large")
        number, kind = tag >> 3, tag & 7
        value: int | Bytes
        if kind == _VARINT:
            value, place = read_varint(message, place)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
            value = int.from_bytes(_take(message, place, size), "little")
            place += size
        elif kind == _BYTES:
            size, place = read_varint(message, place)
            value = _take(message, place, size)
            place += size
        else:
            raise ValueError(f"a message has a field of the unknown kind {kind}")
        yield number, value


def _take(message: Bytes, place: int, size: int) -> Bytes:
    if place + size > len(message):
        raise ValueError("a field is longer than its message")
    return message[place : place + size]
