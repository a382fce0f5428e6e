"""
Tags by musicnn
===============

musicnn was trained to tag music. :class:`~skgenre.features.MusicnnEmbedding` gives the probabilities
of its fifty tags, and the values of the layers before them, for any classifier. Its weights come
with a package of 29 MB: ``pip install --no-deps musicnn``.
"""

# %%
# The clips
# ---------
# Ten styles of synthetic music, 40 clips of 6 seconds, two per artist.
import matplotlib.pyplot as plt

from skgenre.datasets import make_genre_music
from skgenre.features import MusicnnEmbedding

music = make_genre_music(40, duration=6.0, sr=16000, random_state=0)

# %%
# Tags
# ----
# The tags whose probability differs most between the styles. The network was trained on recordings:
# it finds the instruments of synthetic music, hardly its styles.
tags = MusicnnEmbedding("mtt").predict_tags(music.data)
means = tags.groupby(music.target).mean()
chosen = means.std().nlargest(12).index

figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
image = axes.imshow(means[chosen], cmap="magma_r", vmin=0)
axes.set_xticks(range(len(chosen)), chosen, rotation=60, ha="right")
axes.set_yticks(range(len(means)), means.index)
figure.colorbar(image, label="mean probability")
plt.show()
