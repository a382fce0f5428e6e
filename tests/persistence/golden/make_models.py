"""Write three models of a commit and what they predict: ``python make_models.py FOLDER [pickle]``.

Run once with the package of that commit on ``PYTHONPATH``, and never again: the files stand for
those that users have.
"""

import json
import pickle
import platform
import runpy
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter
from skgenre.persistence import save_model

make_clips = runpy.run_path(str(Path(__file__).with_name("make.py")))["make_clips"]
GENRES = ["tone"] * 3 + ["noise"] * 3


def make_models():
    """Return a network on segments, a linear model of a table, and trees, all fitted."""
    clips = make_clips()
    network = CNNClassifier(channels=(2,), max_epochs=5, random_state=0, device="cpu")
    trees = XGBGenreClassifier(n_estimators=3, min_child_weight=0, random_state=0)
    models = {
        "network": make_pipeline(
            Segmenter(MelSpectrogram(n_mels=8, n_fft=512), segment_duration=0.5),
            SegmentVotingClassifier(network),
        ),
        "table": make_pipeline(
            MFCC(n_mfcc=4, n_mels=8, n_fft=512),
            FramePooling(),
            StandardScaler(),
            LogisticRegression(),
        ),
        "trees": make_pipeline(MelSpectrogram(n_mels=8, n_fft=512), FramePooling(), trees),
    }
    return {name: model.fit(clips, GENRES) for name, model in models.items()}


def main():
    """Fit, save, and keep what they predict."""
    folder = Path(sys.argv[1])
    folder.mkdir()
    expected = {"python": platform.python_version(), "scikit-learn": sklearn.__version__}
    for name, model in make_models().items():
        save_model(model, folder / f"{name}.skops")
        if "pickle" in sys.argv:
            (folder / f"{name}.pickle").write_bytes(pickle.dumps(model, protocol=4))
        expected[name] = np.asarray(model.predict_proba(make_clips()), float).tolist()
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
