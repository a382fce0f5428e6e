"""Networks with their defaults learn, from few clips and from short ones."""

import numpy as np
import pytest
from sklearn.base import clone

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    ParallelCRNNClassifier,
    SegmentVotingClassifier,
)

NETWORKS = [CNNClassifier(), CRNNClassifier(), LSTMClassifier(), ParallelCRNNClassifier()]


def make_maps(n_clips, n_frames, random_state):
    """Make noise with notes: low ones in blues, high ones in metal, as loud on the whole."""
    rng = np.random.default_rng(random_state)
    y = np.array(["blues", "metal"])[np.arange(n_clips) % 2]
    X = rng.normal(size=(n_clips, 16, n_frames)).astype(np.float32)
    n_notes, length = max(2, n_frames // 20), max(2, n_frames // 8)
    for maps, genre in zip(X, y, strict=True):
        for start in rng.integers(0, n_frames - length + 1, n_notes):
            band = rng.integers(0, 4) + (10 if genre == "metal" else 1)
            maps[band : band + 2, start : start + length] += 4.0
    return X, y


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)
@pytest.mark.parametrize("n_frames", [pytest.param(130, marks=pytest.mark.slow), 20])
def test_a_network_with_its_defaults_learns(network, n_frames):
    fitted = clone(network).set_params(random_state=0, device="cpu")
    fitted.fit(*make_maps(50, n_frames, random_state=0))
    assert fitted.score(*make_maps(30, n_frames, random_state=1)) > 0.85


def test_segments_of_few_clips_are_enough():
    (X, y), (others, _) = (make_maps(16, 80, random_state=seed) for seed in (0, 1))
    X, others = (np.stack(np.split(maps, 4, axis=2), axis=1) for maps in (X, others))
    model = SegmentVotingClassifier(CNNClassifier(random_state=0, device="cpu"))
    assert model.fit(X, y).score(others, y) > 0.85


@pytest.mark.parametrize("network", NETWORKS[:3], ids=lambda n: type(n).__name__)
def test_a_table_is_learnt_with_the_defaults(network):
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    table = rng.normal(size=(80, 20)) + 1.5 * y[:, np.newaxis] * (np.arange(20) < 5)
    fitted = clone(network).set_params(random_state=0, device="cpu").fit(table[:50], y[:50])
    assert fitted.score(table[50:], y[50:]) > 0.8
