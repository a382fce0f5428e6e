"""
Synthetic music
===============

skgenre includes no recordings, but a composer. :func:`~skgenre.datasets.make_genre_music` composes
and synthesizes clips in ten styles, each with its own rhythm, harmony, instruments and mix, so
everything in this documentation runs without a download.
"""

# %%
# Twenty clips, two of each style. The same ``random_state`` gives the same clips, byte for byte.
import matplotlib.pyplot as plt
import numpy as np

from skgenre.datasets import make_genre_music
from skgenre.features import ChromaFeatures, MelSpectrogram

music = make_genre_music(20, duration=5.0, random_state=0)
print(music.data.shape, music.data.dtype)
print(", ".join(music.target_names))

# %%
# What the styles look like
# -------------------------
# One clip of each style as a mel spectrogram, in dB below its own maximum. Drums are vertical
# lines, held notes horizontal ones. Classical clips have no drums, hip-hop has little else; in
# metal the guitars fill the whole range.
mel = MelSpectrogram(n_mels=96, hop_length=512, ref="max", top_db=70.0)
maps = mel.fit_transform(music.data[:10])

figure, axes = plt.subplots(5, 2, figsize=(10, 11), sharex=True, sharey=True, layout="constrained")
for ax, spectrogram, genre in zip(axes.flat, maps, music.target, strict=False):
    image = ax.imshow(
        spectrogram, origin="lower", aspect="auto", extent=(0, 5, 0, 96), cmap="magma", vmin=-70
    )
    ax.set_title(genre)
for ax in axes[:, 0]:
    ax.set_ylabel("mel band")
for ax in axes[-1]:
    ax.set_xlabel("time (s)")
figure.colorbar(image, ax=axes, label="dB", shrink=0.5)

# %%
# Harmony
# -------
# Chroma folds the octaves together, into the energy of twelve pitch classes. The twelve-bar blues
# moves between three chords, the jazz clip changes chord each bar.
chroma = ChromaFeatures().fit_transform(music.data[:10])
figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True, layout="constrained")
for ax, genre in zip(axes, ["blues", "jazz"], strict=True):
    row = list(music.target[:10]).index(genre)
    ax.imshow(chroma[row], origin="lower", aspect="auto", extent=(0, 5, -0.5, 11.5), cmap="Blues")
    ax.set_title(genre)
    ax.set_xlabel("time (s)")
axes[0].set_yticks(range(12), ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"])

# %%
# No single number separates the styles
# -------------------------------------
# Level, bandwidth and noise vary more within a style than between styles: here the level of each
# clip.
level = 20 * np.log10(music.data.std(axis=1))
figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(music.target, level, "o")
ax.set_ylabel("level (dB)")
plt.show()
