"""Predict the genre of a file without skgenre: python without_skgenre.py model.onnx song.mp3.

It needs numpy, onnxruntime, soundfile and soxr, and a file written by `skgenre export`.
"""

import json
import sys

import numpy as np
import onnxruntime
import soundfile
import soxr

session = onnxruntime.InferenceSession(sys.argv[1])
properties = session.get_modelmeta().custom_metadata_map
facts = {name: json.loads(value) for name, value in properties.items()}

y, sr = soundfile.read(sys.argv[2], dtype="float32", always_2d=True)
y = soxr.resample(y.mean(axis=1), sr, facts["sr"], quality="HQ")
if facts["n_samples"] is not None:  # a model of clips of one length
    y = np.pad(y, (0, max(0, facts["n_samples"] - len(y))))[: facts["n_samples"]]
probabilities = np.asarray(session.run(["probabilities"], {"waveform": y[np.newaxis]})[0])
for n in probabilities[0].argsort()[::-1][:5]:
    print(f"{facts['labels'][n]:>12} {probabilities[0, n]:.2f}")
