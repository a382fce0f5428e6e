"""The second-order network as a classifier, and as features for another one."""

import pickle

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skgenre.classifiers import CovarianceNetClassifier, SegmentVotingClassifier
from skgenre.persistence import load_model, save_model

SMALL = {"n_filters": 4, "channels": (3,), "random_state": 0, "device": "cpu"}


@pytest.fixture(scope="module")
def moving():
    """Clips of two genres that differ in which bands rise and fall together alone."""
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 40)
    X = rng.normal(size=(80, 8, 40)).astype(np.float32)
    X[y == "metal", 4:] += X[y == "metal", :4]
    X[y == "blues", 4:] *= 2**0.5
    return X + 10 * rng.normal(size=(80, 1, 1)).astype(np.float32), y


def test_it_finds_what_moves_together(moving):
    X, y = moving
    net = CovarianceNetClassifier(**SMALL, max_epochs=10).fit(X[::2], y[::2])
    assert net.score(X[1::2], y[1::2]) > 0.9
    probabilities = net.predict_proba(X)
    np.testing.assert_allclose(net.predict_proba(X[7:8]), probabilities[7:8], atol=1e-5)


@pytest.mark.parametrize("n_estimators", [1, 3])
def test_it_stays_the_same_in_files_and_with_the_same_seed(moving, n_estimators, tmp_path):
    X, y = moving
    net = CovarianceNetClassifier(**SMALL, max_epochs=2, n_estimators=n_estimators)
    expected = net.fit(X, y).predict_proba(X)
    save_model(net, tmp_path / "net.skops")
    for loaded in (load_model(tmp_path / "net.skops"), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(loaded.predict_proba(X), expected)
        np.testing.assert_array_equal(loaded.transform(X), net.transform(X))
    np.testing.assert_array_equal(net.fit(X, y).predict_proba(X), expected)


def test_networks_are_trained_together_each_on_its_own_loss(moving):
    X, y = moving
    net = CovarianceNetClassifier(**SMALL, max_epochs=10, n_estimators=3).fit(X, y)
    heads = [classifier[-1].weight for classifier in net.net_.module_.classifiers]
    assert all(head.abs().max() > 1e-4 for head in heads)
    assert not np.allclose(heads[0].detach(), heads[1].detach(), atol=1e-5)
    assert net.score(X, y) > 0.8
    assert net.history_["train_accuracy"].iloc[-1] > 0.7


def test_its_features_suit_another_classifier(moving):
    X, y = moving
    net = CovarianceNetClassifier(**SMALL, max_epochs=3)
    model = make_pipeline(net, SVC()).fit(X[::2], y[::2])
    assert model.score(X[1::2], y[1::2]) > 0.9
    table = model[0].transform(X)
    assert table.dtype == np.float32
    assert table.shape == (80, len(model[0].get_feature_names_out()))


def test_the_dense_layer_has_its_own_rate_and_decay(moving):
    X, y = moving
    net = CovarianceNetClassifier(
        **SMALL, max_epochs=1, schedule="constant", lr=1e-3, head_lr=5.0, head_weight_decay=0.3
    ).fit(X, y)
    names = {id(p): name for name, p in net.net_.module_.named_parameters()}
    head, rest = net.net_.optimizer_.param_groups
    assert {names[id(p)] for p in head["params"]} == {
        "classifiers.0.2.weight", "classifiers.0.2.bias",
    }  # fmt: skip
    assert (head["lr"], head["weight_decay"]) == (0.005, 0.3)
    assert (rest["lr"], rest["weight_decay"]) == (0.001, 0.0)
    net.set_params(warm_start=True, lr=1e-2).fit(X, y)
    assert [group["lr"] for group in net.net_.optimizer_.param_groups] == [0.05, 0.01]
    with pytest.raises(ValueError, match=r"'head_weight_decay' parameter .* can't change"):
        net.set_params(head_weight_decay=0.1).fit(X, y)


def test_segments_vote(moving):
    X, y = moving
    segments = np.stack([X[:, :, :20], X[:, :, 20:]], axis=1)
    model = SegmentVotingClassifier(CovarianceNetClassifier(**SMALL, max_epochs=8))
    assert model.fit(segments, y).score(segments, y) > 0.9


def test_parameters_are_checked(moving):
    X, y = moving
    with pytest.raises(ValueError, match="'ridge' parameter of CovarianceNetClassifier"):
        CovarianceNetClassifier(ridge=0.0).fit(X, y)
    with pytest.raises(ValueError, match="'lags' parameter must be different"):
        CovarianceNetClassifier(lags=(1, 1)).fit(X, y)
