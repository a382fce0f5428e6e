"""Balance genres with imbalanced-learn, on tables.

A sampler changes the number of rows, which no step of skgenre does, so use imbalanced-learn's
own Pipeline, which resamples in fit and never in predict.
"""

import imblearn
import numpy as np
import sklearn
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling

music = make_genre_music(24, genres=["jazz", "metal"], duration=2.0, random_state=0)
jazz, metal = np.flatnonzero(music.target == "jazz"), np.flatnonzero(music.target == "metal")
rows = np.concatenate([jazz, metal[:4]])  # three times as much jazz
X, y = music.data[rows], music.target[rows]

pipeline = make_pipeline(
    MFCC(),
    FramePooling(),
    StandardScaler(),
    SMOTE(k_neighbors=2, random_state=0),
    LogisticRegression(),
)
pipeline.fit(X, y)
table = pipeline[:3].transform(X)
balanced, genres = SMOTE(k_neighbors=2, random_state=0).fit_resample(table, y)
counts = dict(zip(*np.unique(genres, return_counts=True), strict=True))
assert counts["jazz"] == counts["metal"] == len(jazz)

predicted = pipeline.predict(music.data)
assert len(predicted) == len(music.data)
accuracy = np.mean(predicted[metal[4:]] == "metal")
assert accuracy > 0.6, accuracy
print(
    f"imbalanced-learn {imblearn.__version__}, scikit-learn {sklearn.__version__}: "
    f"{accuracy:.2f} of the metal that was held back is found"
)
