"""Decode one sound file."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile

from .._public import public
from ..exceptions import AudioDecodeError
from ._codecs import name_codec
from ._duration import fix_duration, n_samples_of
from ._formats import AUDIO_EXTENSIONS, READABLE, claims_readable_format, name_foreign_format
from ._level import DAMAGE, INTEGERS, LOUD, LOUDEST, peak_of, say_level, warn_if_loud
from ._mp3 import end_of_id3
from ._resample import join_blocks, n_resampled, resample_blocks
from ._sound import Sound
from ._source import Source, check_is_file, open_source
from ._truncation import Promise, check_decoded, read_promise

__all__ = ["check_is_file", "decode", "load_audio", "open_sound", "open_whole"]

# libsndfile's value if a header does not state the number of frames.
_UNKNOWN_LENGTH = 0x7FFFFFFFFFFFFFFF

# Samples of all channels decoded at a time: from the decoder to the resampler they stay in the
# processor's cache.
_BLOCK_SAMPLES = 1 << 17

# Hz. A damaged header may state any rate, and one second at 1 Hz would become a clip of hours.
_PLAUSIBLE_RATES = (1000, 1_000_000)

# Input samples beyond the wanted ones, in units of the longer of the two sampling periods, that
# soxr's HQ filter and its FFT blocks use. With fewer than 2,048 the last bits differ.
_RESAMPLING_MARGIN = 4096


@public
def load_audio(
    path: str | os.PathLike | BinaryIO, *, sr: float = 22050, duration: float | None = None
) -> np.ndarray:
    """Decode a sound file to a mono waveform.

    Channels are averaged, and the result is resampled in soxr's high quality, as in
    ``librosa.load``.

    Parameters
    ----------
    path : str, PathLike, or binary file
        A path or URL of a WAV, AIFF, AU, FLAC, MP3, Ogg Vorbis or Opus file, or another one that
        libsndfile reads; or such a file, open. The format is detected from the content, not the
        name. A URL is text with a protocol of fsspec, such as ``s3://`` or ``https://``. An open
        file or an ``io.BytesIO`` is read from its beginning, and its position is restored.
    sr : float, default=22050
        Sampling rate of the result, in Hz.
    duration : float or None, default=None
        Seconds from the beginning to return. A shorter file is padded with zeros; a longer one is
        decoded only as far as needed, with the same samples as in the whole file. None returns the
        whole file.

    Returns
    -------
    ndarray of shape (n_samples,)
        The waveform as float32, nominally in [-1, 1]; decoders of lossy formats may overshoot a
        little.

    Raises
    ------
    AudioDecodeError
        If the file is missing, a folder, empty, not audio, in an unknown format, without samples,
        damaged, cut off (as far as its format can tell), or has samples that are NaN, infinite or
        above 1,000. The message names the file and the cure.
    TypeError
        If `path` is neither a path nor an open binary file.
    ValueError
        If `sr` or `duration` is not a positive number, or there is no such protocol.
    ImportError
        If the library for the protocol of a URL is not installed.

    Warns
    -----
    LevelWarning
        If samples reach 10: they look like integers that were not divided by 32,768.

    See Also
    --------
    fix_duration : Cut or pad a waveform in memory.

    Notes
    -----
    A file is considered cut off if a WAV, AIFF or AU file has fewer bytes than its header says, an
    Ogg file ends inside a page, or a FLAC file has fewer samples or an MP3 file (with a Xing, Info
    or VBRI header) fewer frames than announced. For the last two only the decoded part is checked.
    A header of a streamed file that leaves the size open, or says 0, is no error, nor is other data
    after the last frame of an MP3 file.

    Credentials for a URL come from where the store's library looks for them; messages leave out
    those in it, and its query. A file below 16 MB is read by one request, a larger one in blocks.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import soundfile
    >>> from skgenre.audio import load_audio
    >>> stereo = np.zeros((44100, 2), dtype=np.float32)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "silence.wav")
    ...     soundfile.write(path, stereo, 44100)
    ...     load_audio(path).shape, load_audio(path, sr=16000, duration=1.5).shape
    ((22050,), (24000,))
    """
    check_positive("load_audio", "sr", sr)
    if duration is not None:
        check_positive("load_audio", "duration", duration)
    with open_whole(path, duration) as whole:
        n_expected = n_resampled(_n_expected(whole, sr, duration), whole.sound.samplerate, sr)
        y = join_blocks(iterate_resampled(whole, sr, duration), n_expected)
    return y if duration is None else fix_duration(y, duration, sr)


def decode(
    file: str | os.PathLike | BinaryIO,
    sr: float,
    duration: float | None,
    watch: Callable[[np.ndarray], None] | None = None,
) -> tuple[np.ndarray, int]:
    """Return a file's mono waveform, before resampling, and its sampling rate.

    With `duration`, no more samples than that many seconds at `sr` depend on. `watch` is called
    with each block of samples, of shape (n_samples, n_channels), before the channels are averaged.
    """
    with open_whole(file, duration) as whole:
        blocks = iterate_mono(whole, _n_wanted(whole, sr, duration), watch)
        return join_blocks(blocks, _n_expected(whole, sr, duration)), whole.sound.samplerate


def iterate_resampled(
    whole: "Whole", sr: float, duration: float | None = None
) -> Iterator[np.ndarray]:
    """Yield an open file's mono waveform at the rate `sr`, in blocks.

    With `duration`, they end after at least that many seconds, or with the file.
    """
    blocks = iterate_mono(whole, _n_wanted(whole, sr, duration))
    return resample_blocks(blocks, whole.sound.samplerate, sr)


class Whole(NamedTuple):
    """An open sound file that is not known to be cut off, and the promises of its header."""

    source: Source
    sound: Sound
    promise: Promise


@contextmanager
def open_whole(
    file: str | os.PathLike | BinaryIO, duration: float | None = None, *, in_parts: bool = False
) -> Iterator[Whole]:
    """Open a file that is not known to be cut off; errors in the block name the file.

    With `duration`, at most that many seconds will be read. With `in_parts`, a URL is read in
    blocks: only the header is wanted.
    """
    with open_source(file, in_parts=in_parts) as source:
        promise = read_promise(source, duration)
        sound = _open(source, promise)
        try:
            yield Whole(source, sound, promise)
        except soundfile.LibsndfileError as error:
            raise source.error(
                f"the file is damaged or cut off; decoding stopped with an error{_reason(error)}. "
                f"Copy or download it again, or leave it out."
            ) from error
        finally:
            sound.close()


@contextmanager
def open_sound(file: str | os.PathLike | BinaryIO) -> Iterator[Sound]:
    """Open a file to read its header, or say why it can't be read."""
    with open_whole(file) as whole:
        yield whole.sound


def _open(source: Source, promise: Promise) -> Sound:
    try:
        sound = Sound(source, promise.span)
    except soundfile.LibsndfileError as error:
        if promise.mp3.hidden is None:
            raise _unknown_format(source) from error
        try:
            sound = Sound(source, promise.mp3.hidden)
        except soundfile.LibsndfileError:
            raise _unknown_format(source) from error
    try:
        _check_known_length(source, sound)
        _check_rate(source, sound)
    except AudioDecodeError:
        sound.close()
        raise
    return sound


def _check_known_length(source: Source, sound: Sound) -> None:
    """Refuse a FLAC file whose header leaves its length open: libsndfile can't read it in turn."""
    if sound.frames >= _UNKNOWN_LENGTH:
        raise source.error(
            f"its header leaves the number of samples open, as streaming software does. Write it "
            f"again, for example with: ffmpeg -i '{source.example}' '{source.stem}-whole.flac'"
        )


def _check_rate(source: Source, sound: Sound) -> None:
    lowest, highest = _PLAUSIBLE_RATES
    if not lowest <= sound.samplerate <= highest:
        raise source.error(
            f"its header says {sound.samplerate:,} samples a second, and sound has between "
            f"{lowest:,} and {highest:,}: the header is damaged. Copy or download the file again, "
            f"or leave it out."
        )


def _unknown_format(source: Source) -> AudioDecodeError:
    head = source.read_at(0, 32)
    behind_tags = source.read_at(end_of_id3(source), 32)
    convert = f"convert it, for example with: ffmpeg -i '{source.example}' '{source.stem}.flac'"
    if (codec := name_codec(source)) is not None:
        return source.error(
            f"{codec} can't be read: the file is intact as far as its header tells, but there is "
            f"no decoder for this codec. {convert[0].upper()}{convert[1:]}"
        )
    foreign = name_foreign_format(source.suffix, head)
    if foreign is not None:
        message = f"{foreign} can't be read. skgenre reads {READABLE}: {convert}"
    elif claims_readable_format(head) or claims_readable_format(behind_tags):
        message = (
            "the file is damaged or cut off: its header can't be read. Copy or download it "
            "again, or leave it out."
        )
    elif source.suffix in AUDIO_EXTENSIONS:
        message = (
            f"the file has no audio in the format that its name says, nor in another one that "
            f"skgenre reads ({READABLE}). Copy or download it again, or leave it out."
        )
    else:
        message = (
            f"no audio in a known format. skgenre reads {READABLE}: if it is a sound file, "
            f"{convert}"
        )
    return source.error(message)


def _n_wanted(whole: Whole, sr: float, duration: float | None) -> int | None:
    """Return how many samples of a file are needed; None for all."""
    if duration is None:
        return None
    return _n_input_samples(n_samples_of(duration, sr), whole.sound.samplerate, sr)


def _n_expected(whole: Whole, sr: float, duration: float | None) -> int:
    """Return how many samples will be decoded by a file's header."""
    wanted = _n_wanted(whole, sr, duration)
    return whole.sound.frames if wanted is None else min(wanted, whole.sound.frames)


def _n_input_samples(n_samples: int, file_sr: float, sr: float) -> int:
    """Return how many samples at `file_sr` the first `n_samples` at `sr` depend on."""
    if file_sr == sr:
        return n_samples
    ratio = file_sr / sr
    return int(np.ceil(n_samples * ratio)) + int(np.ceil(_RESAMPLING_MARGIN * max(1.0, ratio)))


def iterate_mono(
    whole: Whole,
    wanted: int | None = None,
    watch: Callable[[np.ndarray], None] | None = None,
) -> Iterator[np.ndarray]:
    """Yield an open file's first `wanted` samples, or all, in blocks with channels averaged.

    Raises
    ------
    AudioDecodeError
        If the file has no samples, samples that are NaN, infinite or above 1,000, or, at its end,
        fewer samples than promised.
    """
    source, sound, promise = whole
    block_size = max(1, _BLOCK_SAMPLES // sound.channels)
    n_read = 0
    is_loud = False
    cure = INTEGERS if sound.subtype in ("FLOAT", "DOUBLE") else DAMAGE
    while wanted is None or n_read < wanted:
        size = block_size if wanted is None else min(block_size, wanted - n_read)
        block = sound.read(size)
        if not len(block):
            break
        if watch is not None:
            watch(block)
        if not sound.is_bounded:
            peak = peak_of(block)
            _check_samples(source, block, peak, cure)
            if peak >= LOUD and not is_loud:
                is_loud = True
                warn_if_loud(peak, source.name, cure, stacklevel=4)
        yield _downmix(block)
        n_read += len(block)
    if not n_read:
        raise source.error("the file has no samples (its duration is zero). Leave it out.")
    if wanted is None or n_read < wanted:
        check_decoded(source, sound, promise.mp3, n_read)


def _check_samples(source: Source, block: np.ndarray, peak: float, cure: str) -> None:
    """Refuse impossible samples, by their peak."""
    if np.isfinite(peak) and peak <= LOUDEST:
        return
    if np.isfinite(block).all():
        raise source.error(f"{say_level(peak, cure)}")
    raise source.error(
        "the file has NaN or infinite samples. It was written by faulty software: export it again "
        "from its source, or leave it out."
    )


def _downmix(block: np.ndarray) -> np.ndarray:
    """Average the channels; adding column by column is faster than `np.mean` over short rows."""
    n_channels = block.shape[1]
    if n_channels == 1:
        return block[:, 0].copy()  # the block's memory is used again
    mono = block[:, 0] + block[:, 1]
    for channel in range(2, n_channels):
        mono += block[:, channel]
    mono /= np.float32(n_channels)
    return mono


def _reason(error: soundfile.LibsndfileError) -> str:
    text = error.error_string.strip().rstrip(".")
    return f" ({text})" if text else ""


def check_positive(function: str, name: str, value: float) -> None:
    """Refuse anything but a positive number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < np.inf:
        raise ValueError(f"{function} needs {name} to be a positive number, got {value!r}.")
