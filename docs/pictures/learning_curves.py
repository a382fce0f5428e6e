"""Loss over the epochs of one training, with early stopping and the learning rate."""

from functools import cache

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram

EPOCHS = 40


@cache
def train() -> pd.DataFrame:
    """Return the history of a training."""
    music = make_genre_music(80, genres=["country", "pop", "rock"], duration=3.0, random_state=0)
    maps = MelSpectrogram(n_mels=40).fit_transform(music.data)
    network = CNNClassifier(
        channels=(32, 32),
        dropout=0.0,
        lr=1e-2,
        max_epochs=EPOCHS,
        early_stopping=True,
        validation_fraction=0.3,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )
    return network.fit(maps, music.target, groups=music.groups).history_


def draw() -> Figure:
    """Return the figure."""
    history = train()
    best = history.loc[history["valid_loss"].idxmin(), "epoch"]
    figure, (top, below) = plt.subplots(
        2, 1, figsize=(9, 3.8), height_ratios=[3, 1], sharex=True, layout="constrained"
    )
    for name, label in (("train_loss", "training clips"), ("valid_loss", "validation clips")):
        top.plot(history["epoch"], history[name], label=label)
    top.axvline(best, color="0.5", linestyle=":", label="epoch whose weights are kept")
    top.set(ylabel="loss", title="loss")
    figure.legend(loc="outside upper right", ncols=3)
    top.set_ylim(0, 1.05 * history[["train_loss", "valid_loss"]].to_numpy().max())
    below.plot(history["epoch"], history["lr"], color="C4")
    below.set(xlabel="epoch", ylabel="rate", title="learning rate, one cycle", xlim=(1, EPOCHS))
    for ax in (top, below):
        ax.grid(True, alpha=0.5)
    return figure
