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
# How strongly the loudness of a clip repeats after each time from 0.1 to 1.5 seconds: the
# autocorrelation of the rises in level. A function gets the samples of one clip; a parameter named
# ``sr`` gets the sampling rate, others are set with ``kw_args``.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.datasets import make_genre_music
from skgenre.features import FunctionFeature, MFCCStatistics
from skgenre.inspection import genre_colors
from skgenre.model_selection import compare


def repetition(y, *, sr, rate=50, longest=1.5):
    """Return the autocorrelation of the rises in level, for lags from 0.1 s."""
    hop = round(sr / rate)
    frames = y[: len(y) // hop * hop].reshape(-1, hop)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-6)
    rises = np.maximum(np.diff(level), 0)
    rises = rises - rises.mean()
    power = np.abs(np.fft.rfft(rises, 2 * len(rises))) ** 2
    correlation = np.fft.irfft(power)[: round(longest * rate)]
    return correlation[rate // 10 :] / (correlation[0] + 1e-6)


rhythm = FunctionFeature(repetition)
music = make_genre_music(120, duration=6.0, random_state=0)
table = rhythm.fit_transform(music.data)
table.shape

# %%
# The mean of each genre. A peak at 0.5 s is a beat at 120 beats per minute.
chosen = ["classical", "disco", "hiphop", "reggae"]
colors = genre_colors(chosen)
lags = 0.1 + np.arange(table.shape[1]) / 50
figure, axes = plt.subplots(2, 2, figsize=(8, 4.5), sharex=True, sharey=True, layout="constrained")
for ax, genre in zip(axes.flat, chosen, strict=True):
    mean = table[music.target == genre].mean(axis=0)
    ax.fill_between(lags, mean, color=colors[genre], alpha=0.6)
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.set_title(genre)
for ax in axes[1]:
    ax.set_xlabel("lag (s)")
figure.supylabel("autocorrelation")
plt.show()

# %%
# Compare it
# ----------
# Alone, and beside the statistics of MFCCs, with artists kept together.
mfcc = MFCCStatistics()
tables = {"repetition": rhythm, "MFCC": mfcc, "both": make_union(mfcc, rhythm)}
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
    models["repetition"],
    {"functionfeature__kw_args__longest": [0.5, 1.0, 2.0]},
    cv=StratifiedGroupKFold(3),
)
search.fit(music.data, music.target, groups=music.groups)
for candidate, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    print(candidate, f"{score:.2f}")
