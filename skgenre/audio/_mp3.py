"""Headers of MP3 files, as far as they give the length of the file."""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ._chunks import too_many
from ._source import Source
from ._view import Span

# Bytes that libsndfile's decoder searches for the first frame.
_JUNK = 65536

# Bytes read at a time, going from frame to frame: for larger ones new memory is fetched each time.
_BLOCK = 1 << 16

# Bytes in which one tag may occur by chance; noise has one in 16 MB.
_BYTES_PER_TAG = 1 << 20

# More bytes than a second has at the highest bitrate.
_MOST_BYTES = 80_000

# Places checked for a frame; noise has one in 100 kB.
_MOST_TRIED = 100_000

# Tags before the first frame.
_MAX_TAGS = 100

# kbit/s and Hz by the four and two bits of a layer III frame's header; 0: free or reserved.
_BITRATES_MPEG_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_BITRATES_MPEG_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES_MPEG_1 = (44100, 48000, 32000, 0)


class Mp3Length(NamedTuple):
    """Length of an MP3 file.

    Parameters
    ----------
    promised : int
        Samples by its Xing, Info or VBRI header; 0 if it has none or leaves the length open.
    counted : int
        Samples by its frames, if there is no header; else 0.
    n_bytes : int or None
        Bytes by its header, from the first frame on. Some encoders include tags, so it is used as
        the minimum size of the whole file.
    span : Span or None
        From the first frame to the last one, if the decoder would not look there.
    hidden : Span or None
        The same, to be tried if the decoder finds nothing: after other bytes, or more tags than it
        accepts.
    """

    promised: int = 0
    counted: int = 0
    n_bytes: int | None = None
    span: Span | None = None
    hidden: Span | None = None


def measure_mp3(source: Source, offset: int, duration: float | None = None) -> Mp3Length:
    """Measure an MP3 file whose tags end at `offset`; all zeros for another file.

    Without a header with the length, the decoder continues after the last frame into other data,
    such as lyrics, a web page or zeros, and stops with an error. `duration` is how many seconds
    will be decoded, None for all.

    Raises
    ------
    AudioDecodeError
        If there are more tags between the frames than any file has.
    """
    data = source.read_at(offset, _JUNK)
    first = _find_frame(data)
    if first is None:
        return Mp3Length()
    _check_tags(source, duration)
    frame = data[first : first + 64].ljust(64, b"\0")
    n_frames, n_bytes = _read_xing(frame) or _read_vbri(frame) or (0, 0)
    start = offset + first
    # After other bytes a frame is not certain: two of them might occur by chance in another format.
    is_hidden = first > 0 and _is_confirmed(data, first)
    if n_frames:
        counted, end = 0, source.size
    else:
        counted, end = _count_frames(source, start)
        if end < source.size and _goes_on(source, end, frame):
            end = source.size
    span = Span(start, end) if is_hidden or end < source.size else None
    is_certain = first == 0 or offset > 0
    return Mp3Length(
        n_frames * _samples_per_frame(frame),
        counted,
        n_bytes or None,
        span if is_certain else None,
        Span(start, end) if is_hidden or offset > 0 else None,
    )


def _check_tags(source: Source, duration: float | None) -> None:
    """Refuse a file with more tags than any has: the decoder is slow to read each of them."""
    n_tags = 0
    end = source.size if duration is None else _BYTES_PER_TAG + round(duration * _MOST_BYTES)
    for start in range(0, min(end, source.size), _BLOCK):
        n_tags += source.read_at(start, _BLOCK).count(b"ID3")
        if n_tags > _MAX_TAGS + start // _BYTES_PER_TAG:
            raise source.error(too_many("tags", _MAX_TAGS))


def _is_confirmed(data: bytes, start: int) -> bool:
    """Tell whether another frame header of the same kind follows."""
    header = data[start : start + 4]
    end = start + _frame_length(header)
    return _is_same_kind(header, data[end : end + 4])


def _is_same_kind(one: bytes, other: bytes) -> bool:
    """Tell whether two headers have the same version, layer and rate."""
    return (
        _is_frame(other) and one[1] & 0xFE == other[1] & 0xFE and one[2] & 0x0C == other[2] & 0x0C
    )


def _count_frames(source: Source, start: int) -> tuple[int, int]:
    """Return the number of samples in consecutive frames, and the end of the last one."""
    n_samples, position = 0, start
    for header, length in _iterate_frames(source, start):
        n_samples += _samples_per_frame(header)
        position += length
    return n_samples, min(position, source.size)


def _iterate_frames(source: Source, start: int) -> Iterator[tuple[bytes, int]]:
    """Yield the headers and lengths of consecutive frames."""
    block, begin = b"", start
    position = start
    while True:
        if position + 4 > begin + len(block):
            block, begin = source.read_at(position, _BLOCK), position
        header = block[position - begin : position - begin + 4]
        if not _is_frame(header):
            return
        length = _frame_length(header)
        yield header, length
        position += length


def _goes_on(source: Source, end: int, frame: bytes) -> bool:
    """Tell whether more frames come after a gap: the file is damaged there."""
    versions = bytes([frame[1] & 0xFE, frame[1] | 1])
    rates = bytes(rate for rate in range(256) if _is_same_kind(frame, frame[:2] + bytes([rate, 0])))
    header = re.compile(b"\xff[" + re.escape(versions) + b"][" + re.escape(rates) + b"]", re.DOTALL)
    n_tried = 0
    for start in range(end, source.size, _BLOCK):
        # Beyond the block: the longest frame, and the header of the next one.
        data = source.read_at(start, _BLOCK + 2048)
        for match in header.finditer(data):
            n_tried += 1
            if n_tried > _MOST_TRIED or _is_confirmed(data, match.start()):
                return True
    return False


def _is_frame(header: bytes) -> bool:
    """Tell whether four bytes are the header of a layer III frame."""
    return (
        len(header) == 4
        and header[0] == 0xFF
        and header[1] & 0xE6 == 0xE2
        and header[1] & 0x18 != 0x08
        and header[2] >> 4 not in (0, 15)
        and header[2] & 0x0C != 0x0C
    )


def _is_mpeg_1(header: bytes) -> bool:
    return header[1] & 0x18 == 0x18


def _samples_per_frame(header: bytes) -> int:
    return 1152 if _is_mpeg_1(header) else 576


def _frame_length(header: bytes) -> int:
    """Return the number of bytes in a frame."""
    # MPEG 2 halves the rates, 2.5 quarters them.
    divisor = {0x18: 1, 0x10: 2, 0x00: 4}[header[1] & 0x18]
    sr = _RATES_MPEG_1[header[2] >> 2 & 3] // divisor
    padding = header[2] >> 1 & 1
    return _samples_per_frame(header) // 8 * 1000 * _bitrate(header) // sr + padding


def end_of_id3(source: Source) -> int:
    """Return the end of the ID3v2 tags at the beginning of a file."""
    position = 0
    for _ in range(_MAX_TAGS):
        tag = source.read_at(position, 10)
        if len(tag) < 10 or tag[:3] != b"ID3":
            return position
        # Four bytes of seven bits each; a footer repeats the header.
        length = (tag[6] << 21) | (tag[7] << 14) | (tag[8] << 7) | tag[9]
        position += 10 + length + (10 if tag[5] & 0x10 else 0)
    raise source.error(too_many("tags", _MAX_TAGS))


def _find_frame(data: bytes) -> int | None:
    """Return the position of the first layer III frame header."""
    position = data.find(b"\xff")
    while position >= 0:
        if _is_frame(data[position : position + 4]):
            return position
        position = data.find(b"\xff", position + 1)
    return None


def _read_xing(frame: bytes) -> tuple[int, int] | None:
    """Return the numbers of frames and bytes in a Xing or Info header."""
    is_mono = frame[3] >> 6 == 3
    # After the frame's header and its side information.
    start = 4 + ((17 if is_mono else 32) if _is_mpeg_1(frame) else (9 if is_mono else 17))
    if frame[start : start + 4] not in (b"Xing", b"Info"):
        return None
    flags, first, second = struct.unpack(">III", frame[start + 4 : start + 16])
    has_frames, has_bytes = flags & 1, flags & 2
    return first if has_frames else 0, (second if has_frames else first) if has_bytes else 0


def _read_vbri(frame: bytes) -> tuple[int, int] | None:
    """Return the numbers of frames and bytes in a VBRI header."""
    if frame[36:40] != b"VBRI":
        return None
    n_bytes, n_frames = struct.unpack(">II", frame[46:54])
    return n_frames, n_bytes


def read_constant_bitrate(source: Source, n_frames: int = 32) -> int | None:
    """Return the bitrate in kbit/s that the first frames share; None if it varies."""
    offset = end_of_id3(source)
    data = source.read_at(offset, _JUNK)
    first = _find_frame(data)
    if first is None:
        return None
    frame = data[first : first + 64].ljust(64, b"\0")
    rates = set()
    # The frame of a header with the length is apart.
    is_header = _read_xing(frame) is not None or _read_vbri(frame) is not None
    for number, (header, _) in enumerate(_iterate_frames(source, offset + first)):
        if number == 0 and is_header:
            continue
        if number > n_frames:
            break
        rates.add(_bitrate(header))
    return rates.pop() if len(rates) == 1 else None


def _bitrate(header: bytes) -> int:
    rates = _BITRATES_MPEG_1 if _is_mpeg_1(header) else _BITRATES_MPEG_2
    return rates[header[2] >> 4]
