"""
Measuring data leakage
======================

One model, one dataset, three ways to split it. When segments of a clip appear in both train and
test, a model that recognises clips looks like one that recognises genres: even meaningless labels
are "predicted".
"""

# %%
# The model
# ---------
# Clips of six seconds are cut into overlapping segments. A segment gets the genre of its nearest
# neighbour; the segments of a clip vote. A nearest-neighbour classifier memorizes its training set,
# so it shows a leak at its full size.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, Segmenter
from skgenre.model_selection import leakage_gap, leakage_report

genres = ["classical", "disco", "jazz", "metal"]
music = make_genre_music(80, genres=genres, duration=6.0, random_state=0)

nearest = make_pipeline(
    Segmenter(MFCC(n_mfcc=20), segment_duration=2.0, segment_hop=0.25),
    FramePooling(statistics=("mean", "std")),
    SegmentVotingClassifier(make_pipeline(StandardScaler(), KNeighborsClassifier(1))),
)

# %%
# Groups in both train and test
# -----------------------------
# Each artist has two clips. Folds without groups put artists in both train and test:
report = leakage_report(
    music.data,
    music.target,
    groups=music.groups,
    cv=StratifiedKFold(5, shuffle=True, random_state=0),
)
report

# %%
# Group folds leave no findings.
by_artist = StratifiedGroupKFold(5, shuffle=True, random_state=0)
leakage_report(music.data, music.target, groups=music.groups, cv=by_artist)

# %%
# The gap
# -------
# The same model under folds of segments, of clips and of artists.
true = leakage_gap(
    nearest, music.data, music.target, groups=music.groups, n_repeats=3, random_state=0
)
true

# %%
# And with random labels, assigned per artist. Nothing can be learnt here, so any score above chance
# is leakage.
rng = np.random.default_rng(0)
artists, first = np.unique(music.groups, return_index=True)
label_of_artist = dict(zip(artists, rng.permutation(music.target[first]), strict=True))
labels = np.array([label_of_artist[artist] for artist in music.groups])
nonsense = leakage_gap(
    nearest, music.data, labels, groups=music.groups, n_repeats=3, random_state=0
)
nonsense

# %%
# Side by side, with 95 % intervals of the means over folds:
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for result, name, shift in ((true, "true labels", -0.1), (nonsense, "random labels", 0.1)):
    rows = result.summary.xs("segment", level="unit")
    half = rows["accuracy_high"] - rows["accuracy"]
    ax.errorbar(
        rows["accuracy"], np.arange(len(rows)) + shift, xerr=half, fmt="o", capsize=4, label=name
    )
ax.axvline(1 / len(genres), color="0.5", linestyle=":", label="chance")
ax.set_yticks(range(len(rows)), rows.index)
ax.invert_yaxis()
ax.set_xlim(0, 1.05)
ax.set_xlabel("accuracy of segments")
ax.set_title("The same model under three kinds of folds")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
