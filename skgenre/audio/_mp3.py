"""Headers of MP3 files, as far as they tell how long the file is to be."""

import struct
from typing import BinaryIO, NamedTuple

# Bytes before the first frame that libsndfile's decoder searches for it.
_JUNK = 65536

# kbit/s and Hz by the four and two bits of a layer III frame's header; 0: free or reserved.
_BITRATES_MPEG_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_BITRATES_MPEG_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES_MPEG_1 = (44100, 48000, 32000, 0)


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
    return Mp3Header(n_frames * _samples_per_frame(frame), n_bytes)


def count_mp3_samples(stream: BinaryIO) -> int:
    """Count the samples of an MP3 file by going from frame to frame, decoding none."""
    begin = _end_of_id3(stream)
    stream.seek(begin)
    first = _find_frame(stream.read(_JUNK))
    n_samples = 0
    if first is None:
        return n_samples
    position = begin + first
    stream.seek(position)
    while _is_frame(header := stream.read(4)):
        n_samples += _samples_per_frame(header)
        position += _frame_length(header)
        stream.seek(position)
    return n_samples


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
    """Return how many bytes a frame has."""
    bitrates = _BITRATES_MPEG_1 if _is_mpeg_1(header) else _BITRATES_MPEG_2
    # MPEG 2 halves the rates, 2.5 quarters them.
    divisor = {0x18: 1, 0x10: 2, 0x00: 4}[header[1] & 0x18]
    sr = _RATES_MPEG_1[header[2] >> 2 & 3] // divisor
    padding = header[2] >> 1 & 1
    return _samples_per_frame(header) // 8 * 1000 * bitrates[header[2] >> 4] // sr + padding


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
    while position >= 0:
        if _is_frame(data[position : position + 4]):
            return position
        position = data.find(b"\xff", position + 1)
    return None


def _read_xing(frame: bytes) -> tuple[int, int] | None:
    """Return the numbers of frames and bytes in a Xing or Info header."""
    is_mono = frame[3] >> 6 == 3
    # Behind the frame's header and its side information.
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
