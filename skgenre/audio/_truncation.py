"""Find sound files that were cut off, as far as their format can tell, and the part with sound.

libsndfile silently reads the rest of a cut WAV, AIFF, AU, Ogg or MP3 file, so their headers are
compared with the file here. If a header leaves the size open in a way that libsndfile does not
understand, the size is filled in.
"""

import struct
from pathlib import Path
from typing import NamedTuple

from ._chunks import MAX_PARTS, Chunk, is_chain, iterate_chunks, too_many
from ._mp3 import Mp3Length, end_of_id3, measure_mp3
from ._sound import Sound
from ._source import Source, open_source
from ._view import Span

# Programs that write to a pipe don't know the size yet and leave 0, all ones, or about the maximum.
_UNKNOWN_SIZE = 0x7FFF0000

# The largest header of an Ogg page: 27 bytes and 255 lacing values.
_OGG_HEADER = 27 + 255
_MAX_FALSE_PAGES = 1000

# Bytes searched at a time.
_BLOCK = 1 << 18

# Encoders may or may not count the header's own frame; decoders drop one or two frames at the ends.
_MP3_TOLERANCE = 2 * 1152


class Promise(NamedTuple):
    """Sizes and positions given by a header.

    Parameters
    ----------
    n_bytes : int or None
        Minimum size of the file in bytes, if stated.
    span : Span or None
        Part that libsndfile should see, if not the whole file.
    mp3 : Mp3Length
        Number of samples of an MP3 file.
    """

    n_bytes: int | None = None
    span: Span | None = None
    mp3: Mp3Length = Mp3Length()


def check_complete(file: Path) -> None:
    """Refuse a file with fewer bytes than its header says; nothing is decoded."""
    with open_source(file) as source:
        read_promise(source)


def read_promise(source: Source, duration: float | None = None) -> Promise:
    """Read the promises of a file's header, and refuse a file with fewer bytes.

    With `duration`, at most that many seconds will be decoded.
    """
    try:
        promise = _read_promise(source, duration)
    except OSError as error:
        raise source.error(f"it can't be read ({error}).") from error
    if promise.n_bytes is not None and promise.n_bytes > source.size:
        raise source.error(
            f"the file is cut off: its header promises {promise.n_bytes:,} bytes, there are "
            f"{source.size:,}. Copy or download it again, or leave it out."
        )
    return promise


def check_decoded(source: Source, sound: Sound, mp3: Mp3Length, n_decoded: int) -> None:
    """Refuse a file if fewer samples were decoded than its header says, or than it has.

    Call it when libsndfile has reached the supposed end.
    """
    if sound.format == "FLAC":
        promised = sound.frames
    elif sound.subtype == "MPEG_LAYER_III":
        # Without a header libsndfile guesses the length from the first frames' bitrate: a guess
        # that is too high is harmless, one that is too low makes it stop early.
        if n_decoded >= sound.frames and mp3.counted - n_decoded > _MP3_TOLERANCE:
            raise source.error(
                f"its header does not tell how long it is, and only {n_decoded:,} of its "
                f"{mp3.counted:,} samples would be decoded. Give it one, for example with: "
                f"ffmpeg -i '{source.example}' -c copy '{source.stem}-whole.mp3'"
            )
        promised = min(sound.frames, mp3.promised) - _MP3_TOLERANCE
    else:
        return
    if n_decoded < promised:
        raise source.error(
            f"the file is cut off or damaged: its header promises {sound.frames:,} samples, "
            f"{n_decoded:,} could be decoded. Copy or download it again, or leave it out."
        )


def _read_promise(source: Source, duration: float | None) -> Promise:
    offset = end_of_id3(source)
    head = source.read_at(offset, 16)
    read = next((read for magic, read in _READERS if head.startswith(magic)), None)
    if read is None:
        length = measure_mp3(source, offset, duration)
        # For other formats after tags, libsndfile sees only the part after them.
        rest = Span(offset, source.size) if offset and length == Mp3Length() else None
        return Promise(length.n_bytes, length.span or rest, length)
    promise = read(source, offset, head)
    if offset and promise.span is None:
        # libsndfile accepts tags before these formats, but not in every way of opening them.
        promise = promise._replace(span=Span(offset, source.size))
    return promise


def _is_unknown(length: int) -> bool:
    return length == 0 or length >= _UNKNOWN_SIZE


def _promise_of_chunks(source: Source, offset: int, head: bytes) -> Promise:
    """Return the expected end of the samples of a WAV or AIFF file."""
    # In an AIFF file the chunk begins with two numbers.
    wanted, empty = (b"SSND", 8) if head.startswith(b"FORM") else (b"data", 0)
    found: Chunk | None = None
    for chunk in iterate_chunks(source, offset, head):
        if found is None and chunk.name == wanted:
            found = chunk
            if _is_unknown(chunk.size) or chunk.size <= empty:
                break
    if found is None:
        return Promise()
    if found.size <= empty:
        if _has_more(source, found, head):
            patch = (found.size_at, b"\xff" * 4)
            return Promise(None, Span(offset, source.size, (patch,)))
        return Promise()
    return Promise(None if _is_unknown(found.size) else found.start + found.size)


def _has_more(source: Source, chunk: Chunk, head: bytes) -> bool:
    """Tell whether samples follow a chunk that claims to have none."""
    start = chunk.start + chunk.size
    return source.size > start and not is_chain(source, start, head)


def _promise_of_rf64(source: Source, offset: int, head: bytes) -> Promise:
    """Return the expected end of the samples of a WAV file above 4 GB."""
    size_at, n_bytes = None, None
    found: Chunk | None = None
    for chunk in iterate_chunks(source, offset, head):
        if chunk.name == b"ds64" and size_at is None:
            sizes = source.read_at(chunk.start, 16)
            if len(sizes) == 16:
                size_at, n_bytes = chunk.start + 8, struct.unpack("<QQ", sizes)[1]
        elif chunk.name == b"data":
            found = chunk
            break
    if found is None or n_bytes is None or size_at is None:
        return Promise()
    if n_bytes == 0 and source.size > found.start:
        n_bytes = source.size - found.start
        patch = (size_at, struct.pack("<Q", n_bytes))
        return Promise(None, Span(offset, source.size, (patch,)))
    return Promise(found.start + n_bytes)


def _promise_of_caf(source: Source, offset: int, head: bytes) -> Promise:
    """Return the expected end of the samples of a CAF file; a size of -1 is open."""
    found = None
    for chunk in iterate_chunks(source, offset, head):
        if chunk.name == b"data":
            found = chunk
            if chunk.size == 0 or chunk.size >> 63:
                break
    if found is None:
        return Promise()
    if found.size >> 63 or (found.size == 0 and _has_more(source, found, head)):
        patch = (found.size_at, struct.pack(">Q", source.size - found.start))
        return Promise(None, Span(offset, source.size, (patch,)))
    return Promise(found.start + found.size)


def _promise_of_au(source: Source, offset: int, head: bytes) -> Promise:
    order = ">" if head.startswith(b".snd") else "<"
    if len(head) < 12:
        return Promise()
    start, length = struct.unpack(f"{order}II", head[4:12])
    if length == 0 and source.size > offset + start:
        return Promise(None, Span(offset, source.size, ((offset + 8, b"\xff" * 4),)))
    return Promise(None if _is_unknown(length) else offset + start + length)


def _promise_of_w64(source: Source, offset: int, head: bytes) -> Promise:
    """Only go through the chunks, to refuse too many."""
    for _ in iterate_chunks(source, offset, head):
        pass
    return Promise()


def _promise_of_flac(source: Source, offset: int, head: bytes) -> Promise:
    """Refuse a FLAC file with more blocks before its samples than any has."""
    position = offset + len(b"fLaC")
    for _ in range(MAX_PARTS):
        header = source.read_at(position, 4)
        if len(header) < 4 or header[0] & 0x80:
            return Promise()
        position += 4 + int.from_bytes(header[1:], "big")
    raise source.error(too_many("blocks"))


def _promise_of_ogg(source: Source, offset: int, head: bytes) -> Promise:
    """Return the expected end of the last page that begins in an Ogg file.

    A decoder tries every page marker, and each apparent one costs it a checksum over 64 kB.
    """
    n_pages, end = _follow_pages(source, offset)
    n_marks = 0
    for start in range(offset, source.size, _BLOCK):
        n_marks += source.read_at(start, _BLOCK + 3).count(b"OggS")
        if n_marks - n_pages > _MAX_FALSE_PAGES:
            raise source.error(too_many("marks of pages without a page", _MAX_FALSE_PAGES))
    return Promise(end)


def _follow_pages(source: Source, position: int) -> tuple[int, int | None]:
    """Return the number of pages in an Ogg file, and the expected end of the last one."""
    n_pages, end = 0, None
    while position < source.size:
        header = source.read_at(position, _OGG_HEADER)
        if header.startswith(b"OggS"):
            n_segments = header[26] if len(header) > 26 else 0
            position += 27 + n_segments + sum(header[27 : 27 + n_segments])
            n_pages, end = n_pages + 1, position
        else:
            following = source.read_at(position, _BLOCK).find(b"OggS")
            position += _BLOCK - 3 if following < 0 else following
    return n_pages, end


# By the first bytes of a file; a file with none of them may be MP3.
_READERS = (
    (b"RIFF", _promise_of_chunks),
    (b"RIFX", _promise_of_chunks),
    (b"FORM", _promise_of_chunks),
    (b"RF64", _promise_of_rf64),
    (b"caff", _promise_of_caf),
    (b"riff\x2e\x91\xcf\x11", _promise_of_w64),
    (b".snd", _promise_of_au),
    (b"dns.", _promise_of_au),
    (b"fLaC", _promise_of_flac),
    (b"OggS", _promise_of_ogg),
)
