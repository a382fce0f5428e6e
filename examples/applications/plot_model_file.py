"""
Save a model and read its card
==============================

:func:`~skgenre.persistence.save_model` writes a fitted pipeline to one file without code in it.
:func:`~skgenre.persistence.load_model` reads it without running any, and a card says what the model
expects.
"""

# %%
# Four models
# -----------
# All predict from sound files or waveforms: the features are part of the pipeline.
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, MFCCStatistics, Segmenter
from skgenre.persistence import load_model, model_card, save_model

genres = ["classical", "disco", "jazz", "metal"]
music = make_genre_music(60, genres=genres, duration=4.0, random_state=0)
voting = SegmentVotingClassifier(CNNClassifier(channels=(32, 32), max_epochs=10, random_state=0))
models: dict[str, BaseEstimator] = {
    "svm": make_pipeline(MFCCStatistics(), StandardScaler(), SVC(C=10)),
    "xgb": make_pipeline(MFCCStatistics(), XGBGenreClassifier(n_estimators=50)),
    "cnn": make_pipeline(Segmenter(MelSpectrogram(n_mels=48), segment_duration=2.0), voting),
}
folder = tempfile.TemporaryDirectory()
sizes = {}
for name, model in models.items():
    model.fit(music.data, music.target)
    path = Path(folder.name, f"{name}.skops")
    save_model(model, path)
    sizes[name] = path.stat().st_size / 1000

# %%
# A file has parameters and weights, but no training clips, and no optimizer.
figure, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
bars = ax.barh(list(sizes), list(sizes.values()), color="C0")
ax.bar_label(bars, [f"{size:.0f} kB" for size in sizes.values()], padding=4)
ax.margins(x=0.15)
ax.invert_yaxis()
ax.set_xlabel("size of the file (kB)")
plt.show()

# %%
# The loaded model predicts the same.
loaded = load_model(Path(folder.name, "cnn.skops"))
new = make_genre_music(8, genres=genres, duration=4.0, random_state=1)
same = np.allclose(loaded.predict_proba(new.data), models["cnn"].predict_proba(new.data), atol=1e-6)
print("same probabilities:", same)
print("predicted:", loaded.predict(new.data).tolist())
print("true:     ", new.target.tolist())

# %%
# The card
# --------
# It is made from the model and stored in the file. What can't be read from a model, such as the
# training data, is left as a line to fill in.
print(model_card(loaded))

# %%
folder.cleanup()
