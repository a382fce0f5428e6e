"""Write the golden file of the present format: ``python tests/persistence/golden/make.py``.

Once for each format that was released, and never again: it stands for the files that users have.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.persistence import save_model
from skgenre.persistence._save import FORMAT

FOLDER = Path(__file__).parent


def make_clips():
    """Return tones that rise, and noise."""
    seconds = np.arange(22050) / 22050
    tones = [np.sin(2 * np.pi * (hertz + 200 * seconds) * seconds) for hertz in (220, 440, 880)]
    noise = np.random.default_rng(0).normal(0, 0.2, (3, 22050))
    return np.concatenate([np.array(tones) * 0.5, noise]).astype(np.float32)


def make_table():
    """Return forty numbers of each clip."""
    return np.abs(make_clips()[:, 5000:5040])


def main():
    """Fit, save, and keep what it predicts."""
    path = FOLDER / f"format-{FORMAT}.skops"
    if path.exists():
        raise SystemExit(f"{path} is there already: it stands for the files that users have.")
    mel = MelSpectrogram(n_mels=8, n_fft=512)
    network = CNNClassifier(channels=(2,), max_epochs=5, random_state=0, device="cpu")
    model = make_pipeline(Segmenter(mel, segment_duration=0.5), SegmentVotingClassifier(network))
    model.fit(make_clips(), ["tone"] * 3 + ["noise"] * 3)
    save_model(model, path)
    probabilities = model.predict_proba(make_clips()).tolist()
    path.with_suffix(".json").write_text(json.dumps(probabilities) + "\n")
    boosted = FOLDER / f"boosted-{FORMAT}.skops"
    X = make_table()
    trees = XGBGenreClassifier(n_estimators=3, min_child_weight=0, random_state=0)
    save_model(trees.fit(X, ["tone"] * 3 + ["noise"] * 3), boosted)
    probabilities = trees.predict_proba(X).tolist()
    boosted.with_suffix(".json").write_text(json.dumps(probabilities) + "\n")


if __name__ == "__main__":
    main()
