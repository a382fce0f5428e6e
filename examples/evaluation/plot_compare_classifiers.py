"""
CNN, LSTM, CRNN and XGBoost on the same features
================================================

Four classifiers use the same features of the same clips, in the same folds: mel bands, MFCCs and
chroma of three-second segments. The networks use the sequence of frames, the trees their means and
standard deviations. All of them vote over the segments of a clip, and a row is always a clip.
"""

# %%
# The clips
# ---------
# Five styles of synthetic music, 60 clips of 6 seconds, two per artist: ``groups``.
import matplotlib.pyplot as plt
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.datasets import make_genre_music
from skgenre.features import (
    MFCC,
    ChromaFeatures,
    FeatureStack,
    FramePooling,
    MelSpectrogram,
    Segmenter,
)
from skgenre.inspection import GenreConfusionMatrixDisplay
from skgenre.model_selection import compare

genres = ["classical", "disco", "jazz", "metal", "reggae"]
music = make_genre_music(60, genres=genres, duration=6.0, random_state=0)

# %%
# The features
# ------------
# They are computed once, before the folds: they are not fitted, and no clip's features depend on
# another clip.
stack = FeatureStack(
    [
        MelSpectrogram(n_mels=48, hop_length=1024),
        MFCC(n_mfcc=20, hop_length=1024),
        ChromaFeatures(hop_length=1024),
    ]
)
maps = Segmenter(stack, segment_duration=3.0).fit_transform(music.data)
maps.shape  # clips, segments, bands, frames

# %%
# The classifiers
# ---------------
networks = {
    "cnn": CNNClassifier(),
    "lstm": LSTMClassifier(),
    "crnn": CRNNClassifier(),
}
classifiers: dict[str, BaseEstimator] = {
    name: SegmentVotingClassifier(network) for name, network in networks.items()
}
classifiers["xgb"] = make_pipeline(
    FramePooling(statistics=("mean", "std")),
    SegmentVotingClassifier(XGBGenreClassifier(n_estimators=100)),
)

# %%
# The comparison
# --------------
# The folds are stratified by genre and keep artists together.
result = compare(
    classifiers,
    maps,
    music.target,
    groups=music.groups,
    cv=3,
    scoring=["accuracy", "f1_macro"],
    random_state=0,
)
result

# %%
# Report the interval with the score: these clips are few.
result.plot()

# %%
# Tests show which differences are significant on these clips. Three folds are too few to ask the
# same for new training sets.
print("\n".join(result.conclusions()))

# %%
# Pipelines that do not differ significantly share a rank.
result.ranking()

# %%
# The errors of the best pipeline, over all held-out clips:
GenreConfusionMatrixDisplay.from_comparison(result)

# %%
# Learning curves
# ---------------
# ``history_`` has one row per epoch. Here a third of the clips is set aside, artists kept together,
# and no network stops before its last epoch; the dotted line is the epoch with the lowest
# validation loss, whose weights are kept.
watch = {"early_stopping": True, "validation_fraction": 1 / 3, "n_iter_no_change": 40}
figure, axes = plt.subplots(2, 3, figsize=(9, 5), sharex="col", sharey="row", layout="constrained")
for (name, network), (above, below) in zip(networks.items(), axes.T, strict=True):
    voting = SegmentVotingClassifier(clone(network).set_params(random_state=0, **watch))
    voting.fit(maps, music.target, groups=music.groups)
    history = voting.estimator_.history_.set_index("epoch")
    for ax, score in ((above, "loss"), (below, "accuracy")):
        ax.plot(history[f"train_{score}"], label="training")
        ax.plot(history[f"valid_{score}"], label="validation")
        ax.axvline(history["valid_loss"].idxmin(), color="0.5", linestyle=":")
    above.set_title(f"{name}, {history['seconds'].sum():.1f} s")
    below.set_xlabel("epoch")
axes[0, 0].set_ylabel("loss")
axes[1, 0].set_ylabel("accuracy")
axes[1, 0].set_ylim(0, 1.05)
axes[0, 0].legend()
plt.show()
