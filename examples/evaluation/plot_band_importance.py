"""
Find the frequencies that decide
================================

Give a group of bands of each held-out clip the values of another clip, and measure how many correct
predictions are lost: permutation importance, in hertz. It shows whether a model uses what you
expect.
"""

# %%
# The model
# ---------
# Six styles of synthetic music; the mean and standard deviation of 40 mel bands, and a support
# vector machine. Clips of some artists are held out.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.datasets import make_genre_music
from skgenre.features import FramePooling, MelSpectrogram
from skgenre.inspection import genre_colors
from skgenre.model_selection import StratifiedGroupShuffleSplit

genres = ["classical", "country", "disco", "hiphop", "jazz", "metal"]
music = make_genre_music(180, genres=genres, duration=3.0, random_state=0)
maps = MelSpectrogram(n_mels=40).fit_transform(music.data)
split = StratifiedGroupShuffleSplit(n_splits=1, test_size=0.4, random_state=0)
train, test = next(split.split(maps, music.target, groups=music.groups))
model = make_pipeline(FramePooling(), StandardScaler(), SVC(C=10))
model.fit(maps[train], music.target[train])
print(f"accuracy on held-out artists: {model.score(maps[test], music.target[test]):.2f}")

# %%
# Exchange bands
# --------------
# Groups of four neighbouring bands are exchanged between the held-out clips, twenty times each. The
# loss is counted per genre.
rng = np.random.default_rng(0)
held_out, truth = maps[test], music.target[test]
right = model.predict(held_out) == truth
starts = range(0, 40, 4)
lost = np.zeros((len(genres), len(starts)))
for column, start in enumerate(starts):
    for _ in range(20):
        changed = held_out.copy()
        bands = slice(start, start + 4)
        changed[:, bands] = held_out[rng.permutation(len(held_out)), bands]
        still_right = model.predict(changed) == truth
        for row, genre in enumerate(genres):
            of_genre = truth == genre
            lost[row, column] += (right[of_genre].mean() - still_right[of_genre].mean()) / 20

# %%
# Bands in hertz
# --------------
# Mel bands are evenly spaced in pitch: narrow at the bottom, wide at the top.
from itertools import pairwise

import librosa

edges = librosa.mel_frequencies(42, fmax=music.sr / 2)[1:][::4][: len(starts) + 1]
names = [f"{low:.0f}-{high:.0f}" for low, high in pairwise(edges)]
colors = genre_colors(genres)
figure, axes = plt.subplots(
    len(genres), 1, figsize=(7.5, 7), sharex=True, sharey=True, layout="constrained"
)
for ax, genre, row in zip(axes, genres, lost, strict=True):
    ax.bar(range(len(row)), row, color=colors[genre])
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.set_title(genre, loc="left", fontsize="medium")
axes[-1].set_xticks(range(len(names)), names, rotation=30, ha="right")
axes[-1].set_xlabel("frequency (Hz)")
figure.supylabel("recall that is lost")
plt.show()

# %%
# Neighbouring bands tell nearly the same, so a model can do without either: a low bar does not mean
# that a frequency says nothing about the genre.
