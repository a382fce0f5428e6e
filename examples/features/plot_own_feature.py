"""
Add your own feature
====================

A function of a waveform becomes a transformer with :class:`~skgenre.features.FunctionFeature`. It
works in pipelines, searches and comparisons like the features of the package, decodes files and
caches its results.
"""

# %%
# A feature of rhythm
# -------------------
# How strongly the level of a clip changes, by the rate of the changes: a beat at 120 beats per minute
# is a change of 2 Hz. A function gets the samples of one clip; a parameter named ``sr`` gets the
# sampling rate, others are set with ``kw_args``.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.datasets import make_genre_music
from skgenre.features import FramePooling, FunctionFeature, MelSpectrogram
from skgenre.inspection import genre_colors
from skgenre.model_selection import compare


def pulse(y, *, sr, rates=24, fastest=10.0):
    """Return the level's changes in dB, at rates from 0.5 Hz to `fastest`."""
    hop = sr // 50
    frames = y[: len(y) // hop * hop].reshape(-1, hop)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-6)
    window = np.hanning(len(level))
    spectrum = np.abs(np.fft.rfft((level - level.mean()) * window)) / window.sum()
    edges = np.geomspace(0.5, fastest, rates + 1)
    frequencies = np.fft.rfftfreq(len(level), hop / sr)
    return np.interp(np.sqrt(edges[:-1] * edges[1:]), frequencies, spectrum)


rhythm = FunctionFeature(pulse)
genres = ["classical", "disco", "hiphop", "jazz", "metal", "reggae"]
music = make_genre_music(96, genres=genres, duration=4.0, random_state=0)
table = rhythm.fit_transform(music.data)
table.shape

# %%
# The mean of each genre:
colors = genre_colors(genres)
edges = np.geomspace(0.5, 10, 25)
figure, axes = plt.subplots(2, 3, figsize=(9, 4.5), sharex=True, sharey=True, layout="constrained")
for ax, genre in zip(axes.flat, genres, strict=True):
    ax.stairs(table[music.target == genre].mean(axis=0), edges, fill=True, color=colors[genre])
    ax.set_title(genre)
    ax.set_xscale("log", base=2)
    ax.set_xticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"])
    ax.minorticks_off()
figure.supxlabel("rate (Hz)")
figure.supylabel("change of level (dB)")
plt.show()

# %%
# Compare it
# ----------
# Alone, and beside the mean and standard deviation of mel bands, with artists kept together.
mel = make_pipeline(MelSpectrogram(n_mels=32), FramePooling())
tables = {"pulse": rhythm, "mel": mel, "both": make_union(mel, rhythm)}
models = {name: make_pipeline(table, StandardScaler(), SVC(C=10)) for name, table in tables.items()}
result = compare(models, music.data, music.target, groups=music.groups, cv=5, random_state=0)
result.plot()
plt.show()

# %%
print("\n".join(result.conclusions()))

# %%
# Search its arguments
# --------------------
# Each argument in ``kw_args`` is a parameter that a search reaches by name.
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

search = GridSearchCV(
    models["pulse"],
    {"functionfeature__kw_args__fastest": [3.0, 10.0]},
    cv=StratifiedGroupKFold(3),
)
search.fit(music.data, music.target, groups=music.groups)
for candidate, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    print(candidate, f"{score:.2f}")
