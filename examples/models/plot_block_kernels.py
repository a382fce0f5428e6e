"""
Weigh blocks of features
========================

:class:`~skgenre.classifiers.BlockKernelClassifier` gives each table of features a kernel of its own,
and a weight. In one joined table, the block with the most columns would decide.
"""

# %%
# Three blocks
# ------------
# Timbre, rhythm and the covariance of bands, from one mel spectrogram. The clips are eight styles of
# synthetic music.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import BlockKernelClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import BandCovariance, FramePooling, MelSpectrogram, ModulationSpectrum
from skgenre.model_selection import compare

genres = ["blues", "classical", "country", "disco", "jazz", "pop", "reggae", "rock"]
music = make_genre_music(96, genres=genres, duration=5.0, random_state=0)
maps = MelSpectrogram(n_mels=64).fit_transform(music.data)

timbre, rhythm = FramePooling(), ModulationSpectrum(n_bands=8, n_rates=8)
covariance = BandCovariance(n_bands=10, lags=(0, 4), shrinkage=0.1)
for name, block in {"timbre": timbre, "rhythm": rhythm, "covariance": covariance}.items():
    print(f"{name}: {block.fit_transform(maps).shape[1]} columns")

# %%
# The comparison
# --------------
# Blocks with kernels of their own, against a support vector machine on the joined table. The
# columns of :class:`~skgenre.features.BandCovariance` have a common unit and are only centred.
blocks = BlockKernelClassifier(
    [("timbre", timbre), ("rhythm", rhythm), ("covariance", covariance)],
    standardize=["timbre", "rhythm"],
)
joined = make_pipeline(
    make_union(make_pipeline(make_union(timbre, rhythm), StandardScaler()), covariance), SVC(C=10)
)
result = compare(
    {"blocks": blocks, "joined": joined},
    maps,
    music.target,
    groups=music.groups,
    cv=4,
    random_state=0,
)
result.plot()
plt.show()

# %%
# Weights
# -------
# A weight is a parameter of its own in a search. 0 leaves the block out.
search = GridSearchCV(
    blocks,
    {"weights__rhythm": [0.0, 0.25, 1.0, 4.0], "weights__covariance": [0.0, 1.0]},
    cv=StratifiedGroupKFold(4, shuffle=True, random_state=0),
)
search.fit(maps, music.target, groups=music.groups)
scores = {}
for weights, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    scores.setdefault(weights["weights__covariance"], []).append(score)

figure, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
for weight, row in scores.items():
    ax.plot(range(4), row, "o-", label=f"covariance: {weight:g}")
ax.set_xticks(range(4), ["0", "0.25", "1", "4"])
ax.set(xlabel="weight of rhythm (timbre: 1)", ylabel="accuracy")
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
plt.show()

# %%
# The weights in the fitted model sum to 1.
names = ["timbre", "rhythm", "covariance"]
dict(zip(names, np.round(search.best_estimator_.weights_, 2).tolist(), strict=True))
