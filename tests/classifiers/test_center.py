"""Bands centred per clip inside the network: `center`."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    SegmentVotingClassifier,
    TorchClassifier,
    TransferCNNClassifier,
)
from skgenre.classifiers._training.data import MapDataset, band_statistics
from skgenre.nn import CNN, MLP, Standardize
from skgenre.persistence import load_model, save_model

TRANSFER = {"weights": None, "image_size": (32, 32), "width": 0.05, "dense": (2,)}
FAMILIES = [
    CNNClassifier(channels=(2,)),
    CNNClassifier(dims=2, channels=(2,), colormap="jet", in_channels=3),
    CRNNClassifier(channels=(2,), hidden_size=2),
    LSTMClassifier(hidden_size=2),
    MLPGenreClassifier(dense=(2,)),
    ParallelCRNNClassifier(channels=(2,), hidden_size=2),
    TransferCNNClassifier(**TRANSFER),
    TransferCNNClassifier(**TRANSFER, colormap="jet"),
    TorchClassifier(MLP, module_params={"dense": (2,)}),
]
FAST = {"max_epochs": 1, "random_state": 0, "device": "cpu"}
LEVELS = np.linspace(-40, 40, 8, dtype=np.float32)[:, np.newaxis]


@pytest.fixture(params=FAMILIES, ids=lambda family: type(family).__name__)
def family(request):
    return clone(request.param).set_params(**FAST)


def test_the_level_of_a_band_makes_no_difference(family, maps):
    X, y = maps
    centred = family.set_params(center="clip").fit(X, y)
    np.testing.assert_allclose(
        centred.predict_proba(X + LEVELS), centred.predict_proba(X), atol=1e-3
    )
    assert centred.net_.module_.standardize.center == "clip"


def test_it_is_the_same_as_maps_centred_beforehand(maps):
    X, y = maps
    inside = CNNClassifier(channels=(2,), center="clip", **FAST).fit(X + LEVELS, y)
    outside = CNNClassifier(channels=(2,), center=None, **FAST).fit(X - X.mean(2, keepdims=True), y)
    np.testing.assert_allclose(
        inside.predict_proba(X), outside.predict_proba(X - X.mean(2, keepdims=True)), atol=1e-4
    )


def test_statistics_are_those_of_centred_maps():
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(30, 4, 9)) + 50 * rng.normal(size=(30, 4, 1))).astype(np.float32)
    X[:, 3] = X[:, 3, :1]  # constant in each clip
    mean, std = band_statistics(MapDataset(X, np.zeros(30), np.ones(30)), "clip")
    centred = X[:, :3] - X[:, :3].mean(2, keepdims=True)
    np.testing.assert_allclose(mean, 0, atol=1e-4)
    np.testing.assert_allclose(std[:3], centred.std((0, 2)), rtol=1e-4)
    assert std[3] == 0


@pytest.mark.parametrize("n_features", [1, 6])
def test_tables_are_not_centred(family, n_features):
    table = np.random.default_rng(0).normal(size=(12, n_features))
    y = np.arange(12) % 2
    plain, centred = (clone(family).set_params(center=c).fit(table, y) for c in (None, "clip"))
    np.testing.assert_array_equal(centred.predict_proba(table), plain.predict_proba(table))
    loaded = pickle.loads(pickle.dumps(centred))
    np.testing.assert_array_equal(loaded.predict_proba(table), plain.predict_proba(table))


def test_maps_of_one_frame_are_not_centred(maps):
    X, y = maps
    plain, centred = (
        MLPGenreClassifier(center=center, **FAST).fit(X[:, :, :1], y) for center in (None, "clip")
    )
    np.testing.assert_array_equal(
        centred.predict_proba(X[:, :, :1]), plain.predict_proba(X[:, :, :1])
    )


def test_each_segment_is_centred_on_its_own(maps):
    X, y = maps
    segments = np.stack([X, X + LEVELS], axis=1)
    model = SegmentVotingClassifier(CNNClassifier(channels=(2,), center="clip", **FAST))
    votes = model.fit(segments, y).predict_proba_segments(segments)
    np.testing.assert_allclose(votes[:, 0], votes[:, 1], atol=1e-4)


def test_files_keep_it(maps, tmp_path):
    X, y = maps
    fitted = CNNClassifier(channels=(2,), center="clip", **FAST).fit(X, y)
    save_model(fitted, tmp_path / "model.skops")
    for loaded in (load_model(tmp_path / "model.skops"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_pickles_from_before_it_existed_are_not_centred(maps):
    X, y = maps
    fitted = CNNClassifier(channels=(2,), center=None, **FAST).fit(X, y)
    old = fitted.__getstate__()
    del old["center"]
    older = CNNClassifier.__new__(CNNClassifier)
    older.__setstate__(old)
    assert older.center is None
    np.testing.assert_array_equal(older.predict_proba(X), fitted.predict_proba(X))
    layer = fitted.net_.module_.standardize
    del layer.__dict__["center"]  # as of a module that was pickled whole
    np.testing.assert_array_equal(older.predict_proba(X), fitted.predict_proba(X))


def test_another_value_is_refused(maps):
    with pytest.raises(ValueError, match="'center' parameter of CNNClassifier"):
        CNNClassifier(center="band").fit(*maps)
    with pytest.raises(ValueError, match="'center' parameter of Standardize must be 'clip' or"):
        Standardize(4, center="band")
    with pytest.raises(ValueError, match="'center'"):
        CNN(4, 4, 2, center="band")


def test_a_layer_centres_before_it_scales():
    layer = Standardize(1, center="clip")
    layer.set(torch.tensor([1.0]), torch.tensor([2.0]))
    torch.testing.assert_close(
        layer(torch.tensor([[[8.0, 10.0, 12.0]]])), torch.tensor([[[-1.5, -0.5, 0.5]]])
    )
