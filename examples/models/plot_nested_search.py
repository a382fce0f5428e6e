"""
Nested search with groups
=========================

A search that reports its own best score is optimistic: the score was chosen because it was high. In
a nested search the winner of each outer fold is tested on clips that took no part in the choice.
"""

# %%
# Little to learn, much to choose
# -------------------------------
# Sixty clips in ten styles, and twenty-four settings of a support vector machine. The table is
# computed once: it is not fitted.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.datasets import make_genre_music
from skgenre.features import MFCCStatistics
from skgenre.model_selection import compare

music = make_genre_music(60, duration=4.0, random_state=0)
table = MFCCStatistics().fit_transform(music.data)

svm = Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("svm", SVC())])
grid = {
    "pca__n_components": [5, 10, 20],
    "svm__C": [0.1, 1.0, 10.0, 100.0],
    "svm__kernel": ["rbf", "linear"],
}
search = GridSearchCV(svm, grid, cv=StratifiedGroupKFold(3))

# %%
# The search inside a comparison
# ------------------------------
# :func:`~skgenre.model_selection.compare` clones the search for each outer fold and passes the
# artists to its inner splitter, so a group is divided neither outside nor inside.
result = compare(
    {"searched": search, "default": svm},
    table,
    music.target,
    groups=music.groups,
    cv=3,
    repeats=4,
    random_state=0,
)
result

# %%
# The best score of the search on all clips, and the score of clips that it has not seen:
search.fit(table, music.target, groups=music.groups)
outer = result.frame.query("pipeline == 'searched'")["test_accuracy"]
print(f"best score of the search {search.best_score_:.2f}, nested {outer.mean():.2f}")

# %%
# All candidates of the search, from the worst to the best. The more settings are tried, the further
# the best of them lies above what it is worth.
scores = np.sort(search.cv_results_["mean_test_score"])
figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.plot(np.arange(1, len(scores) + 1), scores, "o", color="0.6", label="candidates")
ax.plot(len(scores), scores[-1], "o", markersize=10, color="C1", label="best score of the search")
ax.axhline(outer.mean(), color="C0", label="nested: the winner on unseen artists")
ax.set(xlabel="candidate, sorted by its score", ylabel="accuracy")
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
plt.show()
