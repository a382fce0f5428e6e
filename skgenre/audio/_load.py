"""Decode one sound file."""

import os
import stat
from collections.abc import Callable
from numbers import Real
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ..exceptions import AudioDecodeError
from ._duration import fix_duration, n_samples_of
from ._formats import (
    AUDIO_EXTENSIONS,
    HEADERLESS_EXTENSIONS,
    READABLE,
    claims_readable_format,
    name_foreign_format,
)
from ._mp3 import has_mp3_frame
from ._truncation import check_complete, check_decoded

# What libsndfile says where a header does not tell the number of frames.
_UNKNOWN_LENGTH = 0x7FFFFFFFFFFFFFFF

# Frames decoded at a time: all channels of a block are in memory, of the clip only one.
_BLOCK = 1 << 18

# Input samples beyond the wanted ones, in units of the longer of the two sampling periods, that
# soxr's HQ filter and its FFT blocks see. With fewer than 2,048 the last bits differ.
_RESAMPLING_MARGIN = 4096


def load_audio(
    path: str | os.PathLike, *, sr: float = 22050, duration: float | None = None
) -> np.ndarray:
    """Decode a sound file to a mono waveform.

    Channels are averaged, and the result is resampled with soxr's high quality, as
    ``librosa.load`` does.

    Parameters
    ----------
    path : str or PathLike
        A WAV, AIFF, AU, FLAC, MP3, Ogg Vorbis or Opus file, or another one that libsndfile reads.
    sr : float, default=22050
        Sampling rate of the result, in Hz.
    duration : float or None, default=None
        Seconds from the beginning to return. A shorter file is padded with zeros; of a longer
        one no more is decoded than needed, and the samples are the same as with all of it.
        None returns the file as long as it is.

    Returns
    -------
    ndarray of shape (n_samples,)
        The waveform as float32, nominally in [-1, 1]; decoders of lossy formats may overshoot a
        little.

    Raises
    ------
    AudioDecodeError
        If the file is missing, a folder, empty, no audio, in an unknown format, without samples,
        damaged, cut off (as far as its format can tell), or has NaN or infinite samples. The
        message names the file and the cure.
    ValueError
        If `sr` or `duration` is not a positive number.

    See Also
    --------
    fix_duration : Cut or pad a waveform that is in memory.

    Notes
    -----
    A file is taken to be cut off when a WAV, AIFF or AU file has fewer bytes than its header
    says, an Ogg file ends inside a page, a FLAC file has fewer samples or an MP3 file (with a
    Xing, Info or VBRI header) fewer frames than announced. For the last two only the part that
    is decoded counts. A header of a streamed file that leaves the size open is no error.

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
    _check_positive("sr", sr)
    if duration is not None:
        _check_positive("duration", duration)
    y, file_sr = decode(Path(path), sr, duration)
    y = resample(y, file_sr, sr)
    return y if duration is None else fix_duration(y, duration, sr)


def decode(
    file: Path,
    sr: float,
    duration: float | None,
    watch: Callable[[np.ndarray], None] | None = None,
) -> tuple[np.ndarray, int]:
    """Return a file's mono waveform, before resampling, and the rate it was recorded at.

    With `duration`, no more than that many seconds at `sr` depend on. `watch` is called with each
    block of samples, of shape (n_samples, n_channels), before the channels are averaged.
    """
    check_is_file(file)
    check_complete(file)
    y, file_sr = _decode(file, sr, duration, watch)
    if not np.isfinite(y).all():
        raise AudioDecodeError(
            f"{file}: the file has NaN or infinite samples. It was written by faulty software: "
            f"export it again from its source, or leave it out.",
            path=str(file),
        )
    return y, file_sr


def resample(y: np.ndarray, orig_sr: float, sr: float) -> np.ndarray:
    """Resample a waveform to ``ceil(n_samples * sr / orig_sr)`` samples."""
    if orig_sr == sr:
        return y
    n_samples = int(np.ceil(len(y) * (float(sr) / orig_sr)))
    return fix_duration(soxr.resample(y, orig_sr, sr, quality="HQ"), n_samples, 1)


def check_is_file(file: Path) -> os.stat_result:
    """Refuse what is no regular file with content; return its `stat`."""
    try:
        status = file.stat()
    except FileNotFoundError:
        where = "" if file.is_absolute() else f" (the current folder is {Path.cwd()})"
        raise AudioDecodeError(f"{file}: there is no such file{where}.", path=str(file)) from None
    except (OSError, ValueError) as error:
        raise AudioDecodeError(f"{file}: it can't be opened ({error}).", path=str(file)) from error
    if stat.S_ISDIR(status.st_mode):
        raise AudioDecodeError(
            f"{file}: this is a folder, not a sound file. Give its files one by one, or read a "
            f"folder of genre folders with skgenre.datasets.load_genre_folder.",
            path=str(file),
        )
    if not stat.S_ISREG(status.st_mode):
        raise AudioDecodeError(f"{file}: this is not a regular file.", path=str(file))
    if status.st_size == 0:
        raise AudioDecodeError(
            f"{file}: the file is empty (0 bytes). Copy or download it again, or leave it out.",
            path=str(file),
        )
    return status


def _decode(
    file: Path,
    sr: float,
    duration: float | None,
    watch: Callable[[np.ndarray], None] | None,
) -> tuple[np.ndarray, int]:
    try:
        with _open(file) as sound:
            _check_known_length(file, sound)
            wanted = None
            if duration is not None:
                wanted = _n_input_samples(n_samples_of(duration, sr), sound.samplerate, sr)
            y = _read_mono(sound, wanted, watch)
            if wanted is None or len(y) < wanted:
                check_decoded(file, sound, len(y))
            return y, sound.samplerate
    except soundfile.LibsndfileError as error:
        raise AudioDecodeError(
            f"{file}: the file is damaged or cut off; decoding stopped with an error"
            f"{_reason(error)}. Copy or download it again, or leave it out.",
            path=str(file),
        ) from error


def _open(file: Path) -> soundfile.SoundFile:
    if not _may_be_readable(file):
        raise _unknown_format(file)
    try:
        return soundfile.SoundFile(file)
    except soundfile.LibsndfileError as error:
        raise _unknown_format(file) from error


def _may_be_readable(file: Path) -> bool:
    """Tell whether libsndfile is to try: not where it would go by the name alone.

    It takes whatever has such a name for samples without a header, and its MP3 decoder writes to
    standard error what else it finds in files named .mp3.
    """
    extension = file.suffix.lower()
    if extension not in HEADERLESS_EXTENSIONS and extension != ".mp3":
        return True
    with file.open("rb") as stream:
        if claims_readable_format(stream.read(16)):
            return True
        return extension == ".mp3" and has_mp3_frame(stream)


def _check_known_length(file: Path, sound: soundfile.SoundFile) -> None:
    """Refuse a FLAC file whose header leaves its length open: libsndfile can't read it in turn."""
    if sound.frames >= _UNKNOWN_LENGTH:
        raise AudioDecodeError(
            f"{file}: its header leaves the number of samples open, as streaming software does. "
            f"Write it anew, for example with: ffmpeg -i '{file.name}' '{file.stem}-whole.flac'",
            path=str(file),
        )


def _unknown_format(file: Path) -> AudioDecodeError:
    with file.open("rb") as stream:
        head = stream.read(16)
    foreign = name_foreign_format(file, head)
    convert = f"convert it, for example with: ffmpeg -i '{file.name}' '{file.stem}.flac'"
    if foreign is not None:
        message = f"{foreign} can't be read. skgenre reads {READABLE}: {convert}"
    elif claims_readable_format(head):
        message = (
            "the file is damaged or cut off: its header can't be read. Copy or download it "
            "again, or leave it out."
        )
    elif file.suffix.lower() in AUDIO_EXTENSIONS:
        message = (
            f"the file has no audio in the format that its name says, nor in another one that "
            f"skgenre reads ({READABLE}). Copy or download it again, or leave it out."
        )
    else:
        message = (
            f"no audio in a known format. skgenre reads {READABLE}: if it is a sound file, "
            f"{convert}"
        )
    return AudioDecodeError(f"{file}: {message}", path=str(file))


def _n_input_samples(n_samples: int, file_sr: int, sr: float) -> int:
    """Return how many samples at `file_sr` the first `n_samples` at `sr` depend on."""
    if file_sr == sr:
        return n_samples
    ratio = file_sr / sr
    return int(np.ceil(n_samples * ratio)) + int(np.ceil(_RESAMPLING_MARGIN * max(1.0, ratio)))


def _read_mono(
    sound: soundfile.SoundFile,
    wanted: int | None,
    watch: Callable[[np.ndarray], None] | None,
) -> np.ndarray:
    blocks = []
    n_read = 0
    while wanted is None or n_read < wanted:
        size = _BLOCK if wanted is None else min(_BLOCK, wanted - n_read)
        block = sound.read(size, dtype="float32", always_2d=True)
        if not len(block):
            break
        if watch is not None:
            watch(block)
        blocks.append(_downmix(block))
        n_read += len(block)
    if not blocks:
        raise AudioDecodeError(
            f"{sound.name}: the file has no samples (its duration is zero). Leave it out.",
            path=str(sound.name),
        )
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _downmix(block: np.ndarray) -> np.ndarray:
    """Average the channels; adding column by column is faster than `np.mean` over short rows."""
    n_channels = block.shape[1]
    if n_channels == 1:
        return block[:, 0]
    mono = block[:, 0] + block[:, 1]
    for channel in range(2, n_channels):
        mono += block[:, channel]
    mono /= np.float32(n_channels)
    return mono


def _reason(error: soundfile.LibsndfileError) -> str:
    text = error.error_string.strip().rstrip(".")
    return f" ({text})" if text else ""


def _check_positive(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < np.inf:
        raise ValueError(f"load_audio needs {name} to be a positive number, got {value!r}.")
