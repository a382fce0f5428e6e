"""Read a file in blocks that grow, for stores that send parts of files."""

import io
import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ._remote_errors import RemoteFileError, explain
from ._urls import Url

# Bytes of the first block, and of the largest: each that follows another is twice as long.
FIRST_BLOCK = 1 << 18
LARGEST_BLOCK = 1 << 23
_N_BLOCKS = 3


class Blocks(io.RawIOBase):
    """A file read in blocks, each twice as long as the one before it.

    Parameters
    ----------
    read_part : callable
        Called with the positions of the first byte and after the last one.
    size : int
        Bytes of the file.
    url : Url
        Its address, for errors.
    """

    def __init__(self, read_part: Callable[[int, int], bytes], size: int, url: Url) -> None:
        self._read_part = read_part
        self._size = size
        self._url = url
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next = (0, FIRST_BLOCK)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Change the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, as many as asked for unless the file ends."""
        left = max(0, self._size - self._position)
        n_left = left if size is None or size < 0 else min(size, left)
        parts = []
        while n_left:
            start, block = self._block_at(self._position)
            part = block[self._position - start : self._position - start + n_left]
            parts.append(part)
            self._position += len(part)
            n_left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes into a buffer; return how many."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _block_at(self, position: int) -> tuple[int, bytes]:
        """Return the block that has a position, and where it begins."""
        for start, block in self._blocks.items():
            if start <= position < start + len(block):
                self._blocks.move_to_end(start)
                return start, block
        expected, length = self._next
        length = length if position == expected else FIRST_BLOCK
        stop = min(self._size, position + length)
        try:
            block = self._read_part(position, stop)
        except Exception as error:
            raise explain(error, self._url) from None
        if not block:
            raise RemoteFileError("no bytes came: the connection was lost. Try again later")
        self._blocks[position] = block
        if len(self._blocks) > _N_BLOCKS:
            self._blocks.popitem(last=False)
        self._next = (position + len(block), min(2 * length, LARGEST_BLOCK))
        return position, block
