"""
Features as a DataFrame
=======================

A feature table with named columns, to inspect before fitting a model. Call ``set_output`` on the
step that returns the table: feature maps have three axes, so on the whole pipeline it fails with
"Unable to configure output for MelSpectrogram() because `set_output` is not available."
"""

# %%
# Forty clips in four styles. Their paths are a column of a DataFrame, next to other metadata.
import tempfile

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.pipeline import make_pipeline

from skgenre.datasets import make_genre_music
from skgenre.features import FramePooling, MelSpectrogram

folder = tempfile.TemporaryDirectory()
genres = ["classical", "disco", "jazz", "metal"]
music = make_genre_music(40, genres=genres, duration=5.0, random_state=0, to=folder.name)
songs = pd.DataFrame({"path": music.paths, "genre": music.target, "artist": music.groups})
songs.head(3).drop(columns="path")

# %%
# One row per clip
# ----------------
# The mean and standard deviation of the level of 32 mel bands over the clip. Pass the column of
# paths directly.
pipeline = make_pipeline(
    MelSpectrogram(n_mels=32),
    FramePooling(statistics=["mean", "std"]).set_output(transform="pandas"),
)
table = pipeline.fit_transform(songs[["path"]])
table.iloc[:3, :4].round(1)

# %%
# It is an ordinary DataFrame
# ---------------------------
# Summarize it with pandas: the mean spectrum of each genre. Metal is loud up to the highest bands,
# classical music is not.
levels = table.filter(like="_mean")
spectra = levels.groupby(songs["genre"].to_numpy()).mean().T.reset_index(drop=True)
figure, axis = plt.subplots(layout="constrained")
spectra.plot(ax=axis, xlabel="mel band", ylabel="level (dB)")
plt.show()

# %%
folder.cleanup()
