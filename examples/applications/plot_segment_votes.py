"""
Vote over the segments of a clip
================================

A clip is cut into segments, each segment is predicted, and the clip gets the mean of their
probabilities. The more segments vote, the better; segments are an axis of the array, so a row stays
a clip and none is in both train and test.
"""

# %%
# Segments of two seconds
# -----------------------
# 120 clips of twelve seconds in eight styles. Half of the artists are held out.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, Segmenter
from skgenre.model_selection import StratifiedGroupShuffleSplit

genres = ["blues", "classical", "country", "disco", "jazz", "pop", "reggae", "rock"]
music = make_genre_music(120, genres=genres, duration=12.0, random_state=0)
segmenter = Segmenter(make_pipeline(MFCC(n_mfcc=13), FramePooling()), segment_duration=1.0)
segments = segmenter.fit_transform(music.data)
segments.shape  # clips, segments, columns, one frame

# %%
split = StratifiedGroupShuffleSplit(n_splits=1, test_size=0.5, random_state=0)
train, test = next(split.split(segments, music.target, groups=music.groups))
voting = SegmentVotingClassifier(
    make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
)
voting.fit(segments[train], music.target[train])
print(f"accuracy of clips: {voting.score(segments[test], music.target[test]):.2f}")

# %%
# Fewer votes
# -----------
# The same model with the votes of 1 to 12 segments, drawn at random from each held-out clip. "hard"
# counts predicted genres instead of averaging probabilities.
probabilities = np.stack(list(voting.predict_proba_segments(segments[test])))
truth = np.searchsorted(voting.classes_, music.target[test])
hard = np.eye(len(genres))[probabilities.argmax(axis=2)]
rng = np.random.default_rng(0)
counts = np.arange(1, probabilities.shape[1] + 1)
curves = {"soft": [], "hard": []}
for count in counts:
    scores = {"soft": [], "hard": []}
    for _ in range(30):
        order = rng.permuted(np.tile(np.arange(len(counts)), (len(test), 1)), axis=1)[:, :count]
        for name, votes in (("soft", probabilities), ("hard", hard)):
            mean = np.take_along_axis(votes, order[:, :, None], axis=1).mean(axis=1)
            scores[name].append((mean.argmax(axis=1) == truth).mean())
    for name, values in scores.items():
        curves[name].append(np.mean(values))

figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for name, values in curves.items():
    ax.plot(counts, values, "o-", label=f"voting={name!r}")
ax.axhline(1 / len(genres), color="0.5", linestyle=":", label="chance")
ax.set(xlabel="segments of one second that vote", ylabel="accuracy of clips", ylim=(0, 1))
ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
plt.show()

# %%
# One clip
# --------
# The probabilities of the segments of a clip whose segments disagree, in the colours of the genres.
from skgenre.inspection import GenreTimelineDisplay

disagreement = np.array([len(set(clip.argmax(axis=1))) for clip in probabilities])
chosen = disagreement.argmax()
display = GenreTimelineDisplay.from_predictions(
    probabilities[chosen], classes=voting.classes_, segment_duration=1.0, kind="stack"
)
display.ax_.set_title(f"true genre: {music.target[test][chosen]}")
plt.show()
