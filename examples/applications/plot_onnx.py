"""
A model without skgenre
=======================

A fitted pipeline is exported to one ONNX file, and onnxruntime gives the same probabilities from
the waveforms. The part after the export needs no skgenre, PyTorch or librosa.
"""

# %%
# Fit a small network on synthetic music.
import tempfile
from pathlib import Path

from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.persistence import export_onnx

genres = ["classical", "jazz", "metal"]
music = make_genre_music(30, genres=genres, duration=3.0, random_state=0)
model = make_pipeline(
    Segmenter(MelSpectrogram(n_mels=48, hop_length=1024), segment_duration=1.0),
    SegmentVotingClassifier(CNNClassifier(channels=(16, 16), max_epochs=20, random_state=0)),
)
model.fit(music.data, music.target)
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "model.onnx"
export_onnx(model, path)
print(f"{path.stat().st_size / 1000:.0f} kB")

# %%
# From here on, only onnxruntime and NumPy are used. The metadata describe the expected waveforms,
# as JSON.
import json

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(path)
properties = session.get_modelmeta().custom_metadata_map
facts = {name: json.loads(value) for name, value in properties.items()}
print(facts)

# %%
# New clips, of another length than those of the fit: the pipeline cuts segments, so any length
# works.
clips = make_genre_music(6, genres=genres, duration=5.0, random_state=1)
probabilities = np.asarray(session.run(["probabilities"], {"waveform": clips.data})[0])
for genre, row in zip(clips.target, probabilities, strict=True):
    print(f"{genre:>10}: {facts['labels'][row.argmax()]} ({row.max():.2f})")

# %%
# The largest difference from the model itself, in probability:
ours = model.predict_proba(list(clips.data))
print(f"{np.abs(ours - probabilities).max():.1e}")

# %%
# Both, clip by clip:
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
x = np.arange(len(clips.target))
for number, genre in enumerate(facts["labels"]):
    place = x + 0.25 * (number - 1)
    axes.bar(place, probabilities[:, number], width=0.23, label=f"{genre}, onnxruntime")
    axes.scatter(place, ours[:, number], s=18, color="black", zorder=3)
axes.scatter([], [], s=18, color="black", label="skgenre")
axes.set(xticks=x, xticklabels=clips.target, xlabel="genre of the clip", ylabel="probability")
axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
plt.show()
