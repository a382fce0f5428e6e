"""Audio fingerprints, and the search for duplicate recordings."""

from functools import lru_cache

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..features import MelSpectrogram

# As in Haitsma and Kalker: 33 bands over 300 to 2,000 Hz in frames of 0.37 s. Their hop is 11.6 ms;
# half as many frames are as good for whole clips instead of snippets.
FINGERPRINT_SR = 5512.5
HOP_LENGTH = 128
_N_FFT = 2048
_N_BANDS = 33

# Maximum bit error rate of two copies. Copies differ in up to .13 of the bits, in MP3 and Ogg
# Vorbis at the lowest rates or with noise 20 dB below. Haitsma and Kalker allow up to .35, for
# snippets recorded by telephone; two pieces with the same chords and beat come down to .33.
MAX_BIT_ERROR_RATE = 0.25

# The word of frames without energy.
_SILENCE = 0
# Non-silent frames that two clips must share, unless one is shorter: the 3 s of Haitsma and
# Kalker's blocks.
_MIN_OVERLAP = 128
# Number of following clips in the index that each clip with a word is compared with.
_N_NEIGHBOURS = 6
# Minimum number of words in common, at one offset, for two clips to be compared bit by bit.
_MIN_VOTES = 3


@lru_cache(maxsize=1)
def _bands() -> MelSpectrogram:
    return MelSpectrogram(
        sr=FINGERPRINT_SR,
        n_fft=_N_FFT,
        hop_length=HOP_LENGTH,
        n_mels=_N_BANDS,
        fmin=300.0,
        fmax=2000.0,
        htk=True,
        scale="power",
    )


def fingerprint(y: np.ndarray) -> np.ndarray:
    """Return a 32-bit word for each frame of a waveform at `FINGERPRINT_SR`.

    A bit is set if the energy difference of two neighbouring bands grows from one frame to the
    next, as in [1]_, here with mel bands.

    References
    ----------
    .. [1] J. Haitsma, T. Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002.
    """
    energies = _bands().compute(y)
    slope = np.diff(energies, axis=0)
    bits = np.diff(slope, axis=1) < 0
    packed = np.packbits(bits, axis=0, bitorder="little")
    return np.ascontiguousarray(packed.T).view(np.uint32)[:, 0]


def find_duplicates(fingerprints: list[np.ndarray]) -> np.ndarray:
    """Return a number for each fingerprint, equal for those of one recording.

    Fingerprints that share words at one offset are found by an inverted index and compared bit by
    bit at that offset: the cost grows with the number of clips, not of pairs.
    """
    n_clips = len(fingerprints)
    pairs = [
        (a, b)
        for a, b, offset in _find_candidates(fingerprints)
        if bit_error_rate(fingerprints[a], fingerprints[b], offset) < MAX_BIT_ERROR_RATE
    ]
    first, second = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (first, second)), shape=(n_clips, n_clips))
    return connected_components(graph, directed=False)[1]


def bit_error_rate(a: np.ndarray, b: np.ndarray, offset: int) -> float:
    """Return the share of differing bits when frame t of `a` is aligned to t + offset of `b`.

    Frames that are silent in both are ignored. The best of the neighbouring offsets is used. The
    rate is 1 if they overlap by less than three seconds and less than all of the shorter one.
    """
    n_needed = min(_MIN_OVERLAP, int(np.count_nonzero(a)), int(np.count_nonzero(b)))
    rates = [1.0]
    for shift in range(offset - 1, offset + 2):
        start = max(0, -shift)
        stop = min(len(a), len(b) - shift)
        ours, theirs = a[start:stop], b[start + shift : stop + shift]
        n_sounding = np.count_nonzero(ours | theirs)
        if n_sounding >= max(1, n_needed):
            rates.append(int(np.bitwise_count(ours ^ theirs).sum()) / (32 * n_sounding))
    return min(rates)


def _find_candidates(fingerprints: list[np.ndarray]) -> list[tuple[int, int, int]]:
    """Return pairs of clips and the offsets at which they share most words."""
    words, clips, times = _index(fingerprints)
    keys = []
    span = 2 * max((len(words) for words in fingerprints), default=0) + 1
    for step in range(1, _N_NEIGHBOURS + 1):
        same = words[step:] == words[:-step]
        a, b = clips[:-step][same], clips[step:][same]
        offsets = times[step:][same] - times[:-step][same]
        keys.append((a * len(fingerprints) + b) * span + offsets + span // 2)
    found, votes = np.unique(np.concatenate(keys), return_counts=True)
    found = found[votes >= _MIN_VOTES]
    pair, offset = np.divmod(found, span)
    a, b = np.divmod(pair, len(fingerprints))
    return list(zip(a.tolist(), b.tolist(), (offset - span // 2).tolist(), strict=True))


def _index(fingerprints: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all words, sorted, with their clips and the frames where they first occur."""
    words, clips, times = [], [], []
    for clip, fingerprint_of_clip in enumerate(fingerprints):
        distinct, first = np.unique(fingerprint_of_clip, return_index=True)
        sounding = distinct != _SILENCE
        words.append(distinct[sounding])
        clips.append(np.full(np.count_nonzero(sounding), clip))
        times.append(first[sounding])
    all_words = np.concatenate(words)
    order = np.argsort(all_words, kind="stable")
    return all_words[order], np.concatenate(clips)[order], np.concatenate(times)[order]
