"""Which parameters may change when training goes on: `warm_start` and `partial_fit`."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone

from skgenre.classifiers import (
    CNNClassifier,
    CovarianceNetClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    TransferCNNClassifier,
)

FAMILIES = [
    CNNClassifier(channels=(2,)),
    CovarianceNetClassifier(n_filters=2, channels=(2,)),
    CRNNClassifier(channels=(2,), hidden_size=2),
    LSTMClassifier(hidden_size=2),
    MLPGenreClassifier(dense=(2,)),
    ParallelCRNNClassifier(channels=(2,), hidden_size=2),
    TransferCNNClassifier(weights=None, image_size=(32, 32), width=0.05, dense=(2,)),
]
OTHER = {"weights": Path("other.pth"), "net_params": {"plateau_patience": 9}, "optimizer": "sgd"}


@pytest.fixture(params=FAMILIES, ids=lambda family: type(family).__name__)
def network(request, maps):
    fast = {"max_epochs": 1, "random_state": 0, "device": "cpu", "warm_start": True}
    return clone(request.param).set_params(**fast).fit(*maps)


def test_what_makes_the_network_can_not_change(network, maps):
    names = (*network._module_parameters, *network._net_parameters)
    assert {"optimizer", "weight_decay", "label_smoothing", "net_params"} < set(names)
    loaded = pickle.loads(pickle.dumps(network))
    for name in names:
        value = network.get_params()[name]
        other = OTHER.get(name, not value if isinstance(value, bool) else 0.3125)
        for fitted in (network, loaded):
            fitted.set_params(**{name: other})
            for method in ("fit", "partial_fit"):
                # Whether the other value is a possible one makes no difference here.
                with (
                    config_context(skip_parameter_validation=True),
                    pytest.raises(ValueError, match=f"The '{name}' parameter of .* can't change"),
                ):
                    getattr(fitted, method)(*maps)
            fitted.set_params(**{name: value})
    assert len(network.fit(*maps).history_) == 2


def test_what_only_steers_the_training_may_change(network, maps):
    network.set_params(
        lr=1e-2,
        max_epochs=2,
        batch_size=16,
        schedule="cosine",
        l2=1e-3,
        gradient_clip=1.0,
        ema_decay=0.5,
        early_stopping=True,
        class_weight="balanced",
        random_state=1,
    )
    assert len(network.fit(*maps).history_) == 3


def test_a_list_is_the_same_as_a_tuple(maps):
    network = CNNClassifier(channels=(2, 2), max_epochs=1, warm_start=True, device="cpu")
    assert len(network.fit(*maps).set_params(channels=[2, 2]).fit(*maps).history_) == 2


def test_without_warm_start_a_new_network_is_made(maps):
    network = CNNClassifier(channels=(2,), max_epochs=1, device="cpu").fit(*maps)
    assert len(network.set_params(channels=(4, 4)).fit(*maps).history_) == 1
    assert network.net_.get_params()["module__channels"] == (4, 4)


def test_parameters_that_change_after_fit_change_no_prediction(maps):
    """The network that was trained is what is pickled, too."""
    network = CNNClassifier(channels=(2,), max_epochs=1, device="cpu").fit(*maps)
    expected = network.predict_proba(maps[0])
    network.set_params(channels=(4, 4), activation="tanh")
    loaded = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(loaded.predict_proba(maps[0]), expected)
    with pytest.raises(ValueError, match="'channels' parameter"):
        loaded.partial_fit(*maps)
    assert (
        "_trained_with" not in network.set_params(channels=(2,), activation="relu").__getstate__()
    )
