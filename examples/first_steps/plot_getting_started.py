"""
Getting started
===============

From a folder of music to a model that was compared, tuned and saved, and predicts a whole song.
Synthetic music stands in for real files, so that this page runs anywhere.
"""

# %%
# Music
# -----
# Put the files of each genre into one folder, as in GTZAN:
#
# .. code-block:: text
#
#     music/
#         classical/
#             classical.00000.flac
#             classical.00001.flac
#             ...
#         disco/
#             ...
#
# :func:`~skgenre.datasets.load_genre_folder` reads such a tree.
import tempfile
from pathlib import Path

import pandas as pd

from skgenre.datasets import load_genre_folder, load_manifest, make_genre_music

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name) / "music"
genres = ["classical", "disco", "jazz", "metal"]
made = make_genre_music(64, genres=genres, duration=6.0, random_state=0, to=folder)
music = load_genre_folder(folder)
pd.Series(music.target).value_counts()

# %%
# A table works too, and can say more: a row per clip, with its file, genre and artist. Columns are
# found by their usual names. Here each artist has two clips.
files = [Path(path).relative_to(folder).as_posix() for path in made.paths]
table = pd.DataFrame({"file": files, "genre": made.target, "artist": made.groups})
table.to_csv(folder / "tracks.csv", index=False)
tracks = load_manifest(folder / "tracks.csv")
table.head()

# %%
# ``tracks.paths`` and ``tracks.target`` are the ``X`` and ``y`` of everything that follows.
# ``tracks.groups`` has the artists, so that none is in both train and test. Nothing has been decoded
# yet: transformers decode one file at a time.
#
# Two pipelines
# -------------
# A pipeline maps files to genres. This one summarizes MFCCs as a table, for boosted trees.
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter

xgb = make_pipeline(MFCC(), FramePooling(), XGBGenreClassifier(n_estimators=100))

# %%
# This one cuts each clip into segments of three seconds, and averages the predictions of a
# convolutional network over them. Segments are an axis of the array, not rows: a row stays a clip.
cnn = make_pipeline(
    Segmenter(MelSpectrogram(n_mels=48, hop_length=1024), segment_duration=3.0),
    SegmentVotingClassifier(CNNClassifier(max_epochs=12)),
)
cnn

# %%
# Compare
# -------
# Both are fitted and tested on the same five folds. The result tells whether the difference is
# significant, on these clips and for new training sets.
from skgenre.model_selection import compare

result = compare(
    {"cnn": cnn, "xgb": xgb},
    tracks.paths,
    tracks.target,
    groups=tracks.groups,
    random_state=0,
)
result

# %%
# The means, their 95 % intervals, and the folds:
result.plot()

# %%
# ``result.to_html("report.html")`` writes all results to one page, with the tests of all pairs.
#
# Genres that are confused
# ------------------------
# The confusion matrix of the best pipeline has every held-out clip once: rows are true genres.
from skgenre.inspection import GenreConfusionMatrixDisplay

GenreConfusionMatrixDisplay.from_comparison(result)

# %%
# Precision and recall of each genre:
result.per_genre().loc[genres].round(2)

# %%
# Search parameters
# -----------------
# Parameters of all steps can be searched, those of features too, by the name of the step. With
# ``memory``, each clip's features are computed once per setting, not once per fold and candidate.
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline

search = GridSearchCV(
    Pipeline(
        [
            ("mfcc", MFCC(memory=folder / "cache")),
            ("pool", FramePooling()),
            ("xgb", XGBGenreClassifier(n_estimators=50, random_state=0)),
        ]
    ),
    {"mfcc__n_mfcc": [13, 20], "xgb__max_depth": [2, 4]},
    cv=StratifiedGroupKFold(3),
)
search.fit(tracks.paths, tracks.target, groups=tracks.groups)
candidates = pd.DataFrame(search.cv_results_["params"])
candidates["accuracy"] = search.cv_results_["mean_test_score"]
candidates.sort_values("accuracy", ascending=False).round(3)

# %%
# Save
# ----
# The network is fitted on all clips and saved. A file contains parameters and weights: no training
# data, no optimizer. Loading it runs no code, unlike a pickle.
from skgenre.persistence import load_model, save_model

cnn.set_params(segmentvotingclassifier__estimator__random_state=0)
cnn.fit(tracks.paths, tracks.target)
save_model(cnn, folder / "model.skops")
model = load_model(folder / "model.skops")
print(f"{(folder / 'model.skops').stat().st_size / 1000:.0f} kB")

# %%
# Predict a song
# --------------
# A recording of one minute by other artists: classical music, then metal, then disco.
import numpy as np
import soundfile

from skgenre.songs import predict_song, predict_timeline

pieces = make_genre_music(8, genres=genres, duration=20.0, random_state=1)
parts = [
    pieces.data[np.flatnonzero(pieces.target == name)[0]]
    for name in ("classical", "metal", "disco")
]
soundfile.write(folder / "song.flac", np.concatenate(parts), 22050)
predict_song(model, folder / "song.flac").round(2)

# %%
# One genre for the whole hides what is in it. The timeline shows when the music changes.
import matplotlib.pyplot as plt

from skgenre.inspection import GenreTimelineDisplay

timeline = predict_timeline(model, folder / "song.flac")
GenreTimelineDisplay.from_timeline(timeline)
plt.show()

# %%
temporary.cleanup()

# sphinx_gallery_thumbnail_number = 3
