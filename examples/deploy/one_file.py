"""Predict the genre of one file: python one_file.py model.skops song.mp3."""

import sys

from skgenre.persistence import load_model

model = load_model(sys.argv[1], device="cpu")
probabilities = model.predict_proba([sys.argv[2]])[0]
for n in probabilities.argsort()[::-1][:5]:
    print(f"{model.classes_[n]:>12} {probabilities[n]:.2f}")
