"""Four displays of one comparison and one clip."""

from functools import cache
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, MelSpectrogram
from skgenre.inspection import (
    FeatureMapDisplay,
    FeatureScatterDisplay,
    GenreConfusionMatrixDisplay,
    ReliabilityDisplay,
)
from skgenre.model_selection import compare

GENRES = ["classical", "disco", "jazz", "metal"]


@cache
def measure() -> tuple[Any, Any, Any]:
    """Return the clips, their table, and a comparison."""
    music = make_genre_music(80, genres=GENRES, duration=4.0, random_state=0)
    table = make_pipeline(MFCC(), FramePooling()).fit_transform(music.data)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    result = compare(
        {"logistic": pipeline}, table, music.target, groups=music.groups, random_state=0
    )
    return music, table, result


def draw() -> Figure:
    """Return the figure."""
    music, table, result = measure()
    figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    (confusion, reliability), (spectrogram, scatter) = axes
    GenreConfusionMatrixDisplay.from_comparison(result, ax=confusion)
    ReliabilityDisplay.from_comparison(result, "logistic", ax=reliability)
    FeatureMapDisplay.from_estimator(MelSpectrogram(), music.data[1], ax=spectrogram)
    FeatureScatterDisplay.from_features(table, music.target, ax=scatter)
    return figure
