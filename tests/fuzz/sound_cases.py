"""Damaged sound files: every case is made from its number alone, so that it can be made again.

The sounds are short, so that a file has a few kilobytes and most of its bytes matter.
"""

import io
import struct
from functools import cache
from typing import NamedTuple

import numpy as np
import soundfile

# Formats that soundfile can't write to a buffer, or that have no header to be recognised by.
_LEFT_OUT = {"RAW", "SD2"}
# What music folders are full of, and what the rest is made of: taken as often as all others.
_COMMON = (".mp3", ".ogg", ".flac")

SUFFIXES = {
    "AIFF": "aiff", "AU": "au", "CAF": "caf", "FLAC": "flac", "MP3": "mp3", "OGG": "ogg",
    "RF64": "rf64", "W64": "w64", "WAV": "wav", "WAVEX": "wav",
}  # fmt: skip
_WRONG_SUFFIXES = ("raw", "pcm", "au", "snd", "mp3", "wav", "vox", "gsm", "sd2", "txt", "flac", "")

_NUMBERS_32 = (0, 1, 2, 0x7F, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
_NUMBERS_16 = (0, 1, 2, 255, 256, 1024, 1025, 0x7FFF, 0x8000, 0xFFFF)


class Case(NamedTuple):
    """A damaged file: what to call it, and its bytes."""

    name: str
    data: bytes


def make_sound(sr: int, n_channels: int, duration: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(n_channels)
    time = np.arange(round(duration * sr)) / sr
    tones = [np.sin(2 * np.pi * 220 * (channel + 1) * time) for channel in range(n_channels)]
    noise = rng.uniform(-0.1, 0.1, (len(time), n_channels))
    return (0.3 * np.stack(tones, axis=1) + noise).astype(np.float32)


@cache
def good_files() -> tuple[Case, ...]:
    """One file of everything that libsndfile writes, and of what other encoders make of it."""
    files = []
    for name in sorted(soundfile.available_formats()):
        if name in _LEFT_OUT:
            continue
        for subtype in sorted(soundfile.available_subtypes(name)):
            for sr, n_channels, endian in ((8000, 1, "FILE"), (16000, 2, "FILE"), (8000, 1, "BIG")):
                data = _write(name, subtype, sr, n_channels, endian)
                if data is not None:
                    suffix = SUFFIXES.get(name, name.lower())
                    files.append(Case(f"{name}-{subtype}-{n_channels}{endian[0]}.{suffix}", data))
    return (*files, *_variants(files))


def _write(name: str, subtype: str, sr: int, n_channels: int, endian: str, **options):
    buffer = io.BytesIO()
    sound = make_sound(sr, n_channels)
    try:
        if not soundfile.check_format(name, subtype, endian):
            return None
        soundfile.write(buffer, sound, sr, format=name, subtype=subtype, endian=endian, **options)
    except (soundfile.LibsndfileError, ValueError):
        return None  # One channel alone, or a rate that the format does not have.
    return buffer.getvalue() or None


def _variants(files: list[Case]) -> list[Case]:
    by_name = {case.name: case.data for case in files}
    wav, floats = by_name["WAV-PCM_16-1F.wav"], by_name["WAV-FLOAT-1F.wav"]
    flac, ogg = by_name["FLAC-PCM_16-1F.flac"], by_name["OGG-VORBIS-1F.ogg"]
    made = []
    for mode in ("CONSTANT", "VARIABLE"):
        mp3 = _write(
            "MP3", "MPEG_LAYER_III", 16000, 1, "FILE", bitrate_mode=mode, compression_level=0.5
        )
        if mp3 is None:
            continue
        start = mp3.find(mp3[:2], 64)
        made += [
            Case(f"{mode}.mp3", mp3),
            Case(f"{mode}-bare.mp3", mp3[start:]),
            Case(f"{mode}-id3.mp3", id3_tag(500) + mp3 + b"TAG" + bytes(125)),
            Case(f"{mode}-lyrics.mp3", mp3[start:] + lyrics3_tag()),
            Case(f"{mode}-ape.mp3", mp3[start:] + ape_tag()),
            Case(f"{mode}-html.mp3", mp3[start:] + b"<html><body>404</body></html>" * 40),
            Case(f"{mode}-zeros.mp3", mp3[start:] + bytes(5000)),
        ]
    chunk = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    made += [
        Case("chunks.wav", wav[:12] + chunk * 4 + wav[12:] + chunk * 4),
        Case("open.wav", wav[:40] + b"\xff" * 4 + wav[44:]),
        Case("loud.wav", _scaled(floats, 32768.0)),
        Case("padded.flac", flac[:4] + b"\x01\0\0\x40" + bytes(64) + flac[4:]),
        Case("id3.flac", id3_tag(100) + flac),
        Case("chained.ogg", ogg + ogg),
        Case("joined.wav", wav + wav),
    ]
    return made


def _scaled(wav: bytes, factor: float) -> bytes:
    start = wav.index(b"data") + 8
    n_bytes = (len(wav) - start) // 4 * 4
    samples = np.frombuffer(wav[start : start + n_bytes], "<f4") * np.float32(factor)
    return wav[:start] + samples.tobytes() + wav[start + n_bytes :]


def id3_tag(size: int) -> bytes:
    """As pictures of covers make it."""
    syncsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + syncsafe + bytes(size)


def lyrics3_tag(text: bytes = b"[00:01]la la la\r\n" * 60) -> bytes:
    body = b"LYRICSBEGIN" + b"LYR" + b"%05d" % len(text) + text
    return body + b"%06d" % len(body) + b"LYRICS200"


def ape_tag() -> bytes:
    item = struct.pack("<II", 4, 0) + b"Title\0" + b"song"
    footer = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0) + bytes(8)
    return item + footer


def make_case(number: int) -> Case:
    """Return the damaged file of this number."""
    rng = np.random.default_rng([11, number])
    files = good_files()
    common = [case for case in files if case.name.endswith(_COMMON)]
    files_of_this = files if number % 2 else common
    source = files_of_this[int(rng.integers(len(files_of_this)))]
    data = bytearray(source.data)
    applied = []
    for _ in range(1 + int(rng.geometric(0.6) > 1) + int(rng.geometric(0.8) > 1)):
        mutate = _MUTATORS[int(rng.integers(len(_MUTATORS)))]
        data = mutate(data, rng)
        applied.append(mutate.__name__.strip("_"))
        if len(data) > 400_000:
            data = data[:400_000]
    stem, _, suffix = source.name.rpartition(".")
    if rng.random() < 0.15:
        suffix = _WRONG_SUFFIXES[int(rng.integers(len(_WRONG_SUFFIXES)))]
    name = f"{number:06d}-{stem}-{'+'.join(applied)}"
    return Case(f"{name}.{suffix}" if suffix else name, bytes(data))


def _place(data: bytearray, rng: np.random.Generator, size: int = 1, end: int = 1 << 40) -> int:
    return int(rng.integers(max(1, min(len(data), end) - size + 1)))


def _flip_bits(data, rng):
    for _ in range(int(rng.integers(1, 30))):
        if data:
            data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def _set_bytes(data, rng):
    for _ in range(int(rng.integers(1, 30))):
        if data:
            data[_place(data, rng)] = int(rng.integers(256))
    return data


def _damage_header(data, rng):
    for _ in range(int(rng.integers(1, 6))):
        if data:
            data[_place(data, rng, 1, 80)] = int(rng.integers(256))
    return data


def _cut(data, rng):
    return data[: _place(data, rng)]


def _cut_early(data, rng):
    return data[: _place(data, rng, 1, 120)]


def _cut_front(data, rng):
    return data[_place(data, rng) :]


def _zeros(data, rng):
    start = _place(data, rng)
    size = int(rng.integers(1, 2000))
    data[start : start + size] = bytes(len(data[start : start + size]))
    return data


def _ones(data, rng):
    start = _place(data, rng)
    size = int(rng.integers(1, 200))
    data[start : start + size] = b"\xff" * len(data[start : start + size])
    return data


def _header_number(data, rng):
    """A field of the header, as 2, 4 or 8 bytes of either order, becomes a special number."""
    order = "<>"[int(rng.integers(2))]
    kind = int(rng.integers(3))
    if kind == 0:
        value = struct.pack(f"{order}H", _NUMBERS_16[int(rng.integers(len(_NUMBERS_16)))])
    elif kind == 1:
        value = struct.pack(f"{order}I", _NUMBERS_32[int(rng.integers(len(_NUMBERS_32)))])
    else:
        value = struct.pack(f"{order}Q", 1 << int(rng.integers(64)))
    start = _place(data, rng, len(value), 120) & ~1
    data[start : start + len(value)] = value
    return data


def _chunk_size(data, rng):
    """The size of a chunk, wherever four letters look like the name of one."""
    places = [
        place
        for place in range(max(0, min(len(data), 4000) - 8))
        if all(65 <= byte <= 122 or byte == 32 for byte in data[place : place + 4])
    ]
    if places:
        place = places[int(rng.integers(len(places)))] + 4
        order = "<>"[int(rng.integers(2))]
        value = _NUMBERS_32[int(rng.integers(len(_NUMBERS_32)))]
        if rng.random() < 0.4:
            value = int(rng.integers(2 * len(data)))
        data[place : place + 4] = struct.pack(f"{order}I", value)
    return data


def _repeat(data, rng):
    start, end = sorted((_place(data, rng), _place(data, rng)))
    part = data[start:end][:3000]
    return data[:end] + part * int(rng.integers(1, 20)) + data[end:]


def _remove(data, rng):
    start = _place(data, rng)
    del data[start : start + int(rng.integers(1, 500))]
    return data


def _insert(data, rng):
    start = _place(data, rng)
    data[start:start] = rng.bytes(int(rng.integers(1, 300)))
    return data


def _splice(data, rng):
    files = good_files()
    other = files[int(rng.integers(len(files)))].data
    return data[: _place(data, rng)] + other[_place(bytearray(other), rng) :]


def _in_front(data, rng):
    heads = (id3_tag(50), id3_tag(0) * 20, b"\0" * 100, b"\xff" * 40, b"RIFF\0\0\0\0WAVE", b"fLaC")
    return bytearray(heads[int(rng.integers(len(heads)))]) + data


def _tail(data, rng):
    tails = (
        bytes(4000), b"TAG" + bytes(125), lyrics3_tag(), ape_tag(), b"<html>gone</html>\n" * 50,
        rng.bytes(1000), b"\xff\xfb" * 200, b"OggS" + bytes(30), b"LIST\xff\xff\xff\x7f",
    )  # fmt: skip
    return data + tails[int(rng.integers(len(tails)))]


def _float_samples(data, rng):
    """Numbers that no sound has, where there may be samples."""
    values = (1e20, -1e30, 3e38, 5000.0, 32767.0, float("nan"), float("inf"), 1e-40, 0.0)
    kind = ("<f", ">f", "<d", ">d")[int(rng.integers(4))]
    value = struct.pack(kind, values[int(rng.integers(len(values)))])
    start = _place(data, rng, len(value))
    start -= (start - 44) % len(value) if start > 44 else 0
    n_values = int(rng.integers(1, 300))
    size = min(len(value) * n_values, len(data) - start)
    data[start : start + size] = (value * n_values)[:size]
    return data


def _shuffle_blocks(data, rng):
    size = int(rng.choice([16, 64, 256, 1024]))
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    kept, rest = blocks[:1], blocks[1:]
    order = rng.permutation(len(rest))
    return bytearray().join(kept + [rest[i] for i in order])


def _nothing(data, rng):
    """The file as it is; with a wrong suffix it is still a good file."""
    return data


_MUTATORS = (
    _flip_bits, _set_bytes, _damage_header, _cut, _cut_early, _cut_front, _zeros, _ones,
    _header_number, _header_number, _chunk_size, _chunk_size, _repeat, _remove, _insert, _splice,
    _in_front, _tail, _float_samples, _shuffle_blocks, _nothing,
)  # fmt: skip
