"""A network that was loaded predicts without a net, and gets one when it is asked for."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from skgenre.classifiers import (
    CNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    TorchClassifier,
)
from skgenre.nn import CNN, RecurrentNetwork


@pytest.fixture(params=[CNNClassifier(channels=(4,)), MLPGenreClassifier(dense=(4,))])
def fitted(request):
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(12, 6, 8)).astype(np.float32)
    network = request.param.set_params(max_epochs=2, random_state=0, device="cpu")
    return network.fit(maps, np.repeat(["a", "b"], 6)), maps


def test_it_predicts_the_same_before_and_after_its_net_is_built(fitted):
    network, maps = fitted
    loaded = pickle.loads(pickle.dumps(network))
    expected = network.predict_proba(maps)
    np.testing.assert_array_equal(loaded.predict_proba(maps), expected)
    again = pickle.loads(pickle.dumps(loaded))
    np.testing.assert_array_equal(again.predict_proba(maps), expected)
    assert len(loaded.net_.history_) == 0
    np.testing.assert_array_equal(loaded.predict_proba(maps), expected)
    assert pickle.dumps(loaded) == pickle.dumps(again)


def test_it_goes_on_learning_from_where_it_was(fitted):
    network, maps = fitted
    y = np.repeat(["a", "b"], 6)
    silent, asked = (pickle.loads(pickle.dumps(network)) for _ in range(2))
    asked.predict(maps)
    for loaded in (silent, asked):
        loaded.partial_fit(maps, y)
    assert not np.array_equal(asked.predict_proba(maps), network.predict_proba(maps))
    np.testing.assert_array_equal(asked.predict_proba(maps), silent.predict_proba(maps))


def test_a_new_fit_forgets_what_was_loaded(fitted):
    network, maps = fitted
    loaded = pickle.loads(pickle.dumps(network))
    loaded.predict(maps)
    loaded.fit(-maps, np.repeat(["c", "d"], 6))
    assert set(loaded.predict(maps)) <= {"c", "d"}
    fresh = pickle.loads(pickle.dumps(loaded))
    np.testing.assert_array_equal(fresh.predict_proba(maps), loaded.predict_proba(maps))


# Defaults of the modules before they were chosen by accuracy, with small layers.
EARLIER = {
    CNN: {"dims": 2, "channels": (32, 64, 128), "pool_size": 2, "center": None},
    RecurrentNetwork: {
        "pool_size": 1,
        "hidden_size": 64,
        "num_layers": 2,
        "head": "last",
        "dense": (64,),
        "center": None,
    },
}


@pytest.mark.parametrize("module", EARLIER)
def test_a_module_in_an_older_file_keeps_the_defaults_it_had(module):
    X = np.random.default_rng(0).normal(size=(12, 6, 9)).astype(np.float32)
    network = TorchClassifier(module, module_params=EARLIER[module], max_epochs=1, device="cpu")
    fitted = network.fit(X, np.arange(12) % 2)
    state = {**fitted.__getstate__(), "module_params": {"dropout": 0.1}}
    del state["center"]
    older = TorchClassifier.__new__(TorchClassifier)
    older.__setstate__(state)
    assert older.get_params()["center"] is None
    assert older.module_params["dropout"] == 0.1
    np.testing.assert_array_equal(older.predict_proba(X), fitted.predict_proba(X))


def test_frames_of_a_network_in_an_older_file_are_not_pooled():
    X = np.random.default_rng(0).normal(size=(12, 6, 9)).astype(np.float32)
    network = LSTMClassifier(pool_size=1, hidden_size=4, max_epochs=1, device="cpu")
    fitted = network.fit(X, np.arange(12) % 2)
    state = fitted.__getstate__()
    for name in ("center", "pool_size"):
        del state[name]
    older = LSTMClassifier.__new__(LSTMClassifier)
    older.__setstate__(state)
    np.testing.assert_array_equal(older.predict_proba(X), fitted.predict_proba(X))


def test_predicting_leaves_the_random_numbers_alone(fitted):
    network, maps = fitted
    loaded = pickle.loads(pickle.dumps(network))
    before = torch.random.get_rng_state()
    loaded.predict(maps)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    "fitted",
    [
        CNNClassifier(channels=(4,)),
        pytest.param(MLPGenreClassifier(dense=(4,)), marks=pytest.mark.slow),
    ],
    indirect=True,
)
def test_predicting_loads_no_optimizer(fitted, tmp_path):
    """It would take a second of those that the command needs for one song."""
    network, maps = fitted
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(network))
    np.save(tmp_path / "maps.npy", maps)
    code = (
        "import pickle, sys, numpy as np; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "model = pickle.loads((folder / 'model.pkl').read_bytes())\n"
        "np.save(folder / 'given.npy', model.predict_proba(np.load(folder / 'maps.npy')))\n"
        "print({'torch._dynamo', 'skorch'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
    np.testing.assert_array_equal(np.load(tmp_path / "given.npy"), network.predict_proba(maps))
