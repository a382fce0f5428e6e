"""Headers of MP3 files, as far as they tell how long the file is to be."""

import struct
from typing import BinaryIO, NamedTuple

# Bytes before the first frame that libsndfile's decoder searches for it.
_JUNK = 65536


class Mp3Header(NamedTuple):
    """What a Xing, Info or VBRI header promises; 0 where there is none or it leaves it open."""

    n_samples: int = 0
    # From the first frame on. Some encoders count tags too, so it is taken as the size that the
    # whole file has at the least.
    n_bytes: int = 0


def has_mp3_frame(stream: BinaryIO) -> bool:
    """Tell whether a file may be an MP3 file: a frame's header is where decoders look for it."""
    stream.seek(_end_of_id3(stream))
    return _find_frame(stream.read(_JUNK)) is not None


def find_mp3_header(stream: BinaryIO) -> Mp3Header:
    """Read what the first frame of an MP3 file promises about the others."""
    stream.seek(_end_of_id3(stream))
    data = stream.read(_JUNK)
    start = _find_frame(data)
    if start is None:
        return Mp3Header()
    frame = data[start : start + 64].ljust(64, b"\0")
    n_frames, n_bytes = _read_xing(frame) or _read_vbri(frame) or (0, 0)
    is_mpeg_1 = frame[1] & 0x08
    return Mp3Header(n_frames * (1152 if is_mpeg_1 else 576), n_bytes)


def _end_of_id3(stream: BinaryIO) -> int:
    """Return where the ID3v2 tags at the beginning end."""
    position = 0
    while True:
        stream.seek(position)
        tag = stream.read(10)
        if len(tag) < 10 or tag[:3] != b"ID3":
            return position
        # Four bytes of seven bits each; a footer repeats the header.
        length = (tag[6] << 21) | (tag[7] << 14) | (tag[8] << 7) | tag[9]
        position += 10 + length + (10 if tag[5] & 0x10 else 0)


def _find_frame(data: bytes) -> int | None:
    """Return where the first header of a layer III frame is."""
    position = data.find(b"\xff")
    while 0 <= position < len(data) - 3:
        second, third = data[position + 1], data[position + 2]
        is_layer_3 = second & 0xE6 == 0xE2 and second & 0x18 != 0x08
        has_bitrate = third >> 4 not in (0, 15) and third & 0x0C != 0x0C
        if is_layer_3 and has_bitrate:
            return position
        position = data.find(b"\xff", position + 1)
    return None


def _read_xing(frame: bytes) -> tuple[int, int] | None:
    """Return the numbers of frames and bytes in a Xing or Info header."""
    is_mpeg_1 = frame[1] & 0x08
    is_mono = frame[3] >> 6 == 3
    # Behind the frame's header and its side information.
    start = 4 + ((17 if is_mono else 32) if is_mpeg_1 else (9 if is_mono else 17))
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
