"""Go through the chunks of a WAV, AIFF, W64 or CAF file, up to a limit."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ._source import Source

# Maximum number of chunks, blocks of a FLAC header, or tags before an MP3 file: real files have a
# dozen. Millions of empty ones would keep the parsers busy for minutes.
MAX_PARTS = 5000


class Chunk(NamedTuple):
    """A chunk: its name, and the positions of its size field and its content."""

    name: bytes
    size_at: int
    start: int
    size: int


class _Layout(NamedTuple):
    """Layout of a chunk's header."""

    first: int
    name: int
    size: str
    # Whether the size includes the header, and the alignment of the next chunk.
    counts_header: bool
    multiple: int


# Name of the format, byte order of its sizes, and position of the first chunk.
_LAYOUTS = (
    (b"RIFF", _Layout(12, 4, "<I", False, 2)),
    (b"RIFX", _Layout(12, 4, ">I", False, 2)),
    (b"RF64", _Layout(12, 4, "<I", False, 2)),
    (b"FORM", _Layout(12, 4, ">I", False, 2)),
    (b"caff", _Layout(8, 4, ">Q", False, 1)),
    (b"riff\x2e\x91\xcf\x11", _Layout(40, 16, "<Q", True, 8)),
)


def iterate_chunks(source: Source, offset: int = 0, head: bytes | None = None) -> Iterator[Chunk]:
    """Yield the chunks of a file that starts with `head`; none for other formats.

    It ends where there is no chunk name: parsers stop there too.

    Raises
    ------
    AudioDecodeError
        If there are more than any sound file has.
    """
    head = source.read_at(offset, 16) if head is None else head
    layout = next((layout for magic, layout in _LAYOUTS if head.startswith(magic)), None)
    if layout is None:
        return
    position = offset + layout.first
    length = layout.name + struct.calcsize(layout.size)
    for _ in range(MAX_PARTS):
        header = source.read_at(position, length)
        if len(header) < length or not _is_name(header[:4]):
            return
        (size,) = struct.unpack(layout.size, header[layout.name :])
        if layout.counts_header:
            size = max(0, size - length)
        yield Chunk(header[:4], position + layout.name, position + length, size)
        position += length + size
        position += -(position - offset) % layout.multiple
    raise source.error(too_many("chunks"))


def is_chain(source: Source, start: int, layout_of: bytes) -> bool:
    """Tell whether chunks, not samples, follow from `start` to the end of the file."""
    layout = next(layout for magic, layout in _LAYOUTS if layout_of.startswith(magic))
    length = layout.name + struct.calcsize(layout.size)
    position = start
    for _ in range(MAX_PARTS):
        if source.size - layout.multiple < position <= source.size + layout.multiple:
            return True
        header = source.read_at(position, length)
        if len(header) < length or not _is_name(header[:4]):
            return False
        (size,) = struct.unpack(layout.size, header[layout.name :])
        size = max(0, size - length) if layout.counts_header else size
        position += length + size + size % layout.multiple
    return False


def too_many(parts: str, most: int = MAX_PARTS) -> str:
    """Return the message for a file with too many parts."""
    return (
        f"its header has more than {most:,} {parts}, as no sound file has: it is damaged, "
        f"or made to keep programs busy. Leave it out."
    )


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 for byte in name)
