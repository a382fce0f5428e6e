"""
Search your own network
=======================

:class:`~skgenre.classifiers.TorchClassifier` makes a scikit-learn classifier of a PyTorch module.
The size of the module is then a parameter like any other: a grid search finds it, with artists kept
together.
"""

# %%
# The network
# -----------
# A function, or a class, is called with the size of the maps, the number of genres and your
# parameters, and returns a module from maps to logits. This one looks at a few bands and frames at
# a time, and averages over all frames.
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from torch import nn

from skgenre.classifiers import TorchClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram


class Averaged(nn.Module):
    """Convolutions over time, and their mean."""

    def __init__(self, n_bands, n_frames, n_outputs, width=16, kernel_size=5):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(n_bands, width, kernel_size, padding="same"),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, width, kernel_size, padding="same"),
            nn.ReLU(),
        )
        self.head = nn.Linear(2 * width, n_outputs)

    def forward(self, maps):
        hidden = self.layers(maps)
        return self.head(torch.cat([hidden.mean(dim=2), hidden.amax(dim=2)], dim=1))


network = TorchClassifier(Averaged, max_epochs=12, lr=3e-3, random_state=0)

# %%
# The clips
# ---------
# Five styles of synthetic music, 80 clips. A mel spectrogram is not fitted, so it is computed once,
# before the folds.
genres = ["blues", "country", "jazz", "pop", "rock"]
music = make_genre_music(80, genres=genres, duration=4.0, random_state=0)
maps = MelSpectrogram(n_mels=48, hop_length=1024).fit_transform(music.data)

# %%
# The search
# ----------
# ``module_params__width`` is the argument ``width`` of the network; the parameters of training are
# searched by their own names.
search = GridSearchCV(
    network,
    {"module_params__width": [4, 16, 64], "module_params__kernel_size": [1, 5, 9]},
    cv=StratifiedGroupKFold(3, shuffle=True, random_state=0),
)
search.fit(maps, music.target, groups=music.groups)
search.best_params_

# %%
# A wider network and one that sees several frames at once are better. The two effects can be read
# from one picture.
widths, sizes = [4, 16, 64], [1, 5, 9]
scores = np.empty((3, 3))
for candidate, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    row = widths.index(candidate["module_params__width"])
    scores[row, sizes.index(candidate["module_params__kernel_size"])] = score
figure, ax = plt.subplots(figsize=(5, 3.8), layout="constrained")
image = ax.imshow(scores, origin="lower", cmap="Blues", vmin=0)
for (row, column), score in np.ndenumerate(scores):
    color = "white" if score > 0.6 * scores.max() else "black"
    ax.text(column, row, f"{score:.2f}", ha="center", va="center", color=color)
ax.set(xticks=range(3), xticklabels=sizes, yticks=range(3), yticklabels=widths)
ax.set(xlabel="kernel size (frames)", ylabel="width (channels)")
figure.colorbar(image, label="mean accuracy of three folds")
plt.show()

# %%
# The best score of a search is optimistic, because it was chosen: see
# :ref:`sphx_glr_gallery_models_plot_nested_search.py`.
