"""
Features of one clip
====================

Every feature map of :mod:`skgenre.features` for one clip of synthetic music, with time in seconds
from left to right. For the cost of the features, and a comparison with librosa, see the user guide:
:doc:`/user_guide/features_and_cost`.
"""

# %%
# Ten seconds of rock: drums, bass, guitar chords and a tune.
import matplotlib.pyplot as plt
import numpy as np

from skgenre.datasets import make_genre_music
from skgenre.features import (
    HPSS,
    MFCC,
    BahuleyanFeatures,
    ChromaCENS,
    ChromaCQT,
    ChromaFeatures,
    Delta,
    FMAFeatures,
    GTZANFeatures,
    MelSpectrogram,
    SpectralDescriptors,
    Tempo,
    Tempogram,
    Tonnetz,
)

SR, HOP_LENGTH, DURATION = 22050, 512, 10.0
music = make_genre_music(1, genres=["rock"], duration=2 + DURATION, random_state=0)
clip = music.data[:, 2 * SR :]  # without the beginning


def show(ax, feature_map, title, unit, **settings):
    """Draw a feature map, with seconds below and its unit at a colour bar."""
    n_bands, n_frames = feature_map.shape
    image = ax.imshow(
        feature_map,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, n_frames * HOP_LENGTH / SR, -0.5, n_bands - 0.5),
        **settings,
    )
    ax.set_title(title, loc="left")
    ax.set_xlim(0, DURATION)
    ax.figure.colorbar(image, ax=ax, label=unit, pad=0.01)


# %%
# Mel spectrograms
# ----------------
# Energy in bands evenly spaced in pitch. :class:`~skgenre.features.HPSS` separates the harmonic or
# the percussive part before computing any feature: tones are horizontal, drums vertical, and each
# part contains one without the other.
mel = MelSpectrogram(n_mels=96)
maps = {
    "MelSpectrogram": mel,
    "HPSS, harmonic": HPSS(mel, component="harmonic"),
    "HPSS, percussive": HPSS(mel, component="percussive"),
}
ticks = [0, 500, 1000, 2000, 4000, 8000]  # Hz
# Slaney's mel scale: even steps of 200/3 Hz up to 1 kHz, and even ratios above.
in_mel = [3 * f / 200 if f < 1000 else 15 + 27 * np.log(f / 1000) / np.log(6.4) for f in ticks]
top = 15 + 27 * np.log(SR / 2 / 1000) / np.log(6.4)

figure, axes = plt.subplots(3, 1, figsize=(9, 7.5), sharex=True, layout="constrained")
for ax, (title, feature) in zip(axes, maps.items(), strict=True):
    show(ax, feature.fit_transform(clip)[0], title, "level (dB)", cmap="magma", vmin=-40, vmax=10)
    ax.set_yticks([97 * m / top - 1 for m in in_mel], ticks)
    ax.set_ylabel("frequency (Hz)")
axes[-1].set_xlabel("time (s)")
plt.show()

# %%
# Cepstra
# -------
# The first coefficients of a cosine transform along the mel bands: the spectral envelope, which is
# timbre, without its details. Coefficient 0 is the level; it is omitted here.
# :class:`~skgenre.features.Delta` is the slope of any map over time.
mfcc = MFCC(n_mfcc=20)
figure, axes = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
for ax, title, feature, unit, limit in [
    (axes[0], "MFCC", mfcc, "MFCC (dB)", 60),
    (axes[1], "Delta(MFCC)", Delta(mfcc), "slope (dB per frame)", 6),
]:
    coefficients = feature.fit_transform(clip)[0, 1:]
    show(ax, coefficients, title, unit, cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.set_yticks([0, 4, 9, 14, 18], [1, 5, 10, 15, 19])
    ax.set_ylabel("coefficient")
axes[-1].set_xlabel("time (s)")
plt.show()

# %%
# Harmony
# -------
# Energy of the twelve pitch classes, whatever the octave. Chroma from the short-time spectrum is
# quick to compute but smears low notes; the constant-Q transform spaces its filters like the notes;
# CENS quantizes that coarsely and smooths it over a second, which leaves the chords. The tonal
# centroid is the position of a chord on the circles of fifths and thirds.
chromas = {
    "ChromaFeatures": (ChromaFeatures(), "share of the largest"),
    "ChromaCQT": (ChromaCQT(), "share of the largest"),
    "ChromaCENS": (ChromaCENS(), "share of the norm"),
}
figure, axes = plt.subplots(4, 1, figsize=(9, 10), sharex=True, layout="constrained")
for ax, (title, (feature, unit)) in zip(axes[:3], chromas.items(), strict=True):
    show(ax, feature.fit_transform(clip)[0], title, unit, cmap="Blues", vmin=0)
    ax.set_yticks([0, 2, 4, 5, 7, 9, 11], ["C", "D", "E", "F", "G", "A", "B"])
    ax.set_ylabel("pitch class")
centroid = Tonnetz(ChromaCENS()).fit_transform(clip)[0]
show(axes[3], centroid, "Tonnetz(ChromaCENS)", "coordinate", cmap="RdBu_r", vmin=-0.4, vmax=0.4)
axes[3].set_yticks(range(6), ["fifths, x", "y", "minor 3rds, x", "y", "major 3rds, x", "y"])
axes[3].set_xlabel("time (s)")
plt.show()

# %%
# Descriptors
# -----------
# Single numbers per frame, in different units: :class:`~skgenre.features.SpectralDescriptors`
# computes all of them in one pass over the spectrum.
rows = SpectralDescriptors().fit_transform(clip)[0]
centroid, bandwidth, rolloff = rows[:3] / 1000
contrast, (flatness, flux, rms, crossings) = rows[3:10], rows[10:]
time = np.arange(rows.shape[1]) * HOP_LENGTH / SR

figure, axes = plt.subplots(4, 1, figsize=(9, 9), sharex=True, layout="constrained")
for values, name in [(rolloff, "rolloff"), (centroid, "centroid"), (bandwidth, "bandwidth")]:
    axes[0].plot(time, values, label=name, linewidth=1)
axes[0].set_ylabel("frequency (kHz)")
axes[0].legend(loc="upper right", ncols=3)
axes[0].set_title("centroid, bandwidth, rolloff", loc="left")

show(axes[1], contrast, "contrast", "peaks over valleys (dB)", cmap="magma")
axes[1].set_yticks(range(7), ["0", "200", "400", "800", "1600", "3200", "6400"])
axes[1].set_ylabel("band from (Hz)")

axes[2].plot(time, flux, linewidth=1, color="C3")
axes[2].set_title("flux", loc="left")
axes[2].set_ylabel("rise (dB per frame)")

for values, name in [(rms, "rms"), (flatness, "flatness"), (crossings, "zero_crossing_rate")]:
    axes[3].plot(time, values, label=name, linewidth=1)
axes[3].set_ylim(top=0.2)
axes[3].set_title("rms, flatness, zero_crossing_rate", loc="left")
axes[3].legend(loc="upper right", ncols=3)
axes[3].set_xlabel("time (s)")
plt.show()

# %%
# Rhythm
# ------
# The tempogram is the autocorrelation of the flux around each moment, and shows after how many
# seconds the onsets repeat; lines lie at the beat and its multiples.
# :class:`~skgenre.features.Tempo` takes the strongest near 120 beats per minute, which may well be
# half the perceived tempo. The window is 8.9 seconds wide, so near the ends of a clip part of it is
# empty.
tempogram = Tempogram().fit_transform(clip)[0]
tempo = Tempo().fit_transform(clip)[0, 0]

figure, ax = plt.subplots(figsize=(9, 3.5), layout="constrained")
show(ax, tempogram[:120], "Tempogram", "autocorrelation", cmap="magma", vmin=0, vmax=1)
seconds = np.array([0.5, 1.0, 1.5, 2.0, 2.5])
ax.set_yticks(seconds * SR / HOP_LENGTH, seconds)
ax.axhline(60 / tempo * SR / HOP_LENGTH, color="w", linestyle=":")
ax.annotate(
    f"{tempo:.0f} beats a minute", (0.1, 60 / tempo * SR / HOP_LENGTH + 3), color="w", fontsize=9
)
ax.set_ylabel("lag (s)")
ax.set_xlabel("time (s)")
plt.show()

# %%
# Tables
# ------
# The published feature tables summarize such maps: one row per clip, with named columns. This plot
# shows what their columns describe.
kinds = {
    "timbre: MFCCs": ("mfcc",),
    "harmony: chroma, tonnetz": ("chroma", "tonnetz"),
    "spectrum: shape": ("spectral", "rolloff"),
    "waveform: level, crossings, parts": ("rms", "zero", "zcr", "signal", "harmony", "perceptr"),
    "rhythm: tempo": ("tempo",),
}
tables = [FMAFeatures(), BahuleyanFeatures(), GTZANFeatures()]
figure, ax = plt.subplots(figsize=(9, 2.8), layout="constrained")
left = np.zeros(len(tables))
names = [table.get_feature_names_out() for table in tables]
for kind, beginnings in kinds.items():
    counts = [sum(name.startswith(beginnings) for name in columns) for columns in names]
    shares = [count / len(columns) for count, columns in zip(counts, names, strict=True)]
    bars = ax.barh(range(len(tables)), shares, left=left, label=kind)
    ax.bar_label(
        bars,
        [count if share > 0.02 else "" for count, share in zip(counts, shares, strict=True)],
        label_type="center",
        color="w",
    )
    left += shares
labels = [
    f"{type(table).__name__}\n{len(columns)} columns"
    for table, columns in zip(tables, names, strict=True)
]
ax.set_yticks(range(len(tables)), labels)
ax.set_xlim(0, 1)
ax.set_xlabel("share of columns")
figure.legend(loc="outside upper center", ncols=3, frameon=False)
plt.show()
