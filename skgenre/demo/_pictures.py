"""The mel-spectrogram and the timeline, as HTML whose text stays readable on a phone."""

import base64
import io

import numpy as np

from .._genre_columns import TIMELINE_COLUMNS, name_columns
from .._name_columns import name_index
from .._plot_style import LEVELS
from .._templates import render
from ..inspection import genre_colors
from ._analysis import Analysis

_FREQUENCIES = (125, 500, 2000, 8000)
N_GENRES = 5


def draw_mel_spectrogram(analysis: Analysis) -> str:
    """Return the mel-spectrogram as a figure."""
    return render(
        "web_page.html",
        "spectrogram",
        duration=format_time(analysis.duration),
        frequencies=[
            (frequency, 100 * _mel(frequency) / _mel(analysis.max_frequency))
            for frequency in _FREQUENCIES
            if frequency < 0.95 * analysis.max_frequency
        ],
        picture=_png(analysis.mel_spectrogram),
        labels=_label_times(analysis.duration),
    )


def draw_timeline(analysis: Analysis) -> str:
    """Return the probabilities over time as a figure; "" if there is only one part."""
    timeline = analysis.timeline
    if len(timeline) < 2:
        return ""
    genres = [genre for genre, _ in analysis.genres]
    shown = genres[:N_GENRES]
    # For all genres, so that a genre has the same colour in every clip.
    colors = genre_colors(sorted(genres))
    rectangles, rows = [], []
    probabilities = timeline[name_index(name_columns(genres, TIMELINE_COLUMNS))].to_numpy()
    for start, end, row in zip(timeline["start"], timeline["end"], probabilities, strict=True):
        top = 0.0
        for genre, probability in zip(shown, row, strict=False):
            rectangles.append((start, top, end - start, probability, colors[genre]))
            top += probability
        times = [format_time(time, analysis.duration) for time in (start, end)]
        rows.append([*times, genres[row.argmax()], f"{row.max():.0%}"])
    length = timeline["end"].max()
    return render(
        "web_page.html",
        "timeline",
        length=length,
        rectangles=rectangles,
        legend=[*((genre, colors[genre]) for genre in shown), ("others", "var(--others)")],
        labels=_label_times(length),
        rows=rows,
    )


def format_time(seconds: float, longest: float | None = None) -> str:
    """Format a time as on a player, or in seconds if it, or the longest time shown, is short."""
    if (seconds if longest is None else longest) < 60:
        return f"{seconds:.3g} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d}"


def _label_times(duration: float) -> list[str]:
    return [format_time(duration * part, duration) for part in (0, 0.25, 0.5, 0.75, 1)]


def _png(levels: np.ndarray) -> str:
    from matplotlib import colormaps
    from PIL import Image

    # A palette reduces the size to a quarter.
    picture = Image.fromarray(np.rint(255 * levels[::-1]).astype(np.uint8))
    picture.putpalette(colormaps[LEVELS](np.arange(256), bytes=True)[:, :3].tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _mel(frequency: float) -> float:
    from .._librosa import librosa

    return float(librosa.hz_to_mel(frequency))
