"""
Random seeds and devices
========================

``random_state`` fixes the initial weights, the order of the batches and dropout of a network,
without touching the global random state. The same seed gives the same model; other seeds show how
much of a score is luck.
"""

# %%
# The same seed, the same model
# -----------------------------
# ``device="auto"`` takes a GPU where there is one. Name the device to repeat a run exactly: a GPU
# adds in another order than a CPU.
import matplotlib.pyplot as plt
import numpy as np
import torch

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram
from skgenre.model_selection import StratifiedGroupShuffleSplit

genres = ["blues", "country", "jazz", "pop", "rock"]
music = make_genre_music(80, genres=genres, duration=3.0, random_state=0)
maps = MelSpectrogram(n_mels=48, hop_length=1024).fit_transform(music.data)
split = StratifiedGroupShuffleSplit(n_splits=1, test_size=0.4, random_state=0)
train, test = next(split.split(maps, music.target, groups=music.groups))


def fit(seed, split_seed=0):
    split = StratifiedGroupShuffleSplit(n_splits=1, test_size=0.4, random_state=split_seed)
    train, test = next(split.split(maps, music.target, groups=music.groups))
    network = CNNClassifier(channels=(32, 32), max_epochs=12, device="cpu", random_state=seed)
    network.fit(maps[train], music.target[train])
    return network.predict_proba(maps[test]), network.score(maps[test], music.target[test])


state = torch.get_rng_state()
first, score = fit(0)
second, _ = fit(0)
print("same probabilities:", np.array_equal(first, second))
print("global random state untouched:", torch.equal(state, torch.get_rng_state()))

# %%
# Other seeds, other splits
# -------------------------
# Eight seeds of the network on one split, then one seed on eight splits. The spread of the first is
# the luck of training; that of the second is the luck of which artists are held out, which more
# seeds don't reduce.
seeds = [score] + [fit(seed)[1] for seed in range(1, 8)]
splits = [score] + [fit(0, split_seed)[1] for split_seed in range(1, 8)]

figure, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
for row, scores in enumerate([seeds, splits]):
    jitter = np.linspace(-0.12, 0.12, len(scores))
    ax.plot(scores, row + jitter, "o", color="C0", alpha=0.6)
    ax.plot(np.mean(scores), row, "|", color="black", markersize=24)
ax.set_yticks([0, 1], ["8 seeds, one split", "one seed, 8 splits"])
ax.set(ylim=(1.5, -0.5), xlabel="accuracy (bar: mean)")
plt.show()

# %%
# So :func:`~skgenre.model_selection.compare` repeats folds, gives each a seed of its own from one
# ``random_state``, and reports an interval.
print(f"seeds: standard deviation {np.std(seeds):.3f}, splits: {np.std(splits):.3f}")
