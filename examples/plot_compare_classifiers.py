"""
CNN, LSTM, CRNN and XGBoost on the same clips
=============================================

Four pipelines are compared on the same clips and the same folds. The networks read mel spectrograms of segments, the trees
statistics of MFCC and chroma; all of them vote over the segments of a clip, and a row is a clip throughout.
"""

# %%
# The clips
# ---------
# Five styles of the embedded music, 60 clips of 6 seconds. Two clips each are by one artist: ``groups``.
import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay
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
from skgenre.model_selection import compare

genres = ["classical", "disco", "jazz", "metal", "reggae"]
music = make_genre_music(60, genres=genres, duration=6.0, random_state=0)

# %%
# The pipelines
# -------------


def vote(network):
    """Mel spectrograms of 3-second segments, and a network that votes over them."""
    mel = MelSpectrogram(n_mels=48, hop_length=1024)
    return make_pipeline(Segmenter(mel, segment_duration=3.0), SegmentVotingClassifier(network))


timbre_and_harmony = FeatureStack([MFCC(n_mfcc=20), ChromaFeatures()])
pipelines = {
    "cnn": vote(CNNClassifier(channels=(16, 32), max_epochs=15)),
    "lstm": vote(LSTMClassifier(hidden_size=48, max_epochs=40)),
    "crnn": vote(CRNNClassifier(channels=(32, 32), hidden_size=48, max_epochs=30)),
    "xgb": make_pipeline(
        Segmenter(timbre_and_harmony, segment_duration=3.0),
        FramePooling(statistics=("mean", "std")),
        SegmentVotingClassifier(XGBGenreClassifier(n_estimators=100)),
    ),
}

# %%
# The comparison
# --------------
# The folds are stratified by genre and keep artists together. Features are computed once for each clip.
result = compare(
    pipelines,
    music.data,
    music.target,
    groups=music.groups,
    cv=3,
    scoring=["accuracy", "f1_macro"],
    random_state=0,
)
result

# %%
# The spread over folds belongs to the figure: with three folds the intervals are wide.
result.plot()

# %%
# Which differences are real is a question for a test: here the t-test that allows for the training clips which folds share, corrected for the number of
# pairs.
print("\n".join(result.conclusions()))

# %%
# Pipelines that no test tells apart have the same rank.
result.ranking()

# %%
# Where the best one errs, over all held-out clips:
best = result.summary.index[0]
held_out = result.predictions.query("pipeline == @best")
figure, ax = plt.subplots(figsize=(5, 4.5), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    held_out["target"], held_out["predicted"], xticks_rotation=45, cmap="Blues", ax=ax
)
ax.set_title(best)
plt.show()
