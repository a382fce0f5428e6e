"""
Confounds: what predicts the genre without listening
====================================================

If the files of one genre come from another source, a model may learn the source: a sampling rate, a
length, an MP3 encoder. Its cross-validated score is high and says nothing about music.
"""

# %%
# Two genres, two sources
# -----------------------
# Both genres are played by the same composer, drawn at random from jazz and rock, so there is nothing
# to learn. But the files labelled "b" went through an MP3 encoder before they became WAV files.
import io
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import soundfile
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skgenre.datasets import make_genre_music
from skgenre.features import FramePooling, MelSpectrogram
from skgenre.model_selection import leakage_report

music = make_genre_music(60, genres=["jazz", "rock"], duration=3.0, sr=44100, random_state=0)
labels = np.random.default_rng(0).permutation(np.repeat(["a", "b"], 30))
rng = np.random.default_rng(1)

folder = tempfile.TemporaryDirectory()
paths = []
for number, (clip, label) in enumerate(zip(music.data, labels, strict=True)):
    clip = clip + rng.normal(scale=1e-3, size=len(clip))  # tape hiss, up to the highest frequency
    if label == "b":
        encoded = io.BytesIO()
        soundfile.write(encoded, clip, 44100, format="MP3", compression_level=0.9)
        encoded.seek(0)
        clip, _ = soundfile.read(encoded)
        clip = np.pad(clip, (0, 3 * 44100))[: 3 * 44100]
    paths.append(Path(folder.name, f"{number}.wav"))
    soundfile.write(paths[-1], clip, 44100)

# %%
# The score
# ---------
# Chance is .5, and the forest is right nearly always.
folds = StratifiedKFold(5, shuffle=True, random_state=0)


def score(fmax):
    mel = MelSpectrogram(sr=44100, n_mels=64, fmax=fmax)
    model = make_pipeline(mel, FramePooling(), RandomForestClassifier(random_state=0))
    return cross_val_score(model, paths, labels, cv=folds)


whole = score(None)
print(f"accuracy {whole.mean():.2f}")

# %%
# The report
# ----------
# :func:`~skgenre.model_selection.leakage_report` predicts the labels from each fact about the files
# alone, in the same folds, and tests it by permutation. All files are WAV files of one length now;
# the encoder's low-pass is still in them. ``skgenre check`` does the same for a folder.
report = leakage_report(paths, labels, cv=folds, random_state=0)
print(report)
report.confounds.drop(columns="cure")

# %%
# The cure
# --------
# Without the frequencies above the cut-off the encoder is harder to tell.
cured = score(6000)
figure, ax = plt.subplots(figsize=(5, 3.5), layout="constrained")
for position, scores in enumerate((whole, cured)):
    ax.scatter(np.full(5, position), scores, color="0.6", label=None if position else "fold")
    ax.scatter(
        position,
        scores.mean(),
        marker="_",
        s=900,
        color="C0",
        label=None if position else "mean",
    )
ax.axhline(0.5, color="0.3", linestyle=":", label="chance")
ax.set(
    xticks=[0, 1],
    xticklabels=["all frequencies", "fmax=6000"],
    xlim=(-0.5, 1.5),
    ylim=(0, 1.05),
    ylabel="accuracy",
)
ax.legend(loc="lower left")
print(f"accuracy {cured.mean():.2f}")
folder.cleanup()
