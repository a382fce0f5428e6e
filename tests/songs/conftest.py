import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.features import MFCC, FramePooling, Segmenter

SR = 8000


def make_sounds(kinds, duration=1.0, seed=0):
    """Noises and tones, which any model tells apart."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration * SR)) / SR
    sounds = {
        "noise": lambda: 0.1 * rng.standard_normal(len(time)),
        "tone": lambda: 0.3 * np.sin(2 * np.pi * rng.uniform(300, 600) * time),
    }
    return np.stack([sounds[kind]() for kind in kinds]).astype(np.float32)


def make_mfcc(**params):
    return MFCC(sr=SR, n_mfcc=8, n_mels=32, n_fft=512, hop_length=256, **params)


@pytest.fixture(scope="session")
def clips():
    """Clips of one second, and what they are."""
    kinds = ["noise", "tone"] * 6
    return make_sounds(kinds), np.array(kinds)


@pytest.fixture(scope="session")
def pooled(clips):
    """A model of clips of one second. Not to be changed."""
    model = make_pipeline(make_mfcc(), FramePooling(), LogisticRegression(C=0.01, max_iter=1000))
    return model.fit(*clips)


@pytest.fixture(scope="session")
def voting(clips):
    """A model of segments of a quarter of a second that vote. Not to be changed."""
    return make_voting().fit(*clips)


def make_voting(**params):
    segmenter = Segmenter(make_mfcc(), sr=SR, **{"segment_duration": 0.25, **params})
    trees = LogisticRegression(C=0.01, max_iter=1000)
    return make_pipeline(segmenter, FramePooling(), SegmentVotingClassifier(trees))


@pytest.fixture
def write_song(tmp_path):
    """Write a song of parts of one second, of a last one of another length, and return its path."""

    def write(name, kinds, last=1.0, seed=1, rate=SR, **options):
        y = make_sounds(kinds, seed=seed).ravel()
        y = y[: len(y) - round((1.0 - last) * SR)]
        if rate != SR:
            y = np.repeat(y, rate // SR)
        path = tmp_path / name
        soundfile.write(path, y, rate, **{"subtype": "FLOAT", **options})
        return path

    return write
