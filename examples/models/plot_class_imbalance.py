"""
Handle class imbalance
======================

In most collections one genre has many times the clips of another. Accuracy then rewards a model that
ignores the rare ones. Weigh the classes, and report the mean recall.
"""

# %%
# An unbalanced collection
# ------------------------
# Of 160 clips in four styles, metal keeps all, the others a half, a quarter and an eighth.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import MLPGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCCStatistics
from skgenre.inspection import genre_colors
from skgenre.model_selection import compare

genres = ["metal", "rock", "pop", "country"]
music = make_genre_music(200, genres=genres, duration=3.0, random_state=0)
kept = np.concatenate(
    [np.flatnonzero(music.target == genre)[: 50 // 2**place] for place, genre in enumerate(genres)]
)
table = MFCCStatistics(n_mfcc=8).fit_transform(music.data[kept])
y, groups = music.target[kept], music.groups[kept]
pd.Series(y).value_counts()

# %%
# Class weights
# -------------
# ``class_weight="balanced"`` weights a class inversely to its frequency, so each genre counts the
# same in the loss. All classifiers of the package take it.
models = {
    name: make_pipeline(
        StandardScaler(), MLPGenreClassifier(max_epochs=40, class_weight=class_weight)
    )
    for name, class_weight in {"no weights": None, "balanced": "balanced"}.items()
}
result = compare(
    models,
    table,
    y,
    groups=groups,
    cv=3,
    repeats=3,
    scoring=["balanced_accuracy", "accuracy", "f1_macro"],
    random_state=0,
)
result.summary[["balanced_accuracy", "accuracy", "f1_macro"]].round(2)

# %%
# The recall of each genre
# ------------------------
# Folds are stratified: each has clips of the rarest genre. Weights shift predictions from frequent
# genres to rare ones.
colors = genre_colors(genres)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True, layout="constrained")
for ax, name in zip(axes, models, strict=True):
    matrix = result.confusion_matrix(name, normalize="true").loc[genres, genres]
    ax.bar(genres, np.diag(matrix), color=[colors[genre] for genre in genres])
    ax.axhline(np.diag(matrix).mean(), color="0.4", linestyle=":")
    ax.set_title(name)
axes[0].set(ylabel="recall (dotted: mean)", ylim=(0, 1))
plt.show()

# %%
# Whether the difference is significant, on these clips:
print("\n".join(result.conclusions()))
