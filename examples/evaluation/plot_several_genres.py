"""
Clips of several genres
=======================

Fit a model on clips that have two genres each, split them without a shared artist, score every
genre, and plot the genres of a recording over time.
"""

# %%
# Synthetic music with two arrangements at once. ``target`` is a matrix of 0 and 1 with a column for
# each genre, and a group is a pair of artists.
from skgenre.datasets import make_genre_music

genres = ["classical", "disco", "hiphop", "metal"]
music = make_genre_music(
    120, genres=genres, n_genres_per_clip=2, duration=4.0, sr=11025, random_state=0
)
X, y, groups = music.data, music.target, music.groups
y.head()

# %%
# Genres that clips have together. The clips have all pairs in turn, so that a third of the clips of
# each genre also have each of the others.
import matplotlib.pyplot as plt

from skgenre.inspection import GenreCooccurrenceDisplay

GenreCooccurrenceDisplay.from_labels(y)
plt.show()

# %%
# One fold for the test. No artist is in both parts, and each genre has its share of them.
from skgenre.model_selection import MultilabelStratifiedGroupKFold

folds = MultilabelStratifiedGroupKFold(3, shuffle=True, random_state=0)
train, test = next(folds.split(X, y, groups))
y.iloc[train].mean(), y.iloc[test].mean()

# %%
# Trees on statistics of the MFCC. ``predict`` names every genre above its threshold, in the form
# that ``y`` has.
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import XGBGenreClassifier
from skgenre.features import MFCC, FramePooling

model = make_pipeline(
    MFCC(sr=11025), FramePooling(), XGBGenreClassifier(n_estimators=60, n_jobs=1, random_state=0)
)
model.fit(X[train], y.iloc[train])
model.predict(X[test[:3]])

# %%
# ROC AUC and average precision of each genre, and their means:
from skgenre.metrics import genre_ranking_frame

probabilities = model.predict_proba(X[test])
genre_ranking_frame(y.iloc[test], probabilities).round(2)

# %%
# The same with 95 % intervals over the pairs of artists. With so few of them they are wide.
from skgenre.inspection import GenreScoresDisplay

GenreScoresDisplay.from_predictions(y.iloc[test], probabilities, groups=groups[test])
plt.show()

# %%
# Precision and recall of each genre at all thresholds:
from skgenre.inspection import GenrePrecisionRecallDisplay

GenrePrecisionRecallDisplay.from_predictions(y.iloc[test], probabilities)
plt.show()

# %%
# A recording of three parts, two genres in each. The timeline has a probability of each genre for
# each clip of it; the line marks what is above the genre's threshold.
import tempfile
from pathlib import Path

import soundfile

from skgenre.inspection import GenreTimelineDisplay
from skgenre.songs import predict_song, predict_timeline

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "recording.flac"
parts = test[[0, 1, 2]]
soundfile.write(path, X[parts].ravel(), 11025)
timeline = predict_timeline(model, path, segment_hop=1.0)
display = GenreTimelineDisplay.from_timeline(
    timeline, thresholds=model.named_steps["xgbgenreclassifier"].thresholds_
)
for number, part in enumerate(parts):
    display.ax_.axvline(4 * number, color="black", linewidth=0.8, linestyle=":")
    names = " + ".join(y.columns[y.iloc[part] == 1])
    display.ax_.text(4 * number + 2, -0.6, names, ha="center")
plt.show()

# %%
# The genres of the whole recording are those whose mean probability is above their threshold.
predict_song(model, path, above_threshold=True)
