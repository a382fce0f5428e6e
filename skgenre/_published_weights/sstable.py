"""Read the tables of LevelDB, in which TensorFlow keeps the index of a checkpoint.

A table is a sequence of blocks and a footer that says where the index of the blocks is. In a block,
keys are sorted, and each is stored as what differs from the one before it.
"""

import struct
from collections.abc import Iterator

from .checksum import masked_checksum

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes, of which the last 8 are the magic number
_TRAILER = 5  # bytes after a block: its compression and checksum
_LONGEST_VARINT = 10  # bytes
# Keys take little space in a file, as each is stored as what differs from the one before it.
_LONGEST_KEY = 4096  # bytes
_MOST_IN_KEYS = 32_000_000  # bytes


def read_table(data: bytes) -> dict[bytes, bytes]:
    """Return the values of a table by their keys.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If it is no table, compressed or damaged.
    """
    if len(data) < _FOOTER or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise ValueError("it doesn't end as a table of LevelDB does")
    footer = data[-_FOOTER:-8]
    _, _, place = _read_handle(footer, 0)
    offset, size, _ = _read_handle(footer, place)
    entries: dict[bytes, bytes] = {}
    end = n_in_keys = 0
    for _, handle in _entries_of(_read_block(data, offset, size)):
        offset, size, _ = _read_handle(handle, 0)
        # Each block once, in order: a small file can't name one block a million times.
        if offset < end:
            raise ValueError("its blocks overlap")
        end = offset + size + _TRAILER
        for key, value in _entries_of(_read_block(data, offset, size)):
            if key in entries:
                raise ValueError("it has a key twice")
            n_in_keys += len(key)
            if n_in_keys > _MOST_IN_KEYS:
                raise ValueError("its keys are longer than names of variables are")
            entries[key] = value
    return entries


def read_varint(data: bytes | memoryview, place: int) -> tuple[int, int]:
    """Return a number of seven bits per byte, and the place after it."""
    number = 0
    for count in range(_LONGEST_VARINT):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number, place
    raise ValueError("it has a number that doesn't end")


def _read_handle(data: bytes, place: int) -> tuple[int, int, int]:
    offset, place = read_varint(data, place)
    size, place = read_varint(data, place)
    return offset, size, place


def _read_block(data: bytes, offset: int, size: int) -> bytes:
    end = offset + size
    if end + _TRAILER > len(data) - _FOOTER:
        raise ValueError("a block is beyond its end")
    if data[end] != 0:
        raise ValueError("it is compressed, which checkpoints are not")
    (checksum,) = struct.unpack("<I", data[end + 1 : end + _TRAILER])
    if masked_checksum(data[offset : end + 1]) != checksum:
        raise ValueError("the checksum of a block is wrong")
    return data[offset:end]


def _entries_of(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise ValueError("a block is too short")
    (n_restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 - 4 * n_restarts
    if end < 0:
        raise ValueError("a block has more restarts than bytes")
    place, key = 0, b""
    while place < end:
        n_shared, place = read_varint(block, place)
        n_new, place = read_varint(block, place)
        n_value, place = read_varint(block, place)
        if n_shared > len(key) or place + n_new + n_value > end:
            raise ValueError("an entry is longer than its block")
        if n_shared + n_new > _LONGEST_KEY:
            raise ValueError("it has a key that is longer than a name")
        key = key[:n_shared] + block[place : place + n_new]
        place += n_new
        yield key, block[place : place + n_value]
        place += n_value
