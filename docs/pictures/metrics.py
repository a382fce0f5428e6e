"""Rank of the true genre, and confidence beside accuracy, of two models."""

from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._plot_style import style_axes
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling
from skgenre.metrics import reliability_frame

MODELS: dict[str, Any] = {
    "logistic regression": LogisticRegression(C=0.1),
    "naive Bayes": GaussianNB(),
}


@cache
def predict() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the genres, and the held-out probabilities of each model."""
    music = make_genre_music(160, duration=3.0, random_state=0)
    tables = make_pipeline(MFCC(), FramePooling()).fit_transform(music.data)
    folds = list(StratifiedGroupKFold(5).split(tables, music.target, music.groups))
    return music.target, {
        name: cross_val_predict(
            make_pipeline(StandardScaler(), model),
            tables,
            music.target,
            cv=folds,
            method="predict_proba",
        )
        for name, model in MODELS.items()
    }


def draw() -> Figure:
    """Return the figure."""
    y, predictions = predict()
    genres = np.unique(y)
    truth = np.searchsorted(genres, y)
    figure, (ranks, calibration) = plt.subplots(
        1, 2, figsize=(9, 3.0), width_ratios=[3, 2], layout="constrained"
    )
    theme = style_axes(ranks, grid="y")
    style_axes(calibration, grid="y")
    k = np.arange(1, 6)
    for number, (name, probabilities) in enumerate(predictions.items()):
        place = (-probabilities).argsort(axis=1).argsort(axis=1)[np.arange(len(y)), truth] + 1
        look = {"color": theme.palette[number], "label": name}
        shares = [(place <= most).mean() for most in k]
        bars = ranks.bar(k + (number - 0.5) * 0.38, shares, width=0.36, **look)
        ranks.bar_label(bars, fmt="{:.2f}", padding=2, size=7.5)
        bins = reliability_frame(y, probabilities, labels=genres, n_bins=5).dropna()
        calibration.plot(bins["confidence"], bins["accuracy"], f"{'os'[number]}-", **look)
    calibration.plot([0, 1], [0, 1], color=theme.muted, linestyle=":")
    calibration.set(xlabel="largest probability", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.05))
    calibration.set_title("right as often as claimed: calibration")
    ranks.set_xticks(k, [f"first {most}" if most > 1 else "first" for most in k])
    ranks.tick_params(axis="x", length=0)
    ranks.set(ylabel="share of clips", ylim=(0, 1.12))
    ranks.set_title("genre among the most probable: top-k accuracy")
    figure.legend(*ranks.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
