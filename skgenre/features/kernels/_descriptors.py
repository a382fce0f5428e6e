"""Descriptors of the spectrum's shape, frame by frame."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ._compiled import compiled

_TINY = np.finfo(np.float32).tiny


@compiled
def _centroid(S, frequencies, total, row):
    """Write the mean frequency of magnitudes S, and their sum into `total`."""
    n_bins, n_frames = S.shape
    moment = np.zeros(n_frames)
    total[:n_frames] = 0
    for k in range(n_bins):
        frequency = frequencies[k]
        for t in range(n_frames):
            total[t] += S[k, t]
            moment[t] += frequency * S[k, t]
    for t in range(n_frames):
        row[t] = moment[t] / total[t] if total[t] >= _TINY else 0.0


@compiled
def _bandwidth(S, frequencies, centroid, total, p, row):
    """Write the p-th root of the mean p-th power of the distance from the centroid."""
    n_bins, n_frames = S.shape
    moment = np.zeros(n_frames)
    for k in range(n_bins):
        frequency = frequencies[k]
        if p == 2:
            for t in range(n_frames):
                distance = frequency - centroid[t]
                moment[t] += S[k, t] * (distance * distance)
        elif p == 3:
            for t in range(n_frames):
                distance = abs(frequency - centroid[t])
                moment[t] += S[k, t] * (distance * distance * distance)
        else:
            for t in range(n_frames):
                squared = (frequency - centroid[t]) ** 2
                moment[t] += S[k, t] * (squared * squared)
    for t in range(n_frames):
        row[t] = (moment[t] / total[t]) ** (1.0 / p) if total[t] >= _TINY else 0.0


@compiled
def _rolloff(S, frequencies, share, row):
    """Write the frequency below which a share of the magnitude lies."""
    n_bins, n_frames = S.shape
    # In the type and order of a cumulative sum, so that borderline frames agree with librosa.
    running = np.zeros(n_frames, S.dtype)
    for k in range(n_bins):
        for t in range(n_frames):
            running[t] += S[k, t]
    limit = np.empty(n_frames, S.dtype)
    for t in range(n_frames):
        limit[t] = share * running[t]
        running[t] = 0
    is_open = np.ones(n_frames, np.bool_)
    n_open = n_frames
    for k in range(n_bins):
        for t in range(n_frames):
            running[t] += S[k, t]
        for t in range(n_frames):
            if is_open[t] and running[t] >= limit[t]:
                row[t] = frequencies[k]
                is_open[t] = False
                n_open -= 1
        if n_open == 0:
            break


@compiled
def _contrast(S, edges, counts, peaks, valleys, start):
    """Write the means of the strongest and of the weakest magnitudes of each band."""
    n_frames = S.shape[1]
    for band in range(len(edges)):
        low, high = edges[band]
        count = counts[band]
        width = high - low
        strongest = np.empty(count, S.dtype)
        weakest = np.empty(count, S.dtype)
        for t in range(n_frames):
            n_kept = 0
            for k in range(width):
                value = S[low + k, t]
                # Insertion sort into two short lists: a band's share is a few bins.
                if n_kept < count:
                    i = n_kept
                    while i > 0 and strongest[i - 1] < value:
                        strongest[i] = strongest[i - 1]
                        i -= 1
                    strongest[i] = value
                    i = n_kept
                    while i > 0 and weakest[i - 1] > value:
                        weakest[i] = weakest[i - 1]
                        i -= 1
                    weakest[i] = value
                    n_kept += 1
                    continue
                if value > strongest[count - 1]:
                    i = count - 1
                    while i > 0 and strongest[i - 1] < value:
                        strongest[i] = strongest[i - 1]
                        i -= 1
                    strongest[i] = value
                if value < weakest[count - 1]:
                    i = count - 1
                    while i > 0 and weakest[i - 1] > value:
                        weakest[i] = weakest[i - 1]
                        i -= 1
                    weakest[i] = value
            high_sum = 0.0
            low_sum = 0.0
            for i in range(count):
                high_sum += strongest[i]
                low_sum += weakest[i]
            peaks[band, start + t] = high_sum / count
            valleys[band, start + t] = low_sum / count


def contrast_bands(
    sr: float, n_fft: int, fmin: float, n_bands: int, quantile: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first bin and the bin after the last of each octave band, and its share of bins.

    Bands go from 0 to `fmin`, then by octaves. As in librosa, a band includes the bin below it, the
    last one reaches to the top, and the others exclude their own last bin.
    """
    frequencies = np.arange(1 + n_fft // 2) * sr / n_fft
    octaves = np.zeros(n_bands + 2)
    octaves[1:] = fmin * 2.0 ** np.arange(n_bands + 1)
    edges, counts = [], []
    for band, (low, high) in enumerate(pairwise(octaves)):
        inside = np.flatnonzero((frequencies >= low) & (frequencies <= high))
        first, last = inside[0], inside[-1]
        if band > 0:
            first -= 1
        if band == n_bands:
            last = len(frequencies) - 1
        size = last + 1 - first
        edges.append((first, last + 1 if band == n_bands else last))
        counts.append(max(1, int(np.rint(quantile * size))))
    return np.array(edges), np.array(counts)


class Descriptors:
    """Rows of descriptors, filled block by block.

    Parameters
    ----------
    n_frames : int
        Frames of the clip.
    sr : float
        Sampling rate in Hz.
    n_fft : int
        Length of a frame in samples.
    names : sequence of {"centroid", "bandwidth_2", "bandwidth_3", "bandwidth_4", "rolloff", \
            "flatness", "rms", "contrast"}
        Descriptors to compute.
    rolloff : float
        Share of the magnitude for the rolloff.
    contrast : tuple
        fmin in Hz, number of bands, quantile.
    """

    def __init__(
        self,
        n_frames: int,
        sr: float,
        n_fft: int,
        names: Sequence[str],
        *,
        rolloff: float = 0.85,
        contrast: tuple[float, int, float] = (200.0, 6, 0.02),
    ) -> None:
        self._n_fft = n_fft
        self._frequencies = np.arange(1 + n_fft // 2) * sr / n_fft
        self._share = rolloff
        # A bandwidth needs the centroid.
        wanted = set(names) | ({"centroid"} if any(n.startswith("bandw") for n in names) else set())
        self._names = list(names)
        self.rows = {name: np.zeros(n_frames) for name in wanted - {"contrast"}}
        self._total = np.empty(n_frames)
        if "contrast" in wanted:
            self._edges, self._counts = contrast_bands(sr, n_fft, *contrast)
            shape = (len(self._edges), n_frames)
            self._peaks, self._valleys = np.empty(shape, np.float32), np.empty(shape, np.float32)

    def add(self, frames: slice, power: np.ndarray) -> None:
        """Add a block of the power spectrogram."""
        S = np.sqrt(power)
        rows = {name: row[frames] for name, row in self.rows.items()}
        if "centroid" in rows:
            _centroid(S, self._frequencies, self._total, rows["centroid"])
        for name, row in rows.items():
            if name.startswith("bandwidth"):
                p = int(name[-1])
                _bandwidth(S, self._frequencies, rows["centroid"], self._total, p, row)
        if "rolloff" in rows:
            _rolloff(S, self._frequencies, np.float32(self._share), rows["rolloff"])
        if "flatness" in rows:
            floored = np.maximum(power, np.float32(1e-10))
            mean_log = np.log(floored).mean(axis=0)
            rows["flatness"][:] = np.exp(mean_log) / floored.mean(axis=0)
        if "rms" in rows:
            # Of the windowed frame, by Parseval's theorem: all bins but the outer two are doubled.
            energy = 2 * power.sum(axis=0, dtype=np.float64) - power[0] - power[-1]
            rows["rms"][:] = np.sqrt(energy) / self._n_fft
        if "contrast" in self._names:
            _contrast(S, self._edges, self._counts, self._peaks, self._valleys, frames.start)

    def finish(self) -> np.ndarray:
        """Return the rows in the order of the names, of shape (n_rows, n_frames)."""
        parts = [
            self._contrast() if name == "contrast" else self.rows[name][np.newaxis]
            for name in self._names
        ]
        return np.concatenate(parts).astype(np.float32)

    def _contrast(self) -> np.ndarray:
        return _in_decibels(self._peaks) - _in_decibels(self._valleys)


def _in_decibels(values: np.ndarray) -> np.ndarray:
    decibels = 10 * np.log10(np.maximum(values, np.float32(1e-10)))
    return np.maximum(decibels, decibels.max() - 80)
