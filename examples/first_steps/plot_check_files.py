"""
Faults and duplicates in a collection
=====================================

Music datasets contain unreadable files, silent files, and duplicate recordings. Duplicates are the
worst: with one copy in train and the other in test, the model has already seen the answer.
:func:`~skgenre.datasets.check_files` finds them before anything is fitted.
"""

# %%
# A collection with faults
# ------------------------
# Sixty clips in six styles. A third of them are duplicated: as Ogg Vorbis, half as loud, and
# without their first 0.3 s, as if two people had cut and encoded the same song. One file is
# damaged, one silent.
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from skgenre.datasets import check_files, load_genre_folder, make_genre_music

folder = tempfile.TemporaryDirectory()
genres = ["blues", "country", "jazz", "pop", "reggae", "rock"]
music = make_genre_music(60, genres=genres, duration=6.0, random_state=0, to=folder.name)
for path in map(Path, music.paths[:20]):
    y, sr = soundfile.read(path)
    soundfile.write(path.with_name(f"again {path.stem}.ogg"), 0.5 * y[round(0.3 * sr) :], sr)
soundfile.write(Path(folder.name, "jazz", "rest.wav"), np.zeros(6 * sr), sr)
Path(folder.name, "rock", "lost.wav").write_bytes(Path(music.paths[0]).read_bytes()[:2000])

# %%
# The findings
# ------------
# Every file is decoded once. Each row has its findings, in words and in numbers.
files = sorted(map(str, Path(folder.name).glob("*/*")))
report = check_files(files)
report.finding.value_counts()

# %%
# Files of one recording share a group, whatever their names.
first = report[report.group == report.group[report.finding == "near duplicate"].iloc[0]]
first.assign(path=first.path.map(lambda path: Path(path).name))

# %%
# Inflated scores from duplicates
# -------------------------------
# The unreadable and the silent file are removed. A group splitter keeps the copies of a recording
# together; a splitter without groups puts most of them in both train and test.
import matplotlib.pyplot as plt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.features import MFCC, FramePooling

sound = report[~report.finding.str.contains("undecodable|silent")]
X, groups = sound.path.tolist(), sound.group.to_numpy()
y = np.array([Path(path).parent.name for path in X])
pooled = make_pipeline(MFCC(duration=5.7), FramePooling()).fit_transform(X)
model = make_pipeline(StandardScaler(), KNeighborsClassifier(n_neighbors=1))

scores = {
    "copies in\ntrain and test": cross_val_score(
        model, pooled, y, cv=StratifiedKFold(5, shuffle=True, random_state=0)
    ),
    "copies\ntogether": cross_val_score(
        model,
        pooled,
        y,
        cv=StratifiedGroupKFold(5, shuffle=True, random_state=0),
        groups=groups,
    ),
}
figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
for position, fold_scores in enumerate(scores.values()):
    ax.scatter(np.full(5, position), fold_scores, color="0.6", label="fold" if position else None)
    ax.scatter(
        position,
        fold_scores.mean(),
        marker="_",
        s=900,
        color="C0",
        label="mean" if position else None,
    )
ax.axhline(1 / len(genres), color="0.3", linestyle=":", label="chance")
ax.set(xticks=[0, 1], xticklabels=scores, xlim=(-0.5, 1.5), ylim=(0, 1), ylabel="accuracy")
ax.set_title("A nearest neighbour finds the copy")
ax.legend(loc="upper right")
for name, fold_scores in scores.items():
    print(f"{' '.join(name.split())}: {fold_scores.mean():.2f}")

# %%
# An official split
# -----------------
# Loaders of datasets with an official split return it as ``split``, one word per clip. Turn it into
# a splitter with :class:`~sklearn.model_selection.PredefinedSplit`: -1 is never tested on.
from sklearn.model_selection import PredefinedSplit

split = np.where(np.arange(len(X)) % 5 == 0, "test", "training")  # as in load_fma(...).split
cv = PredefinedSplit(np.where(split == "test", 0, -1))
print([(len(train), len(test)) for train, test in cv.split()])

# %%
# If file names show what belongs together, a pattern makes groups without decoding: here genre and
# number.
for path in report.path[report.finding.str.contains("undecodable|silent")]:
    Path(path).unlink()
named = load_genre_folder(folder.name, groups=r"\w+\.\d+")
print(len(named.paths), "files,", len(set(named.groups)), "groups")
folder.cleanup()
