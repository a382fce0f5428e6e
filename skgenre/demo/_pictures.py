"""The mel-spectrogram and the timeline, as HTML whose text stays readable on a phone."""

import base64
import html
import io

import numpy as np

from .._genre_columns import TIMELINE_COLUMNS, name_columns
from .._name_columns import name_index
from ..inspection import genre_colors
from ._analysis import Analysis

CSS = """
.skgenre-figure {margin: 0}
.skgenre-figure figcaption {margin-bottom: .5rem}
.skgenre-plot {display: grid; grid-template-columns: 4.5rem 1fr; column-gap: .4rem}
.skgenre-frequencies {position: relative; font-size: .8rem; text-align: right}
.skgenre-frequencies span {position: absolute; right: 0; transform: translateY(50%)}
.skgenre-plot img {display: block; width: 100%; height: 12rem; image-rendering: auto}
.skgenre-times {display: flex; justify-content: space-between; font-size: .8rem}
.skgenre-plot .skgenre-times {grid-column: 2}
.skgenre-bars {display: block; width: 100%; height: 9rem}
.skgenre-legend {display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .5rem 0 0}
.skgenre-legend span::before {content: ""; display: inline-block; width: .8em; height: .8em;
    margin-right: .4em; background: var(--skgenre-color)}
.skgenre-figure summary {cursor: pointer; padding: .5rem 0}
.skgenre-figure table {border-collapse: collapse}
.skgenre-figure td, .skgenre-figure th {padding: .2rem 1rem .2rem 0; text-align: left}
"""
_FREQUENCIES = (125, 500, 2000, 8000)
_N_GENRES = 5
_OTHER_COLOR = "rgb(128 128 128 / 20%)"


def draw_mel_spectrogram(analysis: Analysis) -> str:
    """Return the mel-spectrogram as a figure."""
    labels = "".join(
        f'<span style="bottom: {100 * _mel(f) / _mel(analysis.max_frequency):.1f}%">{f} Hz</span>'
        for f in _FREQUENCIES
        if f < 0.95 * analysis.max_frequency
    )
    what = f"Mel-spectrogram of {format_time(analysis.duration)}, brighter is louder"
    return (
        f'<figure class="skgenre-figure"><figcaption>{what}</figcaption><div class="skgenre-plot">'
        f'<div class="skgenre-frequencies" aria-hidden="true">{labels}</div>'
        f'<img alt="{what}" src="{_png(analysis.mel_spectrogram)}">'
        f"{_draw_times(analysis.duration)}</div></figure>"
    )


def draw_timeline(analysis: Analysis) -> str:
    """Return the probabilities over time as a figure; "" if there is only one part."""
    timeline = analysis.timeline
    if len(timeline) < 2:
        return ""
    genres = [genre for genre, _ in analysis.genres[:_N_GENRES]]
    # For all genres, so that a genre has the same colour in every clip.
    colors = genre_colors(sorted(genre for genre, _ in analysis.genres))
    rectangles = []
    probabilities = timeline[name_index(name_columns(genres, TIMELINE_COLUMNS))].to_numpy()
    for start, end, row in zip(timeline["start"], timeline["end"], probabilities, strict=True):
        top = 0.0
        for genre, probability in zip(genres, row, strict=True):
            rectangles.append(
                f'<rect x="{start:.3f}" y="{top:.4f}" width="{end - start:.3f}" '
                f'height="{probability:.4f}" fill="{colors[genre]}"/>'
            )
            top += probability
    length = timeline["end"].max()
    legend = "".join(
        f'<span style="--skgenre-color: {color}">{html.escape(genre)}</span>'
        for genre, color in [*((g, colors[g]) for g in genres), ("others", _OTHER_COLOR)]
    )
    return (
        f'<figure class="skgenre-figure"><figcaption>Probabilities over time</figcaption>'
        f'<svg class="skgenre-bars" viewBox="0 0 {length:.3f} 1" preserveAspectRatio="none" '
        f'role="img" aria-label="Probabilities over time; the table below has them">'
        f'<rect width="{length:.3f}" height="1" fill="{_OTHER_COLOR}"/>{"".join(rectangles)}</svg>'
        f'{_draw_times(length)}<p class="skgenre-legend">{legend}</p>{_table(analysis)}</figure>'
    )


def format_time(seconds: float, longest: float | None = None) -> str:
    """Format a time as on a player, or in seconds if it, or the longest time shown, is short."""
    if (seconds if longest is None else longest) < 60:
        return f"{seconds:.3g} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d}"


def _table(analysis: Analysis) -> str:
    timeline = analysis.timeline
    longest = analysis.duration
    genres = [genre for genre, _ in analysis.genres]
    probabilities = timeline[name_index(name_columns(genres, TIMELINE_COLUMNS))].to_numpy()
    rows = "".join(
        f"<tr><td>{format_time(start, longest)}</td><td>{format_time(end, longest)}</td>"
        f"<td>{html.escape(genres[n])}</td><td>{row[n]:.0%}</td></tr>"
        for start, end, row, n in zip(
            timeline["start"],
            timeline["end"],
            probabilities,
            probabilities.argmax(axis=1),
            strict=True,
        )
    )
    return (
        "<details><summary>As a table</summary><table><thead><tr><th>from</th><th>to</th>"
        f"<th>genre</th><th>probability</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _draw_times(duration: float) -> str:
    times = [duration * part for part in (0, 0.25, 0.5, 0.75, 1)]
    labels = "".join(f"<span>{format_time(time, duration)}</span>" for time in times)
    return f'<div class="skgenre-times" aria-hidden="true">{labels}</div>'


def _png(levels: np.ndarray) -> str:
    from matplotlib import colormaps
    from PIL import Image

    # A palette reduces the size to a quarter.
    picture = Image.fromarray(np.rint(255 * levels[::-1]).astype(np.uint8))
    picture.putpalette(colormaps["magma"](np.arange(256), bytes=True)[:, :3].tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _mel(frequency: float) -> float:
    from .._librosa import librosa

    return float(librosa.hz_to_mel(frequency))
