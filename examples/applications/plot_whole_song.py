"""
Genres over time in a long recording
====================================

Apply a model of 3-second segments to a three-minute recording, piece by piece: a timeline of
probabilities, and three ways to predict the genre of the whole.
"""

# %%
# Fit a small network on synthetic clips.
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter

genres = ["classical", "hiphop", "metal"]
music = make_genre_music(90, genres=genres, duration=9.0, random_state=0)
model = make_pipeline(
    Segmenter(MelSpectrogram(n_mels=64, hop_length=1024), segment_duration=3.0),
    SegmentVotingClassifier(CNNClassifier(channels=(16, 32), max_epochs=25, random_state=0)),
)
model.fit(music.data, music.target)

# %%
# A concert of other pieces, 180 seconds in one file: classical music, then metal with one piece of
# hip hop.
import tempfile
from pathlib import Path

import numpy as np
import soundfile

parts = ["classical", "classical", "classical", "metal", "hiphop", "metal"]
pieces = make_genre_music(12, genres=genres, duration=30.0, random_state=1)
rest = {genre: list(np.flatnonzero(pieces.target == genre)) for genre in genres}
concert = np.concatenate([pieces.data[rest[genre].pop()] for genre in parts])
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "concert.flac"
soundfile.write(path, concert, 22050)

# %%
# The file is decoded and predicted piece by piece; one of two hours would take no more memory.
from skgenre.songs import combine_timeline, predict_timeline

timeline = predict_timeline(model, path)
timeline.head().round(2)

# %%
# The predictions, above the true genres:
import matplotlib.pyplot as plt

from skgenre.inspection import GenreTimelineDisplay

display = GenreTimelineDisplay.from_timeline(timeline)
for number, genre in enumerate(parts):
    display.ax_.axvline(30 * number, color="black", linewidth=0.8, linestyle=":")
    display.ax_.text(30 * number + 15, -0.6, genre, ha="center")
plt.show()

# %%
# The same as shares of each clip:
GenreTimelineDisplay.from_timeline(timeline, kind="stack")
plt.show()

# %%
# The genre of the whole, in three ways. Half of it is classical, in one stretch.
import pandas as pd

ways = ["mean", "majority", "longest_run"]
pd.DataFrame({way: combine_timeline(timeline, way) for way in ways}).round(2)

# %%
# Overlapping clips, one per second, show changes in finer steps.
fine = predict_timeline(model, path, segment_hop=1.0)
display = GenreTimelineDisplay.from_timeline(fine)
display.ax_.set_xlim(60, 180)
plt.show()
