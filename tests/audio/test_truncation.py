"""Files that were cut off are refused as far as their format can tell; others never are."""

import struct

import numpy as np
import pytest
import soundfile

from skgenre.audio import load_audio, stream_audio
from skgenre.exceptions import AudioDecodeError


def cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def patch(path, position, value):
    data = bytearray(path.read_bytes())
    data[position : position + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("share", [0.99, 0.7, 0.3])
def test_every_format_notices_that_it_was_cut(write_sound, sound, extension, rate, share):
    path = write_sound(f"song.{extension}", sound(3.0, sr=rate, n_channels=2), rate)
    load_audio(path)
    with pytest.raises(AudioDecodeError, match=r"song\.\w+: the file is .*cut off.*again"):
        load_audio(cut(path, share))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("song.wav", {"subtype": "PCM_24"}),
        ("song.wav", {"subtype": "FLOAT"}),
        ("song.wav", {"format": "WAVEX"}),
        ("song.wav", {"endian": "BIG"}),
        ("song.wav", {"format": "RF64"}),
        ("song.aifc", {"format": "AIFF", "subtype": "FLOAT"}),
        ("song.aiff", {"endian": "LITTLE"}),
        ("song.au", {"endian": "LITTLE"}),
        ("song.mp3", {"bitrate_mode": "CONSTANT", "compression_level": 0.5}),
        ("song.mp3", {"bitrate_mode": "VARIABLE", "compression_level": 0.5}),
    ],
)
def test_variants_of_the_formats(write_sound, sound, name, options):
    path = write_sound(name, sound(2.0), **options)
    assert load_audio(path).shape == (44100,)
    with pytest.raises(AudioDecodeError, match="cut off"):
        load_audio(cut(path, 0.8))


@pytest.mark.parametrize("sr", [44100, 22050, 11025])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_header_of_every_kind_of_mp3_is_found(write_sound, sound, sr, n_channels):
    """MPEG 1, 2 and 2.5 and both numbers of channels place it elsewhere."""
    path = write_sound("song.mp3", sound(3.0, sr=sr, n_channels=n_channels), sr)
    load_audio(path)
    with pytest.raises(AudioDecodeError, match="its header promises"):
        load_audio(cut(path, 0.9))


def test_an_mp3_with_tags(write_sound, sound):
    """The tags in front make up for the bytes that are missing; then the samples tell."""
    path = write_sound("song.mp3", sound(3.0))
    song = path.read_bytes()
    tag = id3_tag(40_000)
    path.write_bytes(tag + song)
    expected = load_audio(path)
    assert expected.shape == (66150,)
    path.write_bytes(tag + song + b"TAG" + bytes(125))
    np.testing.assert_array_equal(load_audio(path), expected)
    path.write_bytes(tag + song[: int(0.7 * len(song))])
    with pytest.raises(AudioDecodeError, match=r"promises 132,300 samples"):
        load_audio(path)


def id3_tag(size):
    """As pictures of covers make it."""
    syncsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + syncsafe + bytes(size)


def write_bare_mp3(write_sound, samples, **options):
    """An MP3 file without the frame that tells its length: libsndfile guesses it."""
    path = write_sound("song.mp3", samples, **options)
    data = path.read_bytes()
    assert b"Xing" in data[:64] or b"Info" in data[:64]
    # The frames of a file begin with the same two bytes.
    path.write_bytes(data[data.index(data[:2], 64) :])
    return path


def test_an_mp3_without_a_header_of_its_own_can_not_tell(write_sound, sound):
    """A tag in front makes the guess too high: that is no reason to refuse the file."""
    path = write_bare_mp3(write_sound, sound(3.0), bitrate_mode="CONSTANT", compression_level=0.5)
    whole = load_audio(path)
    assert len(whole) >= 66150
    path.write_bytes(id3_tag(40_000) + path.read_bytes())
    with soundfile.SoundFile(path) as file:
        assert file.frames > 2 * len(whole) + 10_000
    np.testing.assert_array_equal(load_audio(path), whole)
    assert 0 < len(load_audio(cut(path, 0.8))) < len(whole)


@pytest.mark.parametrize("sr", [44100, 32000, 22050, 8000])
def test_an_mp3_that_libsndfile_would_not_read_to_its_end(write_sound, sound, sr):
    """The guess is too low: the beginning needs more bits than the silence after it."""
    samples = np.random.default_rng(0).normal(scale=0.3, size=6 * sr)
    samples[sr:] = 0.0
    path = write_bare_mp3(
        write_sound, samples, sr=sr, bitrate_mode="VARIABLE", compression_level=0.5
    )
    with soundfile.SoundFile(path) as file:
        assert file.frames < 5.5 * sr
    with pytest.raises(AudioDecodeError, match="-c copy"):
        load_audio(path)
    assert load_audio(path, sr=sr, duration=0.5).shape == (sr // 2,)


def test_an_mp3_with_a_vbri_header(write_sound, sound):
    path = write_sound("song.mp3", sound(3.0), bitrate_mode="CONSTANT", compression_level=0.5)
    data = path.read_bytes()
    start = next(place for place in range(200) if data[place : place + 4] in (b"Info", b"Xing"))
    frames, n_bytes = struct.unpack(">II", data[start + 8 : start + 16])
    vbri = b"VBRI" + struct.pack(">HHHII", 1, 0, 0, n_bytes, frames)
    path.write_bytes(data[:start] + bytes(4) + data[start + 4 :])
    patch(path, 36, vbri + bytes(100))
    load_audio(path)
    with pytest.raises(AudioDecodeError, match="cut off"):
        load_audio(cut(path, 0.7))


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0xFFFFFFF0, 0x7FFFFFFF, 0x80000000])
@pytest.mark.parametrize(
    ("name", "marker", "order"), [("song.wav", b"data", "<"), ("song.aiff", b"SSND", ">")]
)
def test_a_streamed_file_leaves_its_size_open(write_sound, name, marker, order, length):
    path = write_sound(name)
    whole = load_audio(path)
    size = path.read_bytes().index(marker) + 4
    y = load_audio(patch(path, size, struct.pack(f"{order}I", length)))
    np.testing.assert_array_equal(y, whole)


def test_a_streamed_au_file(write_sound):
    path = write_sound("song.au")
    whole = load_audio(path)
    np.testing.assert_array_equal(load_audio(patch(path, 8, b"\xff" * 4)), whole)


def test_other_chunks_before_and_after_the_samples(write_sound):
    path = write_sound("song.wav")
    expected = load_audio(path)
    data = path.read_bytes()
    # Of an odd length: a byte of padding follows.
    chunk = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    path.write_bytes(data[:12] + chunk + data[12:] + chunk)
    patch(path, 4, struct.pack("<I", path.stat().st_size - 8))
    np.testing.assert_array_equal(load_audio(path), expected)
    with pytest.raises(AudioDecodeError, match="cut off"):
        load_audio(cut(path, 0.95))


def test_trailing_bytes_are_no_harm(write_sound, sound, extension, rate):
    path = write_sound(f"song.{extension}", sound(sr=rate), rate)
    expected = load_audio(path)
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    np.testing.assert_array_equal(load_audio(path), expected)


def with_size(path, marker, offset, value):
    data = path.read_bytes()
    return patch(path, data.index(marker) + offset, value)


@pytest.mark.parametrize(
    ("name", "options", "marker", "offset", "value"),
    [
        ("song.wav", {}, b"data", 4, bytes(4)),
        ("song.wav", {"format": "WAVEX"}, b"data", 4, bytes(4)),
        ("song.wav", {"endian": "BIG"}, b"data", 4, bytes(4)),
        ("song.wav", {"format": "RF64"}, b"ds64", 16, bytes(8)),
        ("song.aiff", {}, b"SSND", 4, bytes(4)),
        ("song.aiff", {}, b"SSND", 4, struct.pack(">I", 8)),
        ("song.au", {}, b".snd", 8, bytes(4)),
        ("song.au", {"endian": "LITTLE"}, b"dns.", 8, bytes(4)),
        ("song.w64", {"format": "W64"}, b"data\xf3", 16, bytes(8)),
        ("song.caf", {"format": "CAF"}, b"data", 4, bytes(8)),
        ("song.caf", {"format": "CAF"}, b"data", 4, b"\xff" * 8),
    ],
)
@pytest.mark.parametrize("has_tag", [False, True])
def test_a_size_of_zero_with_samples_after_it_is_open(
    write_sound, name, options, marker, offset, value, has_tag
):
    path = write_sound(name, **options)
    expected = load_audio(path)
    with_size(path, marker, offset, value)
    if has_tag and name != "song.w64":
        path.write_bytes(id3_tag(50) + path.read_bytes())
    np.testing.assert_array_equal(load_audio(path), expected)


@pytest.mark.parametrize("chunks", [b"", b"LIST\x04\0\0\0INFO", b"LIST\x05\0\0\0INFOx\0"])
def test_a_size_of_zero_with_chunks_after_it_is_none(write_sound, chunks):
    path = write_sound("song.wav", np.zeros((0, 1)))
    path.write_bytes(path.read_bytes() + chunks)
    with pytest.raises(AudioDecodeError, match="no samples"):
        load_audio(path)


TAILS = {
    "zeros": bytes(50_000),
    "Lyrics3": b"LYRICSBEGIN" + b"[00:01]la la\r\n" * 300 + b"004211LYRICS200",
    "HTML": b"<html><body>404 not found</body></html>\n" * 300,
    "APE tag": b"x" * 900 + b"APETAGEX" + struct.pack("<IIII", 2000, 932, 1, 0) + bytes(8),
    "ID3v1": b"TAG" + bytes(125),
    "noise": np.random.default_rng(0).bytes(20_000),
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("front", [b"", b"tag", b"junk"])
def test_an_mp3_without_a_header_is_read_to_its_end(write_sound, sound, tail, front):
    path = write_bare_mp3(write_sound, sound(5.0), bitrate_mode="CONSTANT", compression_level=0.5)
    expected = load_audio(path)
    assert len(expected) >= 5 * 22050
    front = {b"": b"", b"tag": id3_tag(3000), b"junk": bytes(777)}[front]
    path.write_bytes(front + path.read_bytes() + TAILS[tail])
    np.testing.assert_array_equal(load_audio(path), expected)
    pieces = np.concatenate(list(stream_audio(path)))
    np.testing.assert_allclose(pieces, expected, atol=1e-6)


def test_an_mp3_that_is_damaged_in_its_middle_is_not_cut_there(write_sound, sound):
    """Frames come after the damage, so what is there is no tail."""
    path = write_bare_mp3(write_sound, sound(5.0), bitrate_mode="CONSTANT", compression_level=0.5)
    whole = load_audio(path)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(100_000) + data[middle:])
    try:
        y = load_audio(path)
    except AudioDecodeError:
        return
    assert len(y) > 0.9 * len(whole)
