"""
Resume and extend a comparison
==============================

A comparison with ``memory`` stores every finished fold. A run that was stopped continues where it
was, and a pipeline that is added later costs its own folds alone.
"""

# %%
# A run that is stopped
# ---------------------
# Here the power fails in the third fold: the classifier raises ``KeyboardInterrupt``, as Ctrl-C
# does.
import tempfile
import time

import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import ChromaCQT, FeatureStack, FramePooling, MelSpectrogram
from skgenre.model_selection import compare

POWER = {"fits left": 2, "fits": 0}


class Logistic(LogisticRegression):
    """A classifier on a computer without a battery."""

    def fit(self, X, y, sample_weight=None):
        if not POWER["fits left"]:
            raise KeyboardInterrupt
        POWER["fits left"] -= 1
        POWER["fits"] += 1
        return super().fit(X, y, sample_weight)


genres = ["classical", "disco", "jazz", "metal"]
music = make_genre_music(60, genres=genres, duration=5.0, random_state=0)
folder = tempfile.TemporaryDirectory()
settings = {"groups": music.groups, "cv": 5, "random_state": 0, "memory": folder.name}
features = make_pipeline(FeatureStack([MelSpectrogram(), ChromaCQT()]), FramePooling())
logistic = make_pipeline(features, StandardScaler(), Logistic())

seconds = {}
start = time.perf_counter()
try:
    compare({"logistic": logistic}, music.data, music.target, **settings)
except KeyboardInterrupt:
    print(f"stopped after {POWER['fits']} fits")
seconds["stopped in the third fold"] = time.perf_counter() - start

# %%
# The same call again
# -------------------
# The features of each clip and the two finished folds are read from the folder; three folds are
# left to fit. ``random_state`` is needed, since without it every run draws new folds.
POWER.update({"fits left": 100, "fits": 0})
start = time.perf_counter()
compare({"logistic": logistic}, music.data, music.target, **settings)
seconds["the same call again"] = time.perf_counter() - start
print(f"{POWER['fits']} fits")

# %%
# Another pipeline
# ----------------
# A pipeline that is added uses the stored features, and the first is not fitted once more.
POWER["fits"] = 0
neighbors = make_pipeline(features, StandardScaler(), KNeighborsClassifier(3))
start = time.perf_counter()
result = compare(
    {"logistic": logistic, "neighbors": neighbors}, music.data, music.target, **settings
)
seconds["with another pipeline"] = time.perf_counter() - start
print(f"{POWER['fits']} fits")
result

# %%
figure, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
ax.barh(list(seconds), list(seconds.values()), color="C0")
ax.invert_yaxis()
ax.set_xlabel("time (s)")
plt.show()

# %%
folder.cleanup()
