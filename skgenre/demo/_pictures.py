"""The mel-spectrogram and the timeline, as HTML whose text stays readable on a phone."""

import base64
import io

import numpy as np

from .._genre_columns import TIMELINE_COLUMNS, name_columns
from .._name_columns import name_index
from .._plot_style import LEVELS, genre_styles
from .._templates import render
from ._analysis import Analysis

_FREQUENCIES = (125, 500, 2000, 8000)
N_GENRES = 5
_N_OTHERS = 2  # genres below their thresholds, at least
_N_ROWS = 8  # of a heat map
# Seconds between the labels of a time axis.
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MAX_PARTS = 6


def genre_variables(genres: list[str]) -> dict[str, str]:
    """Return the colour of each genre as a variable of the style sheet, for light and dark pages.

    A genre has the same colour in every clip if `genres` are all that the model knows.
    """
    return {genre: f"var(--genre-{style.place})" for genre, style in genre_styles(genres).items()}


def draw_genres(analysis: Analysis, name: str) -> str:
    """Return the most probable genres of a clip called `name`."""
    colors = genre_variables([genre for genre, _ in analysis.genres])
    if analysis.thresholds:
        return _draw_several(analysis, name, colors)
    return render(
        "web_page.html",
        "result",
        name=name,
        duration=_format_duration(analysis.duration),
        genres=[
            (genre, f"{probability:.0%}", 100 * probability, colors[genre])
            for genre, probability in analysis.genres[:N_GENRES]
        ],
        warnings=analysis.warnings,
    )


def _draw_several(analysis: Analysis, name: str, colors: dict[str, str]) -> str:
    """Return the genres of a clip above their thresholds, and other likely ones below a line."""
    bars = [
        (genre, f"{probability:.0%}", 100 * probability, colors[genre])
        for genre, probability in analysis.genres
    ]
    named = analysis.above_threshold
    others = [bar for bar in bars if bar[0] not in named]
    return render(
        "web_page.html",
        "result_of_several",
        name=name,
        duration=_format_duration(analysis.duration),
        named=[bar for bar in bars if bar[0] in named],
        others=others[: max(_N_OTHERS, N_GENRES - len(named))],
        n_hidden=len(others) - max(_N_OTHERS, N_GENRES - len(named)),
        warnings=analysis.warnings,
    )


def draw_mel_spectrogram(analysis: Analysis) -> str:
    """Return the mel-spectrogram with its axes."""
    return render(
        "web_page.html",
        "spectrogram",
        duration=_format_duration(analysis.duration),
        frequencies=[
            (frequency, 100 * _mel(frequency) / _mel(analysis.max_frequency))
            for frequency in _FREQUENCIES
            if frequency < 0.95 * analysis.max_frequency
        ],
        picture=_png(analysis.mel_spectrogram),
        labels=_label_times(analysis.duration),
    )


def draw_timeline(analysis: Analysis) -> str:
    """Return the probabilities over time with their axes; "" if there is only one part."""
    timeline = analysis.timeline
    if len(timeline) < 2:
        return ""
    if analysis.thresholds:
        return _draw_heat_map(analysis)
    genres = [genre for genre, _ in analysis.genres]
    shown = genres[:N_GENRES]
    colors = genre_variables(genres)
    rectangles, rows = [], []
    probabilities = timeline[name_index(name_columns(genres, TIMELINE_COLUMNS))].to_numpy()
    for start, end, row in zip(timeline["start"], timeline["end"], probabilities, strict=True):
        top = 1.0
        for genre, probability in zip(shown, row, strict=False):
            top -= probability
            rectangles.append((start, max(top, 0.0), end - start, probability, colors[genre]))
        times = [f"{time:.5g}" for time in (start, end)]
        rows.append([*times, genres[row.argmax()], f"{row.max():.0%}"])
    # As long as the mel-spectrogram, so that the two have the same times.
    length = max(analysis.duration, timeline["end"].max())
    return render(
        "web_page.html",
        "timeline",
        length=length,
        rectangles=rectangles,
        legend=[*((genre, colors[genre]) for genre in shown), ("others", "var(--others)")],
        labels=_label_times(length),
        rows=rows,
    )


def _draw_heat_map(analysis: Analysis) -> str:
    """Return the probabilities over time of the genres with the highest peaks, a row for each."""
    timeline = analysis.timeline
    genres = [genre for genre, _ in analysis.genres]
    cuts = np.array([analysis.thresholds[genre] for genre in genres])
    probabilities = timeline[name_index(name_columns(genres, TIMELINE_COLUMNS))].to_numpy()
    starts, ends = timeline["start"].to_numpy(), timeline["end"].to_numpy()
    # Overlapping parts end where the next one starts.
    drawn_ends = np.append(np.minimum(ends[:-1], starts[1:]), ends[-1])
    peaks = probabilities.max(axis=0)
    order = np.argsort(-peaks, kind="stable")
    shown, hidden = sorted(order[:_N_ROWS].tolist()), order[_N_ROWS:]
    rows = [
        (
            genres[column],
            [
                (start, end - start, p, p > cuts[column])
                for start, end, p in zip(
                    starts, drawn_ends, probabilities[:, column].tolist(), strict=True
                )
            ],
        )
        for column in shown
    ]
    table = []
    for start, end, values in zip(starts, ends, probabilities, strict=True):
        above = [n for n in np.argsort(-values, kind="stable") if values[n] > cuts[n]]
        found = ", ".join(f"{genres[n]} {values[n]:.0%}" for n in above)
        table.append([f"{start:.5g}", f"{end:.5g}", found or "none above its threshold"])
    length = max(analysis.duration, ends.max())
    return render(
        "web_page.html",
        "heat_map",
        length=length,
        genres=rows,
        labels=_label_times(length),
        rows=table,
        n_hidden=len(hidden),
        highest=f"{peaks[hidden].max(initial=0):.0%}",
    )


def _format_duration(seconds: float) -> str:
    """Format a duration as on a player, or in seconds if it is short."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d} min"


def _label_times(duration: float) -> list[tuple[str, float]]:
    """Return the labels of a time axis in seconds, and their places in percent."""
    step = next((step for step in _STEPS if duration / step <= _MAX_PARTS), duration / _MAX_PARTS)
    times = [n * step for n in range(int(duration / step + 1e-6) + 1)]
    return [(f"{time:.5g}", 100 * time / duration) for time in times]


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
