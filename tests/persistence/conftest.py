import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter


def make_small(**params):
    """Return a small pipeline of segments that vote."""
    mel = MelSpectrogram(n_mels=16, n_fft=512)
    network = CNNClassifier(channels=(4,), max_epochs=2, random_state=0, device="cpu", **params)
    return make_pipeline(Segmenter(mel, segment_duration=0.5), SegmentVotingClassifier(network))


@pytest.fixture(scope="session")
def music():
    """Sixteen clips of three genres, two seconds long."""
    genres = ["classical", "jazz", "metal"]
    return make_genre_music(16, genres=genres, duration=2.0, random_state=0)


@pytest.fixture(scope="session")
def fitted(music):
    """A small fitted pipeline. Not to be changed."""
    return make_small().fit(music.data, music.target)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "jazz", "pop"], 20)
    return rng.normal(size=(60, 20)) + (y == "jazz")[:, None], y
