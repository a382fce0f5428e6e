"""
Learning curves by artists
==========================

Would more clips help, or another feature? A learning curve fits a model on parts of the training
clips, and tests it on clips by other artists.
"""

# %%
# The clips
# ---------
# 144 clips in six styles, two per artist, and two tables of them: the level of each mel band, and how
# strongly it changes at each rate.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.datasets import make_genre_music
from skgenre.features import FramePooling, MelSpectrogram, ModulationSpectrum

genres = ["classical", "disco", "hiphop", "jazz", "metal", "reggae"]
music = make_genre_music(144, genres=genres, duration=4.0, random_state=0)
maps = MelSpectrogram(n_mels=64).fit_transform(music.data)
tables = {
    "modulation": ModulationSpectrum(n_bands=8, n_rates=8).fit_transform(maps),
    "levels": FramePooling(statistics="mean").fit_transform(maps),
}

# %%
# Two curves
# ----------
# scikit-learn's ``learning_curve`` takes the groups, so no artist is in both train and test.
# ``shuffle`` draws the parts from all genres.
model = make_pipeline(StandardScaler(), SVC(C=10))
curves = {}
for name, table in tables.items():
    sizes, train_scores, test_scores, *_ = learning_curve(
        model,
        table,
        music.target,
        groups=music.groups,
        cv=StratifiedGroupKFold(5, shuffle=True, random_state=0),
        train_sizes=np.linspace(0.2, 1.0, 5),
        shuffle=True,
        random_state=0,
    )
    curves[name] = sizes, train_scores, test_scores

# %%
# Lines are means of five folds, bands their standard errors. Training scores, dashed, are optimistic:
# the distance to them is what the model has overfitted. Where a test score still rises, more artists
# would help; where it does not, another feature may.
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for color, (name, (sizes, train_scores, test_scores)) in zip(
    ["C0", "C1"], curves.items(), strict=True
):
    mean = test_scores.mean(axis=1)
    error = test_scores.std(axis=1, ddof=1) / np.sqrt(test_scores.shape[1])
    ax.fill_between(sizes, mean - error, mean + error, color=color, alpha=0.2)
    ax.plot(sizes, mean, "o-", color=color, label=f"{name}, test")
    ax.plot(sizes, train_scores.mean(axis=1), "--", color=color, label=f"{name}, training")
ax.axhline(1 / len(genres), color="0.5", linestyle=":", label="chance")
ax.set(xlabel="training clips", ylabel="accuracy", ylim=(0, 1.03))
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
plt.show()

# %%
for name, (sizes, _, test_scores) in curves.items():
    print(f"{name}: {test_scores[-1].mean():.2f} with {sizes[-1]} clips")
