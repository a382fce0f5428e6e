"""Genres over the time of a recording, and its genre as a whole."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._plot_style import genre_styles, style_axes
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling
from skgenre.songs import combine_timeline, predict_timeline

GENRES = ["classical", "disco", "metal"]
PARTS = ["classical", "metal", "disco"]
SECONDS = 30.0


@cache
def predict() -> pd.DataFrame:
    """Return the timeline of a recording of three pieces."""
    import tempfile
    from pathlib import Path

    import soundfile

    clips = make_genre_music(60, genres=GENRES, duration=5.0, random_state=0)
    model = make_pipeline(MFCC(), FramePooling(), StandardScaler(), LogisticRegression(C=0.1))
    model.fit(clips.data, clips.target)
    pieces = make_genre_music(6, genres=GENRES, duration=SECONDS, random_state=1)
    parts = [pieces.data[np.flatnonzero(pieces.target == genre)[0]] for genre in PARTS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "song.flac")
        soundfile.write(path, np.concatenate(parts), 22050)
        return predict_timeline(model, path)


def draw() -> Figure:
    """Return the figure."""
    timeline = predict()
    figure, (ax, whole) = plt.subplots(
        1, 2, figsize=(9, 2.8), width_ratios=[4, 1], layout="constrained"
    )
    theme = style_axes(ax)
    styles = genre_styles(GENRES, theme)
    colours = [styles[genre].color for genre in GENRES]
    ax.stackplot(
        np.append(timeline["start"], timeline["end"].iloc[-1]),
        [np.append(timeline[genre], timeline[genre].iloc[-1]) for genre in GENRES],
        colors=colours,
        labels=GENRES,
        step="post",
    )
    for number, genre in enumerate(PARTS):
        ax.axvline(SECONDS * number, color=theme.page, linewidth=2)
        middle = SECONDS * (number + 0.5)
        ax.text(middle, 1.03, f"truth: {genre}", ha="center", va="bottom", size=9)
    ax.set(xlabel="time (s)", ylabel="probability", ylim=(0, 1), xlim=(0, SECONDS * len(PARTS)))
    style_axes(whole)
    combined = combine_timeline(timeline, "mean").reindex(GENRES)
    whole.barh(range(len(GENRES)), combined, color=colours)
    whole.set_yticks(range(len(GENRES)), GENRES)
    whole.tick_params(axis="y", length=0)
    whole.set(xlabel="mean over the file", xlim=(0, 1))
    whole.invert_yaxis()
    return figure
