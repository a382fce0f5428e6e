"""Find faults in sound files before training on them."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._cluster import client_of_joblib, name_absolutely
from .._cluster_calls import run_calls
from .._name_columns import name_column
from .._public import public
from .._shown_text import show
from .._threads import run_in_threads
from .._urls import Url, as_path
from ..audio._clip_items import list_items
from ..audio._facts import SampleFacts, measure_samples
from ..audio._header import Header, read_header
from ..audio._load import decode
from ..audio._resample import resample
from ..exceptions import AudioDecodeError
from ._fingerprint import FINGERPRINT_SR, find_duplicates, fingerprint

if TYPE_CHECKING:
    import pandas as pd

# Decoders and converters miss full scale slightly: 0.009 dB.
_FULL_SCALE = np.float32(0.999)
_NO_WORDS = np.empty(0, np.uint32)
_NO_HEADER = Header(np.nan, np.nan, "", "", np.nan, np.nan)
_NO_SAMPLES = SampleFacts(np.nan, np.nan, np.nan, np.nan, np.nan)


@public
def check_files(
    paths: Sequence[str | os.PathLike],
    *,
    min_duration: float | None = None,
    min_level: float = -60.0,
    max_clipped: float = 1e-4,
    n_jobs: int | None = None,
) -> "pd.DataFrame":
    """Find undecodable, silent, clipped, short and duplicate sound files.

    Each file is decoded once. Duplicates are found by content: exact ones have the same samples,
    whatever the file format; near ones are the same recording in another encoding, level, sampling
    rate or excerpt.

    Parameters
    ----------
    paths : sequence of str or PathLike
        The files, or a DataFrame with the paths as its only column.
    min_duration : float, default=None
        Seconds; shorter files are "short". None means half the median duration of the files.
    min_level : float, default=-60.0
        Root mean square level of the whole file in dB relative to full scale; files below it are
        "silent".
    max_clipped : float, default=1e-4
        Share of samples in runs of three or more at full scale; files with a larger share are
        "clipped".
    n_jobs : int, default=None
        Number of threads over files, as in joblib. Within
        ``joblib.parallel_config(backend="dask")`` the workers of a Dask cluster read them.

    Returns
    -------
    DataFrame
        One row per file, in the order of `paths`, with the columns

        path : str
            The file.
        finding : str
            Comma-separated findings: "undecodable", "silent", "clipped", "short", "exact
            duplicate", "near duplicate". Empty for a file without faults.
        group : int
            A number shared by duplicates of each other and by no other files, for use as `groups`
            of a splitter.
        duration : float
            In seconds; NaN if undecodable.
        level : float
            Level of the downmix in dB relative to full scale; -inf for digital silence.
        clipped : float
            The share of clipped samples.
        sampling_rate, channels, format, codec, bit_rate : float or str
            What the header states: Hz, a number, the container, the coding of the samples, and
            kbit/s of a lossy codec with a constant rate. NaN or empty where not known.
        leading_silence : float
            Seconds of samples that are exactly zero, from the beginning.
        cut_off : float
            Frequency in Hz where a codec's low-pass filter ends the spectrum; inf where the sound
            reaches half the rate, NaN where it ends gradually.
        dc_offset : float
            Mean of the samples, relative to full scale.
        bandwidth : float
            Frequency in Hz below which 99 % of the power is.
        error : str
            Why it can't be decoded; empty otherwise.

    Raises
    ------
    TypeError
        If `paths` is a single path, or contains anything other than paths.
    ValueError
        If `paths` is empty or a limit is out of its range.

    See Also
    --------
    load_gtzan : Handles the known faults of GTZAN.

    Notes
    -----
    Two files are duplicates if their fingerprints [1]_, 32 bits per frame from the energies in
    bands from 300 to 2,000 Hz, differ in less than a quarter of the bits over the whole overlap of
    the files at some offset, which is at least 3 s or all of the shorter one. Copies of a recording
    differ in about a tenth, different recordings in about half, or a third if chords and beat are
    alike. Candidate pairs are found by an inverted index of the fingerprints, so the cost grows
    with the number of files. A copy in another key or tempo is not found. Silent files are not
    duplicates of each other.

    References
    ----------
    .. [1] J. Haitsma, T. Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import soundfile
    >>> from skgenre.datasets import check_files, make_genre_music
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     music = make_genre_music(3, duration=4.0, random_state=0, to=folder)
    ...     y, sr = soundfile.read(music.paths[0])
    ...     copy = Path(folder, "copy.ogg")
    ...     soundfile.write(copy, y / 2, sr)
    ...     report = check_files([*music.paths, copy])
    >>> report.finding.tolist()
    ['near duplicate', '', '', 'near duplicate']
    >>> report.group.tolist()
    [0, 1, 2, 0]
    """
    import pandas as pd

    files = _check_paths(paths)
    _check_limits(min_duration, min_level, max_clipped)
    heard = _listen_to_all(files, min_level, n_jobs)
    report = pd.DataFrame(
        {
            "path": name_column([str(file) for file in files]),
            "finding": "",
            "group": _group(heard),
            "duration": [clip.duration for clip in heard],
            "level": [clip.level for clip in heard],
            "clipped": [clip.clipped for clip in heard],
            **_list_facts(heard),
            "error": [clip.error for clip in heard],
        }
    )
    report["finding"] = _find(report, heard, min_duration, min_level, max_clipped)
    return report


class _Clip(NamedTuple):
    duration: float
    level: float
    clipped: float
    error: str
    digest: bytes
    words: np.ndarray
    header: Header = _NO_HEADER
    samples: SampleFacts = _NO_SAMPLES


class _Clipping:
    """Counts the samples in runs of at least three at full scale."""

    def __init__(self) -> None:
        self.n_samples = 0
        self.n_clipped = 0

    def __call__(self, block: np.ndarray) -> None:
        self.n_samples += block.size
        if max(block.max(), -block.min()) < _FULL_SCALE:
            return
        at_limit = np.abs(block) >= _FULL_SCALE
        inside = at_limit[:-2] & at_limit[1:-1] & at_limit[2:]
        run = np.zeros_like(at_limit)
        for shift in range(3):
            run[shift : shift + len(inside)] |= inside
        self.n_clipped += int(np.count_nonzero(run))


def _check_paths(paths: Sequence[str | os.PathLike]) -> list[Path | Url]:
    if isinstance(paths, str | os.PathLike):
        raise TypeError(
            f"check_files takes a list of paths, got the single path {show(os.fspath(paths))!r}: "
            f"pass [{show(os.fspath(paths))!r}], or the paths of load_genre_folder."
        )
    # A DataFrame is one column of paths, as for the transformers.
    items = list(paths if hasattr(paths, "__next__") else list_items(paths, "check_files") or paths)
    if not items:
        raise ValueError("check_files needs at least one file, got an empty list.")
    for number, item in enumerate(items):
        if not isinstance(item, str | os.PathLike):
            raise TypeError(
                f"check_files takes paths as str or PathLike, got {type(item).__name__} for file "
                f"{number}."
            )
    return [as_path(item) for item in items]


def _check_limits(min_duration: float | None, min_level: float, max_clipped: float) -> None:
    if min_duration is not None and not min_duration >= 0:
        raise ValueError(f"check_files needs min_duration to be 0 or more, got {min_duration!r}.")
    if not min_level <= 0:
        raise ValueError(f"check_files needs min_level to be 0 dB or less, got {min_level!r}.")
    if not 0 <= max_clipped <= 1:
        raise ValueError(f"check_files needs max_clipped to be in [0, 1], got {max_clipped!r}.")


def _listen_to_all(files: list[Path | Url], min_level: float, n_jobs: int | None) -> list[_Clip]:
    """Listen to the files in threads, or on a cluster if joblib runs on one."""
    client = client_of_joblib()
    if client is None:
        return list(run_in_threads(lambda file: _listen(file, min_level), files, n_jobs))
    shared = (name_absolutely(files), min_level)
    heard = dict(run_calls(client, _listen_to_one, shared, len(files), _report_death))
    return [
        heard[number]._replace(error=heard[number].error.replace(str(named), str(file)))
        for number, (named, file) in enumerate(zip(shared[0], files, strict=True))
    ]


def _listen_to_one(shared: tuple[list[str | Url], float], number: int) -> _Clip:
    names, min_level = shared
    return _listen(as_path(names[number]), min_level)


def _report_death(number: int, reason: str) -> _Clip:
    return _Clip(np.nan, np.nan, np.nan, reason, b"", _NO_WORDS)


def _listen(file: Path | Url, min_level: float) -> _Clip:
    clipping = _Clipping()
    try:
        y, sr = decode(file, FINGERPRINT_SR, None, clipping)
    except AudioDecodeError as error:
        reason = str(error).removeprefix(f"{show(file)}: ")
        return _Clip(np.nan, np.nan, np.nan, reason, b"", _NO_WORDS)
    power = float(np.dot(y, y)) / len(y)
    level = 10 * np.log10(power) if power > 0 else -np.inf
    digest, words = b"", _NO_WORDS
    if level >= min_level:
        content = hashlib.blake2b(np.ascontiguousarray(y).data, digest_size=20)
        content.update(str(sr).encode())
        digest = content.digest()
        words = fingerprint(resample(y, sr, FINGERPRINT_SR))
    clipped = clipping.n_clipped / clipping.n_samples
    header, samples = read_header(file), measure_samples(y, sr)
    return _Clip(len(y) / sr, level, clipped, "", digest, words, header, samples)


def _list_facts(heard: list[_Clip]) -> dict[str, list[Any]]:
    facts = {
        name: [getattr(clip.header, name) for clip in heard]
        for name in ("sampling_rate", "channels", "format", "codec", "bit_rate")
    }
    for name in ("leading_silence", "cut_off", "dc_offset", "bandwidth"):
        facts[name] = [getattr(clip.samples, name) for clip in heard]
    return facts


def _group(heard: list[_Clip]) -> np.ndarray:
    """Return the same number for clips of one recording, numbered by first appearance."""
    _, copies = _count_copies(heard)
    first_of = {copy: number for number, copy in reversed(list(enumerate(copies)))}
    distinct = sorted(first_of.values())
    recordings = find_duplicates([heard[number].words for number in distinct])
    recording_of = {copies[number]: r for number, r in zip(distinct, recordings, strict=True)}
    groups = [recording_of[copy] for copy in copies]
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _count_copies(heard: list[_Clip]) -> tuple[np.ndarray, list[int]]:
    """Return how many clips have the same samples as each clip, and a group number for each."""
    # Clips without a digest, undecodable or silent, have no copies.
    keys = [clip.digest or number.to_bytes(8, "big") for number, clip in enumerate(heard)]
    _, inverse, counts = np.unique(
        np.array(keys, dtype=object), return_inverse=True, return_counts=True
    )
    return counts[inverse], inverse.tolist()


def _find(
    report: "pd.DataFrame",
    heard: list[_Clip],
    min_duration: float | None,
    min_level: float,
    max_clipped: float,
) -> list[str]:
    if min_duration is None:
        min_duration = report.duration.median() / 2
    exact = _count_copies(heard)[0] > 1
    shared = report.group.map(report.group.value_counts()).to_numpy() > 1
    findings = {
        "undecodable": report.error.to_numpy() != "",
        "silent": report.level.to_numpy() < min_level,
        "clipped": report.clipped.to_numpy() > max_clipped,
        "short": report.duration.to_numpy() < min_duration,
        "exact duplicate": exact,
        "near duplicate": shared & ~exact,
    }
    return [
        ", ".join(name for name, found in findings.items() if found[number])
        for number in range(len(report))
    ]
