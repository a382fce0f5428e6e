"""Row labels and ticks of a feature map."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..features import (
    HPSS,
    MFCC,
    ChromaCENS,
    ChromaCQT,
    ChromaFeatures,
    Delta,
    FeatureStack,
    MelSpectrogram,
    SpectralDescriptors,
    Tempogram,
    Tonnetz,
)

_NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_NATURAL = ("C", "D", "E", "F", "G", "A", "B")
_FREQUENCIES = (50, 100, 250, 500, 1000, 2000, 4000, 8000, 16000)
_TONNETZ = (
    "fifths, x",
    "fifths, y",
    "minor 3rds, x",
    "minor 3rds, y",
    "major 3rds, x",
    "major 3rds, y",
)


@dataclass
class BandAxis:
    """Description of the rows of a map.

    Attributes
    ----------
    label : str
        Label of the rows, with their unit.
    ticks : list of (float, str)
        Row positions, not necessarily integers, and their tick labels.
    value : str
        Label of the values, with their unit.
    is_signed : bool
        Whether values are both positive and negative.
    level_rows : int
        Number of rows at the bottom with another order of magnitude, left out of the colour scale.
    is_mixed : bool
        Whether rows have different units, so that only their shapes can be compared.
    borders : list of float
        Boundaries between the rows of the members of a stack.
    """

    label: str
    ticks: list[tuple[float, str]] = field(default_factory=list)
    value: str = "value"
    is_signed: bool = False
    level_rows: int = 0
    is_mixed: bool = False
    borders: list[float] = field(default_factory=list)


def describe_bands(feature: Any, n_bands: int) -> BandAxis:
    """Describe the rows of a transformer's maps.

    Parameters
    ----------
    feature : transformer
        The transformer that made the map.
    n_bands : int
        Number of rows of the map.
    """
    if isinstance(feature, HPSS):
        return describe_bands(feature.feature, n_bands)
    if isinstance(feature, Delta):
        inner = describe_bands(feature.feature, n_bands)
        return BandAxis(
            inner.label, inner.ticks, "slope per frame", True, inner.level_rows, inner.is_mixed
        )
    if isinstance(feature, MelSpectrogram):
        unit = {"db": "level (dB)", "log": "log power", "power": "power"}[feature.scale]
        return BandAxis("frequency (Hz)", _mel_ticks(feature, n_bands), unit)
    if isinstance(feature, MFCC):
        return BandAxis("coefficient", _numbers(n_bands), "MFCC (dB)", is_signed=True, level_rows=1)
    if isinstance(feature, ChromaFeatures | ChromaCQT | ChromaCENS):
        return BandAxis("pitch class", _chroma_ticks(n_bands), "energy (scaled by frame)")
    if isinstance(feature, Tonnetz):
        return BandAxis("tonal centroid", _names(_TONNETZ), "coordinate", is_signed=True)
    if isinstance(feature, Tempogram):
        return BandAxis("lag (s)", _lag_ticks(feature, n_bands), "autocorrelation")
    if isinstance(feature, SpectralDescriptors):
        return BandAxis("descriptor", _names(_descriptor_names(feature)), is_mixed=True)
    if isinstance(feature, FeatureStack):
        ticks, borders = _describe_stack(feature)
        return BandAxis("member", ticks, is_mixed=True, borders=borders)
    return BandAxis("band", _numbers(n_bands))


def frame_times(feature: Any) -> tuple[float, int] | None:
    """Return the centre of the first frame, and the hop length in samples.

    None if a transformer has no `hop_length`.
    """
    if isinstance(feature, FeatureStack):
        return frame_times(feature._members[0][1])
    if not hasattr(feature, "hop_length"):
        return frame_times(feature.feature) if hasattr(feature, "feature") else None
    is_centred = getattr(feature, "center", True)
    return 0.0 if is_centred else feature.n_fft / 2, feature.hop_length


def _names(names: Iterable[str]) -> list[tuple[float, str]]:
    return [(float(row), name) for row, name in enumerate(names)]


def _numbers(n_bands: int) -> list[tuple[float, str]]:
    step = max(1, int(np.ceil(n_bands / 8)))
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, step) if s >= step)
    return [(row, str(row)) for row in range(0, n_bands, step)]


def _mel_ticks(feature: MelSpectrogram, n_bands: int) -> list[tuple[float, str]]:
    from .._librosa import librosa

    fmax = feature.sr / 2 if feature.fmax is None else feature.fmax
    low, high = librosa.hz_to_mel([feature.fmin, fmax], htk=feature.htk)
    wanted = np.array(_FREQUENCIES)
    # Band m peaks at the m + 1st of n_mels + 1 even steps from fmin to fmax.
    rows = (librosa.hz_to_mel(wanted, htk=feature.htk) - low) / (high - low) * (n_bands + 1) - 1
    ticks: list[tuple[float, str]] = []
    for row, frequency in zip(rows, wanted, strict=True):
        is_inside = -0.5 <= row <= n_bands - 0.5
        if is_inside and (not ticks or row - ticks[-1][0] >= n_bands / 16):
            ticks.append((float(row), str(frequency)))
    return ticks


def _chroma_ticks(n_bands: int) -> list[tuple[float, str]]:
    if n_bands % 12:
        return _numbers(n_bands)
    # Row 0 is C, whatever the lowest frequency of the transform.
    rows = [semitone * n_bands / 12 for semitone in range(12)]
    return [(row, name) for row, name in zip(rows, _NOTES, strict=True) if name in _NATURAL]


def _lag_ticks(feature: Tempogram, n_bands: int) -> list[tuple[float, str]]:
    per_second = feature.sr / feature.hop_length
    longest = n_bands / per_second
    step = next((s for s in (0.1, 0.25, 0.5, 1.0, 2.0) if longest / s <= 10), 5.0)
    return [(lag * per_second, f"{lag:g}") for lag in np.arange(0, longest, step)]


def _descriptor_names(feature: SpectralDescriptors) -> list[str]:
    names: list[str] = []
    for name in feature.descriptors:
        if name == "contrast":
            names += [f"contrast {band}" for band in range(feature.n_bands + 1)]
        else:
            names.append(name.replace("_", " "))
    return names


def _describe_stack(stack: FeatureStack) -> tuple[list[tuple[float, str]], list[float]]:
    """Return the name of each member at its middle row, and the borders between them."""
    silence = np.zeros((1, max(round(stack.sr), stack._window_length())), dtype=np.float32)
    ticks, borders, row = [], [], 0
    for name, member in stack._members:
        n_rows = member.fit_transform(silence).shape[1]
        ticks.append((row + (n_rows - 1) / 2, name))
        row += n_rows
        borders.append(row - 0.5)
    return ticks, borders[:-1]
