"""
Plots of clips and models
=========================

Every display of :mod:`skgenre.inspection`, on synthetic music: first clips and features, then a
model's predictions and their calibration.
"""

# %%
# A clip
# ------
# Twelve seconds: the first half is disco, the second jazz.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import MLPGenreClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, ChromaFeatures, FramePooling, MelSpectrogram, Segmenter
from skgenre.inspection import (
    FeatureMapDisplay,
    FeatureScatterDisplay,
    GenreConfusionMatrixDisplay,
    GenrePrecisionRecallDisplay,
    GenreTimelineDisplay,
    HistoryDisplay,
    ReliabilityDisplay,
    SpectrogramDisplay,
    WaveformDisplay,
)
from skgenre.metrics import classification_report_frame

halves = make_genre_music(2, genres=["disco", "jazz"], duration=6.0, random_state=7)
medley = np.concatenate(halves.data)

figure, axes = plt.subplots(2, 1, figsize=(9, 5), height_ratios=(1, 2), layout="constrained")
WaveformDisplay.from_clip(medley, ax=axes[0])
SpectrogramDisplay.from_clip(medley, ax=axes[1])
plt.show()

# %%
# Features, with rows labelled by Hz, note names or coefficient numbers:
figure, axes = plt.subplots(3, 1, figsize=(9, 8), layout="constrained")
for ax, feature in zip(axes, [MelSpectrogram(), ChromaFeatures(), MFCC()], strict=True):
    FeatureMapDisplay.from_estimator(feature, medley, ax=ax)
    ax.set_title(type(feature).__name__, loc="left")
plt.show()

# %%
# Clips in a plane
# ----------------
# 100 clips of ten styles. PCA does not use the genres; LDA does, and separates the clips that it is
# fitted on better than it would others.
music = make_genre_music(100, duration=4.0, random_state=0)
segmenter = Segmenter(make_pipeline(MFCC(), FramePooling()), segment_duration=1.0)
segments = segmenter.fit_transform(music.data)

figure, axes = plt.subplots(2, 1, figsize=(7, 8.5), layout="constrained")
for ax, method in zip(axes, ["pca", "lda"], strict=True):
    FeatureScatterDisplay.from_features(segments, music.target, method=method, ax=ax)
plt.show()

# %%
# A model's predictions
# ---------------------
# Held-out probabilities, with artists kept together.
voting = SegmentVotingClassifier(
    make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
)
probabilities = cross_val_predict(
    voting,
    segments,
    music.target,
    groups=music.groups,
    cv=StratifiedGroupKFold(5, shuffle=True, random_state=0),
    method="predict_proba",
)
predicted = music.target_names[np.asarray(probabilities).argmax(axis=1)]
GenreConfusionMatrixDisplay.from_predictions(music.target, predicted)
plt.show()

# %%
# The same in numbers:
classification_report_frame(music.target, predicted).round(2)

# %%
# The curves show the recall of each genre, and the precision it costs.
GenrePrecisionRecallDisplay.from_predictions(music.target, probabilities)
plt.show()

# %%
# Are the probabilities calibrated? Bars below the diagonal are overconfident predictions, bars
# above it underconfident ones.
ReliabilityDisplay.from_predictions(music.target, probabilities)
plt.show()

# %%
# Segment by segment
# ------------------
# Predictions over the medley. The model was fitted on whole clips of one style, and votes over
# their segments; these are the votes of single segments.
model = make_pipeline(segmenter, voting).fit(music.data, music.target)
GenreTimelineDisplay.from_estimator(model, medley)
plt.show()

# %%
# Training history
# ----------------
# A network that stops early keeps the weights of the epoch with the lowest validation loss.
network = make_pipeline(
    StandardScaler(), MLPGenreClassifier(max_epochs=80, early_stopping=True, random_state=0)
)
table = segments.mean(axis=1)[..., 0]
HistoryDisplay.from_estimator(
    network.fit(table, music.target, mlpgenreclassifier__groups=music.groups)
)
plt.show()
