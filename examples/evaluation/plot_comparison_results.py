"""
Errors by genre, wrong labels and calibration of a comparison
=============================================================

A comparison keeps every held-out prediction. From them come confusion matrices, scores per genre,
the clips that no pipeline predicts correctly, and calibration. Here three clips have a wrong genre,
as collections of music do.
"""

# %%
# The comparison
# --------------
# Four styles of synthetic music, 80 clips, two per artist. Three labels are changed.
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling
from skgenre.inspection import GenreConfusionMatrixDisplay, ReliabilityDisplay
from skgenre.model_selection import Comparison, compare

genres = ["classical", "disco", "jazz", "metal"]
music = make_genre_music(80, genres=genres, duration=4.0, random_state=0)
wrong = np.flatnonzero(music.target == "metal")[:3]
labels = music.target.copy()
labels[wrong] = "jazz"

table = make_pipeline(MFCC(), FramePooling(statistics=("mean", "std"))).fit_transform(music.data)
pipelines: dict[str, BaseEstimator] = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "svc": make_pipeline(StandardScaler(), SVC()),
    "neighbors": make_pipeline(StandardScaler(), KNeighborsClassifier(3)),
}
result = compare(pipelines, table, labels, groups=music.groups, cv=5, random_state=0)
result

# %%
# Wrong labels
# ------------
# The clips that every pipeline misclassifies, those with the most agreement first: the changed
# labels are on top.
result.always_wrong()

# %%
print("changed:", wrong.tolist())

# %%
# Genres
# ------
result.per_genre()

# %%
# Rows are true genres; zeros stay blank.
GenreConfusionMatrixDisplay.from_comparison(result)

# %%
# Of the errors, these are the most frequent:
result.confused_pairs().head()

# %%
# Calibration
# -----------
# A pipeline whose mean confidence is above its accuracy is overconfident. The support vector
# machine has no probabilities.
result.calibration()

# %%
ReliabilityDisplay.from_comparison(result, "logistic")

# %%
# Save and merge
# --------------
# A saved comparison is loaded without running code. Pipelines that were run later, on the same
# folds, are tested together with the earlier ones.
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "result.zip"
result.save(path)
more: dict[str, BaseEstimator] = {"one neighbor": KNeighborsClassifier(1)}
later = compare(more, table, labels, groups=music.groups, cv=5, random_state=0)
(Comparison.load(path) | later).ranking()

# %%
# ``result.to_html("report.html")`` writes all of this on one page.
folder.cleanup()
plt.show()
