"""Files that a loader leaves out, and warnings about them."""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from .._shown_text import name_first, show
from .._urls import Url, as_path, is_url
from ..audio._formats import name_foreign_format
from ..audio._header import keep_header
from ..audio._load import Whole, decode, open_whole
from ..audio._sound import Sound
from ..audio._source import check_is_file, check_is_remote_file
from ..exceptions import AudioDecodeError, SkgenreWarning

# Number of files listed in a warning; the others are in the Bunch.
_N_NAMED = 10


def why_unreadable(path: Path | Url) -> str | None:
    """Return why a sound file can't be read, or None, without decoding it.

    A truncated file is found if its format allows that without decoding: by the sizes in the
    headers, or for FLAC by looking for its last sample. Of a URL, only the parts that tell this
    are read.
    """
    try:
        if isinstance(path, Url):
            check_is_remote_file(path)
            with open_whole(path, duration=0.0, in_parts=True) as whole:
                return _find_fault(whole, path)
        if path.is_file() and path.stat().st_size == 0:
            return "empty file"
        status = check_is_file(path)
        with open_whole(path) as whole:
            keep_header(path, status, whole)
            return _find_fault(whole, path)
    except AudioDecodeError as error:
        return str(error).removeprefix(f"{show(path)}: ")


def _find_fault(whole: Whole, path: Path | Url) -> str | None:
    if not whole.sound.frames:
        return "no samples"
    if whole.sound.format == "FLAC" and not _has_last_sample(whole.sound):
        # Only decoding is certain, and it reports what is wrong.
        decode(path, 22050, None)
    return None


def _has_last_sample(sound: Sound) -> bool:
    try:
        sound.seek(sound.frames - 1)
        return len(sound.read(1)) == 1
    except soundfile.LibsndfileError:
        return False


def name_format_to_convert(file: str) -> str | None:
    """Return the format of an intact sound file that can't be read here; None for a URL."""
    if is_url(file):
        return None
    path = Path(file)
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError:
        return None
    return name_foreign_format(path.suffix, head) if head else None


def count_formats(paths: Iterable[str]) -> tuple[str, int]:
    """Return the unreadable formats of files in words, and the number of these files."""
    names = [name_format_to_convert(path) for path in paths]
    counts = Counter(name for name in names if name is not None)
    words = "; ".join(f"{name}: {count}" for name, count in counts.most_common())
    return words, counts.total()


def how_to_convert(path: str) -> str:
    """Return the command that converts a file."""
    file = as_path(path)
    return f"for example with: ffmpeg -i '{show(file.name)}' '{show(file.stem)}.flac'"


def count(number: int, what: str) -> str:
    """Return a number with its noun, in the plural if it is not one."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def warn_of_files(files: Sequence[tuple[str, str]], what: str, listed: str) -> None:
    """Warn, in the caller of a loader, of files that were left out and the reasons.

    Parameters
    ----------
    files : sequence of (path, reason)
        The files.
    what : str
        Description of the files, to follow their number.
    listed : str
        The attribute of the Bunch that lists all of them.
    """
    if files:
        lines = [f"{show(path)} ({reason})" for path, reason in files]
        _warn(f"{len(files)} {what}:", lines, listed)


def warn_of_ignored(files: Sequence[tuple[str, str]]) -> None:
    """Warn, in the caller of a loader, of files that are not clips."""
    if files:
        lines = [f"{show(path)} ({reason})" for path, reason in files]
        verb = "is not a clip and was" if len(files) == 1 else "are not clips and were"
        _warn(f"{count(len(files), 'file')} {verb} skipped:", lines, "ignored")


def warn_of_unreadable(files: Sequence[tuple[str, str]]) -> None:
    """Warn, in the caller of a loader, of unreadable sound files, unsupported formats first."""
    foreign = [path for path, _ in files if name_format_to_convert(path) is not None]
    if foreign:
        _warn(
            f"{count(len(foreign), 'sound file')} in formats that can't be read here "
            f"({count_formats(foreign)[0]}): left out. Convert them, {how_to_convert(foreign[0])}:",
            [show(path) for path in foreign],
            "unreadable",
        )
    others = [(path, reason) for path, reason in files if path not in set(foreign)]
    if others:
        lines = [f"{show(path)} ({reason})" for path, reason in others]
        _warn(
            f"{count(len(others), 'sound file')} can't be read and "
            f"{'was' if len(others) == 1 else 'were'} left out:",
            lines,
            "unreadable",
        )


def warn_of_subfolders(folders: Sequence[tuple[str, str]]) -> None:
    """Warn, in the caller of a loader, of subfolders with sound files in a genre's folder."""
    if folders:
        lines = [f"{show(path)} ({reason})" for path, reason in folders]
        _warn(
            f"{count(len(folders), 'subfolder')} of genre folders with sound files, which are not "
            f"read: move them up into the folder of the genre:",
            lines,
            "ignored",
        )


def _warn(heading: str, lines: Sequence[str], listed: str) -> None:
    named = list(lines[:_N_NAMED])
    if len(lines) > _N_NAMED:
        named.append(f"and {len(lines) - _N_NAMED} more: see `{listed}` of the Bunch")
    text = f"{heading}\n  " + ";\n  ".join(named)
    # Points at the caller of the loader, two functions above this one.
    warnings.warn(text, SkgenreWarning, stacklevel=4)


def warn_of_single_clips(target: Any) -> None:
    """Warn, in the caller of a loader, of genres that can't be in both train and test.

    Parameters
    ----------
    target : ndarray of shape (n_clips,) or DataFrame of shape (n_clips, n_genres)
        The genres of the clips.
    """
    if hasattr(target, "columns"):
        names, counts = np.array(target.columns, dtype=object), target.to_numpy().sum(axis=0)
        empty = names[counts == 0].tolist()
        if empty:
            warnings.warn(
                f"No clip has the genre{'s' * (len(empty) > 1)} {name_first(empty)}.",
                SkgenreWarning,
                stacklevel=3,
            )
    else:
        names, counts = np.unique(target, return_counts=True)
    single = names[counts == 1].tolist()
    if single:
        warnings.warn(
            f"There is only one clip of {name_first(single)}: it can't be in both train and "
            f"test. Add clips, or leave the genre out.",
            SkgenreWarning,
            stacklevel=3,
        )
