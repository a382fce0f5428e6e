"""Find sound files that were cut off, as far as their format can tell.

libsndfile reads what is left of a cut WAV, AIFF, AU, Ogg or MP3 file without a word, so their
headers are compared with the file here.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import soundfile

from ..exceptions import AudioDecodeError
from ._mp3 import count_mp3_samples, find_mp3_header

# Writers to a pipe, who don't know the size yet, leave 0, all ones, or about the largest size.
_UNKNOWN_SIZE = 0x7FFF0000

# The largest Ogg page: a header of 27 bytes, 255 lacing values, as many segments of 255 bytes.
_OGG_PAGE = 27 + 255 + 255 * 255

# Encoders count the header's own frame or not; decoders drop one or two frames at the ends.
_MP3_TOLERANCE = 2 * 1152


def check_complete(file: Path) -> None:
    """Refuse a file that has fewer bytes than its header says."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            promised = _promised_size(stream, size)
    except OSError as error:
        raise AudioDecodeError(f"{file}: it can't be read ({error}).", path=str(file)) from error
    if promised is not None and promised > size:
        raise AudioDecodeError(
            f"{file}: the file is cut off: its header promises {promised:,} bytes, there are "
            f"{size:,}. Copy or download it again, or leave it out.",
            path=str(file),
        )


def check_decoded(file: Path, sound: soundfile.SoundFile, n_decoded: int) -> None:
    """Refuse a file of which fewer samples were decoded than its header says, or than it has.

    To be called when libsndfile has reached what it takes for the end.
    """
    if sound.format == "FLAC":
        promised = sound.frames
    elif sound.subtype == "MPEG_LAYER_III":
        with file.open("rb") as stream:
            promised = find_mp3_header(stream).n_samples
            n_samples = 0 if promised else count_mp3_samples(stream)
        # Without a header libsndfile guesses the length from the first frames' bitrate: too high
        # a guess does no harm, after too low a one it stops.
        if n_decoded >= sound.frames and n_samples - n_decoded > _MP3_TOLERANCE:
            raise AudioDecodeError(
                f"{file}: its header does not tell how long it is, and only {n_decoded:,} of its "
                f"{n_samples:,} samples would be decoded. Give it one, for example with: "
                f"ffmpeg -i '{file.name}' -c copy '{file.stem}-whole.mp3'",
                path=str(file),
            )
        promised = min(sound.frames, promised) - _MP3_TOLERANCE
    else:
        return
    if n_decoded < promised:
        raise AudioDecodeError(
            f"{file}: the file is cut off or damaged: its header promises {sound.frames:,} "
            f"samples, {n_decoded:,} could be decoded. Copy or download it again, or leave it out.",
            path=str(file),
        )


def _promised_size(stream: BinaryIO, size: int) -> int | None:
    """Return how many bytes the file has to have at the least, if its header tells."""
    head = stream.read(12)
    if head[:4] in (b"RIFF", b"RIFX") and head[8:] == b"WAVE":
        return _end_of_chunk(stream, b"data", "<" if head[:4] == b"RIFF" else ">")
    if head[:4] == b"RF64" and head[8:] == b"WAVE":
        return _end_of_rf64_data(stream)
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _end_of_chunk(stream, b"SSND", ">")
    if head[:4] in (b".snd", b"dns."):
        order = ">" if head[:4] == b".snd" else "<"
        offset, length = struct.unpack(f"{order}II", head[4:]) if len(head) == 12 else (0, 0)
        return None if _is_unknown(length) else offset + length
    if head[:4] == b"fLaC":
        return None
    if head[:4] == b"OggS":
        return _end_of_last_page(stream, size)
    return find_mp3_header(stream).n_bytes


def _is_unknown(length: int) -> bool:
    return length == 0 or length >= _UNKNOWN_SIZE


def _chunks(stream: BinaryIO, order: str) -> Iterator[tuple[bytes, int]]:
    """Yield the names and lengths of a RIFF or IFF file's chunks, the stream at their content."""
    position = 12
    while True:
        stream.seek(position)
        header = stream.read(8)
        if len(header) < 8:
            return
        (length,) = struct.unpack(f"{order}I", header[4:])
        yield header[:4], length
        position += 8 + length + length % 2


def _end_of_chunk(stream: BinaryIO, wanted: bytes, order: str) -> int | None:
    """Return where the chunk `wanted` is to end."""
    for name, length in _chunks(stream, order):
        if name == wanted:
            return None if _is_unknown(length) else stream.tell() + length
    return None


def _end_of_rf64_data(stream: BinaryIO) -> int | None:
    """Return where the samples of a WAV file above 4 GB are to end."""
    n_bytes = None
    for name, _ in _chunks(stream, "<"):
        if name == b"ds64" and len(sizes := stream.read(16)) == 16:
            n_bytes = struct.unpack("<QQ", sizes)[1]
        elif name == b"data":
            return None if n_bytes is None else stream.tell() + n_bytes
    return None


def _end_of_last_page(stream: BinaryIO, size: int) -> int | None:
    """Return where the last page that begins in an Ogg file is to end."""
    start = max(0, size - _OGG_PAGE)
    stream.seek(start)
    tail = stream.read()
    page = tail.rfind(b"OggS")
    if page < 0:
        return None
    n_segments = tail[page + 26] if page + 26 < len(tail) else 0
    lacing = tail[page + 27 : page + 27 + n_segments]
    return start + page + 27 + n_segments + sum(lacing)
