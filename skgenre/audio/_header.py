"""Facts that a sound file's header states."""

import math
import os
import struct
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple

import soundfile

from .._unchanged_files import UnchangedFiles
from .._urls import Url, as_path
from ._load import Whole, open_whole
from ._mp3 import end_of_id3, read_constant_bitrate
from ._sound import Sound
from ._source import Source, check_is_file, open_source

# libsndfile's names of the formats, in the field's words.
_FORMATS = {"MPEG": "MP3", "OGG": "Ogg", "WAVEX": "WAV", "RF64": "WAV"}
_CODECS = {"MPEG_LAYER_III": "MP3", "VORBIS": "Vorbis", "OPUS": "Opus"}


class Header(NamedTuple):
    """Facts stated by a file's header.

    Parameters
    ----------
    sampling_rate : float
        Hz.
    channels : float
        Number of channels.
    format : str
        Container, such as "WAV".
    codec : str
        Coding of the samples, such as "PCM_16".
    bit_rate : float
        kbit/s of a lossy codec; NaN where it varies or is not stated, and for other codecs.
    duration : float
        Seconds by the header.
    """

    sampling_rate: float
    channels: float
    format: str
    codec: str
    bit_rate: float
    duration: float


# A comparison checks all files, and then looks at the facts of each.
_headers: UnchangedFiles[Header] = UnchangedFiles()


def read_header(file: str | os.PathLike | BinaryIO) -> Header:
    """Read the facts that need no decoding, once for a file that doesn't change.

    Raises
    ------
    AudioDecodeError
        If the header can't be read.
    """
    if not isinstance(file, str | os.PathLike):
        return _read_header(file)
    path = as_path(file)
    if isinstance(path, Url):
        return _read_header(path)
    status = check_is_file(path)
    known = _headers.get(str(path), status)
    if known is None:
        known = _read_header(path)
        _headers.keep(str(path), status, known)
    return known


def keep_header(path: Path, status: os.stat_result, whole: Whole) -> None:
    """Keep the facts of an open file for :func:`read_header`.

    Parameters
    ----------
    path : Path
        The file.
    status : stat_result
        Its status before it was opened.
    whole : Whole
        The open file.
    """
    _headers.keep(str(path), status, _describe(whole.source, whole.sound))


def _read_header(file: str | os.PathLike | BinaryIO) -> Header:
    with open_source(file, in_parts=True) as source:
        try:
            sound = Sound(source)
        except soundfile.LibsndfileError:
            sound = None
        if sound is not None:
            with closing(sound):
                return _describe(source, sound)
    # After other bytes or tags, the beginning has to be found first.
    with open_whole(file, duration=0.0, in_parts=True) as whole:
        return _describe(whole.source, whole.sound)


def _describe(source: Source, sound: Sound) -> Header:
    form, codec = sound.format, sound.subtype
    return Header(
        sound.samplerate,
        sound.channels,
        _FORMATS.get(form, form),
        _CODECS.get(codec, codec),
        _read_bit_rate(source, codec),
        sound.frames / sound.samplerate,
    )


def _read_bit_rate(source: Source, subtype: str) -> float:
    """Return the nominal rate of MP3 and Vorbis in kbit/s.

    The number of bytes per second is no fact of the encoder's settings: where the rate varies, it
    follows the music.
    """
    if subtype == "MPEG_LAYER_III":
        return read_constant_bitrate(source) or math.nan
    if subtype == "VORBIS":
        # The first packet of a Vorbis stream, after the header of its page.
        packet = source.read_at(end_of_id3(source) + 28, 30)
        if packet.startswith(b"\x01vorbis"):
            (nominal,) = struct.unpack("<i", packet[20:24])
            return nominal / 1000 if nominal > 0 else math.nan
    return math.nan
