"""An intact file of a codec that libsndfile lacks is called so, and is not called damaged."""

import struct

import pytest

from skgenre.audio import load_audio
from skgenre.exceptions import AudioDecodeError


def message_of(path):
    with pytest.raises(AudioDecodeError) as caught:
        load_audio(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message


def with_codec(path, number):
    data = bytearray(path.read_bytes())
    place = data.index(b"fmt ") + 8
    if data[place : place + 2] == b"\xfe\xff":
        place += 24
    data[place : place + 2] = struct.pack("<H", number)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x028F, "G.722"),
        (0x0065, "G.722"),
        (0x0020, "Yamaha ADPCM"),
        (0x0161, "Windows Media Audio 2"),
        (0x00FF, "AAC"),
        (0x4321, "the codec 0x4321"),
    ],
)
def test_wav_files(write_sound, container, number, name):
    message = message_of(with_codec(write_sound("song.wav", format=container), number))
    assert f"WAV with {name}" in message
    assert "no decoder" in message
    assert "ffmpeg -i 'song.wav' 'song.flac'" in message
    assert "damaged" not in message
    assert "cut off" not in message


def test_aifc_files(write_sound):
    path = write_sound("song.aifc", format="AIFF", subtype="ULAW")
    data = path.read_bytes()
    assert b"ulaw" in data
    path.write_bytes(data.replace(b"ulaw", b"QDM2"))
    assert "AIFF-C with QDesign Music 2 can't be read" in message_of(path)


def test_au_files(write_sound):
    path = write_sound("song.au")
    data = path.read_bytes()
    path.write_bytes(data[:12] + struct.pack(">I", 24) + data[16:])
    assert "AU with G.722" in message_of(path)


def test_caf_files(write_sound):
    path = write_sound("song.caf", format="CAF")
    path.write_bytes(path.read_bytes().replace(b"lpcm", b"aac "))
    assert "CAF with AAC" in message_of(path)


@pytest.mark.parametrize(
    ("head", "name"), [(b"Speex   1.2", "Speex"), (b"\x80theora\x03", "Theora"), (b"CELT    ", "C")]
)
def test_ogg_files(write_sound, head, name):
    path = write_sound("song.ogg")
    data = bytearray(path.read_bytes())
    data[28 : 28 + len(head)] = head
    path.write_bytes(data)
    assert f"Ogg with {name}" in message_of(path)


def test_a_damaged_format_is_damage(write_sound):
    path = with_codec(write_sound("song.wav"), 0x0020)
    data = bytearray(path.read_bytes())
    data[22:28] = b"\0\0\xff\xff\xff\xff"  # no channels, four billion samples a second
    path.write_bytes(data)
    assert "damaged or cut off" in message_of(path)


@pytest.mark.parametrize(
    ("container", "extension"),
    [("CAF", "caf"), ("W64", "w64"), ("NIST", "nist"), ("XI", "xi")],
)
def test_other_files_that_were_cut_are_damaged(write_sound, container, extension):
    subtype = "DPCM_16" if container == "XI" else "PCM_16"
    path = write_sound(f"song.{extension}", format=container, subtype=subtype)
    path.write_bytes(path.read_bytes()[:36])
    assert "damaged or cut off" in message_of(path)
