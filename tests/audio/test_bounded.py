"""Files made to keep parsers busy are refused before any parser sees them.

The sizes are small here, and still ten times what is taken; the time is that of the count.
"""

import struct
import time

import pytest

from skgenre.audio import load_audio
from skgenre.datasets import check_files
from skgenre.exceptions import AudioDecodeError

MANY = 50_000
# Generous: each takes milliseconds. Without a bound, minutes, for the sizes of the last test.
_SECONDS = 20


def with_many(data, position, part, n_parts=MANY):
    return data[:position] + part * n_parts + data[position:]


def empty_tag():
    return b"ID3\x04\x00\x00\x00\x00\x00\x00"


EMPTY = b"junk\0\0\0\0"
W64_EMPTY = b"levl\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a" + struct.pack("<Q", 24)
BOMBS = {
    "chunks.wav": ("song.wav", {}, lambda data, n: with_many(data, 12, EMPTY, n)),
    "chunks-after.wav": ("song.wav", {}, lambda data, n: data + EMPTY * n),
    "chunks.rf64": ("song.wav", {"format": "RF64"}, lambda d, n: with_many(d, 48, EMPTY, n)),
    "chunks.aiff": ("song.aiff", {}, lambda data, n: with_many(data, 12, EMPTY, n)),
    "chunks.svx": ("song.svx", {"format": "SVX"}, lambda data, n: with_many(data, 12, EMPTY, n)),
    "chunks.w64": ("song.w64", {"format": "W64"}, lambda d, n: with_many(d, 40, W64_EMPTY, n)),
    "chunks.caf": (
        "song.caf",
        {"format": "CAF"},
        lambda data, n: with_many(data, 52, b"free" + bytes(8), n),
    ),
    "blocks.flac": ("song.flac", {}, lambda data, n: with_many(data, 42, b"\x01\0\0\0", n)),
    "tags.mp3": ("song.mp3", {}, lambda data, n: empty_tag() * n + data),
    "tags.flac": ("song.flac", {}, lambda data, n: empty_tag() * n + data),
    "tags-between.mp3": ("song.mp3", {}, lambda data, n: data + empty_tag() * n + data),
    "marks.ogg": ("song.ogg", {}, lambda data, n: with_many(data, 58, b"OggS", n)),
}


def write_bomb(write_sound, name, n_parts):
    original, options, make = BOMBS[name]
    path = write_sound(original, **options)
    bomb = path.with_name(name)
    bomb.write_bytes(make(path.read_bytes(), n_parts))
    return bomb


@pytest.mark.parametrize("name", BOMBS)
def test_too_many_parts_are_refused(write_sound, name):
    path = write_bomb(write_sound, name, MANY)
    with pytest.raises(AudioDecodeError, match=r"has more than [\d,]+ .* busy") as caught:
        load_audio(path)
    assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(AudioDecodeError):
        load_audio(path, duration=0.5)


@pytest.mark.parametrize("name", sorted(BOMBS.keys() - {"marks.ogg"}))
def test_as_many_as_real_files_have_are_read(write_sound, name):
    path = write_bomb(write_sound, name, 20)
    assert len(load_audio(path)) >= 22050


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_files_of_99_megabytes(write_sound, name):
    part = {"tags": 10, "bloc": 4, "mark": 4}.get(name[:4], 8)
    path = write_bomb(write_sound, name, 99_000_000 // part)
    begin = time.process_time()
    with pytest.raises(AudioDecodeError):
        load_audio(path)
    assert check_files([path]).error.iloc[0]
    assert time.process_time() - begin < _SECONDS
