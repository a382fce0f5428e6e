"""Conformal sets that contain the true genre in 90 % of cases, with crepes."""

import crepes
import numpy as np
import sklearn
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import XGBGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling

genres = ["classical", "jazz", "metal"]
music = make_genre_music(230, genres=genres, duration=2.0, random_state=0)
X, X_rest, y, y_rest = train_test_split(
    music.data, music.target, train_size=30, stratify=music.target, random_state=0
)
X_calibration, X_test, y_calibration, y_test = train_test_split(
    X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)
pipeline = make_pipeline(
    MFCC(), FramePooling(), XGBGenreClassifier(n_estimators=30, random_state=0)
)
conformal = crepes.WrapClassifier(pipeline)
conformal.fit(X, y)
conformal.calibrate(X_calibration, y_calibration)
sets = conformal.predict_set(X_test, labels=False, confidence=0.9, seed=0)
truth = np.searchsorted(pipeline.classes_, y_test)
coverage = sets[np.arange(len(truth)), truth].mean()
assert sets.shape == (len(X_test), len(genres))
assert coverage > 0.7, coverage  # 100 clips: not exact
print(
    f"crepes {crepes.__version__}, scikit-learn {sklearn.__version__}: the true genre is in "
    f"{coverage:.0%} of the sets, {sets.sum(axis=1).mean():.1f} genres in each"
)
