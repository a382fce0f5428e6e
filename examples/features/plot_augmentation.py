"""
Augment training clips
======================

:class:`~skgenre.nn.Augmentation` changes the feature maps of each training batch at random: speed,
pitch, level, noise, masks, mixtures. A network then sees another version of each clip in every
epoch; held-out clips stay as they are.
"""

# %%
# One clip, six ways
# ------------------
# Each change is off by default. Values are in the unit of the maps, here decibels.
import matplotlib.pyplot as plt
import torch

from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram
from skgenre.inspection import FeatureMapDisplay
from skgenre.nn import Augmentation

music = make_genre_music(4, genres=["rock", "hiphop"], duration=5.0, random_state=0)
mel = MelSpectrogram(n_mels=96, ref="max", top_db=80.0)
maps = mel.fit_transform(music.data)

changes = {
    "as it is": Augmentation(),
    "time_stretch=0.4": Augmentation(time_stretch=0.4),
    "freq_shift=12": Augmentation(freq_shift=12),
    "noise=8": Augmentation(noise=8.0),
    "time_masks=2, freq_masks=2": Augmentation(
        time_masks=2, time_mask_width=0.2, freq_masks=2, freq_mask_width=0.2
    ),
    "mixup=2": Augmentation(mixup=2.0),
}
# A network standardizes its maps before they are augmented; here only their mean is 0, so that a
# mask has the mean level.
mean = maps.mean()
centred = torch.as_tensor(maps - mean)

figure, axes = plt.subplots(3, 2, figsize=(10, 8), sharex=True, sharey=True, layout="constrained")
for ax, (name, augmentation) in zip(axes.flat, changes.items(), strict=True):
    torch.manual_seed(3)
    changed, _ = augmentation(centred)
    display = FeatureMapDisplay(changed[0].numpy() + mean, feature=mel)
    display.plot(ax=ax, vmin=-80, vmax=0, colorbar=False)
    ax.set_title(name)
    ax.label_outer()
figure.colorbar(display.im_, ax=axes, label="level (dB)", shrink=0.6)
plt.show()

# %%
# In a network
# ------------
# Every network takes one, and a search reaches its parameters by name. Here a small network learns
# from few clips; the validation clips are by other artists.
from skgenre.classifiers import CNNClassifier
from skgenre.inspection import HistoryDisplay

genres = ["classical", "disco", "jazz", "metal"]
few = make_genre_music(48, genres=genres, duration=4.0, random_state=0)
few_maps = mel.fit_transform(few.data)
plain = CNNClassifier(
    channels=(32, 32),
    max_epochs=30,
    early_stopping=True,
    n_iter_no_change=30,
    validation_fraction=0.5,
    random_state=0,
)
augmented = CNNClassifier(**plain.get_params()).set_params(
    augmentation=Augmentation(time_crop=0.5, freq_shift=4, freq_masks=2)
)
for name, network in {"plain": plain, "augmented": augmented}.items():
    network.fit(few_maps, few.target, groups=few.groups)
    display = HistoryDisplay.from_estimator(network, metrics="loss")
    display.ax_.set_title(name, loc="left")
    display.ax_.set_ylim(0, 1.6)
plt.show()

# %%
# The augmented network fits its training clips more slowly. Whether it predicts others better is a
# question for :func:`~skgenre.model_selection.compare`: on GTZAN no change did so significantly.
network.get_params()["augmentation__freq_masks"]
