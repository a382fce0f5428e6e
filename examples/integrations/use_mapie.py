"""Conformal sets that contain the true genre in 90 % of cases, with MAPIE."""

import mapie
import numpy as np
import sklearn
from mapie.classification import SplitConformalClassifier
from sklearn.model_selection import train_test_split

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram

genres = ["classical", "jazz", "metal"]
music = make_genre_music(90, genres=genres, duration=2.0, random_state=0)
maps = MelSpectrogram(n_mels=32, hop_length=1024).fit_transform(music.data)
X, X_rest, y, y_rest = train_test_split(
    maps, music.target, train_size=30, stratify=music.target, random_state=0
)
X_calibration, X_test, y_calibration, y_test = train_test_split(
    X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)
network = CNNClassifier(channels=(8, 8), max_epochs=15, lr=0.01, random_state=0).fit(X, y)

conformal = SplitConformalClassifier(network, confidence_level=0.9, prefit=True)
conformal.conformalize(X_calibration, y_calibration)
_, sets = conformal.predict_set(X_test)
sets = sets[:, :, 0]
truth = np.searchsorted(network.classes_, y_test)
coverage = sets[np.arange(len(truth)), truth].mean()
assert sets.shape == (len(X_test), len(genres))
assert coverage > 0.7, coverage  # 30 clips: far from exact
print(
    f"mapie {mapie.__version__}, scikit-learn {sklearn.__version__}: the true genre is in "
    f"{coverage:.0%} of the sets, {sets.sum(axis=1).mean():.1f} genres in each"
)
