"""
Learning curves by artists
==========================

Would more clips help? A learning curve fits a model on parts of the training clips. Held-out clips
must be by other artists: with artists in both train and test, the curve promises too much.
"""

# %%
# The clips
# ---------
# 160 clips in eight styles, two per artist, as a table of MFCC statistics.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, learning_curve
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCCStatistics

genres = ["blues", "classical", "country", "disco", "jazz", "pop", "reggae", "rock"]
music = make_genre_music(160, genres=genres, duration=4.0, random_state=0)
table = MFCCStatistics(n_mfcc=12).fit_transform(music.data)
model = make_pipeline(StandardScaler(), KNeighborsClassifier(1))

# %%
# Two curves
# ----------
# scikit-learn's ``learning_curve`` takes the groups. ``shuffle`` draws the parts from all genres.
shares = np.linspace(0.2, 1.0, 5)
curves = {}
for name, cv in {
    "artists apart": StratifiedGroupKFold(5, shuffle=True, random_state=0),
    "artists in train and test": StratifiedKFold(5, shuffle=True, random_state=0),
}.items():
    sizes, _, scores = learning_curve(
        model,
        table,
        music.target,
        groups=music.groups,
        cv=cv,
        train_sizes=shares,
        shuffle=True,
        random_state=0,
    )
    curves[name] = sizes, scores

# %%
# Lines are means of five folds, bands their standard errors. Where the curve is still rising, more
# artists would help more than another model.
figure, ax = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
for name, (sizes, scores) in curves.items():
    mean, error = scores.mean(axis=1), scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    ax.fill_between(sizes, mean - error, mean + error, alpha=0.2)
    ax.plot(sizes, mean, "o-", label=name)
ax.axhline(1 / len(genres), color="0.5", linestyle=":", label="chance")
ax.set(xlabel="training clips", ylabel="accuracy", ylim=(0, 1))
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
plt.show()

# %%
for name, (sizes, scores) in curves.items():
    print(f"{name}: {scores[-1].mean():.2f} with {sizes[-1]} clips")
