"""A loaded network that several threads use at once, as in a server."""

import os
import pickle
import sys
import threading

import numpy as np
import pytest
import torch
from sklearn.base import clone

from skgenre.classifiers import CNNClassifier
from skgenre.classifiers._training import state as state


@pytest.fixture
def model():
    maps = np.random.default_rng(0).normal(size=(12, 6, 8)).astype(np.float32)

    def make(net_params):
        network = CNNClassifier(
            channels=(4,), max_epochs=1, random_state=0, device="cpu", net_params=net_params
        ).fit(maps, np.repeat(["a", "b"], 6))
        return pickle.dumps(network), maps, network.predict_proba(maps)

    return make


@pytest.fixture
def _frequent_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def together(works):
    """Run functions at once, and return their errors."""
    barrier, errors = threading.Barrier(len(works)), []

    def run(work):
        barrier.wait()
        try:
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.usefixtures("_frequent_switches")
@pytest.mark.parametrize("net_params", [None, {"plateau_patience": 3}])
def test_threads_predict_first_together(net_params, model):
    pickled, maps, expected = model(net_params)
    for _ in range(25):
        loaded = pickle.loads(pickled)

        def predict(loaded=loaded):
            np.testing.assert_array_equal(loaded.predict_proba(maps), expected)

        def look(loaded=loaded):
            assert loaded.__sklearn_is_fitted__()
            assert loaded.net_.predict_proba(maps).shape == (12, 2)
            clone(loaded)
            np.testing.assert_array_equal(
                pickle.loads(pickle.dumps(loaded)).predict_proba(maps), expected
            )

        assert together([predict] * 6 + [look] * 2) == []


def test_building_a_net_leaves_the_random_numbers_alone(model):
    pickled, maps, _ = model({"plateau_patience": 3})
    before = torch.random.get_rng_state()
    pickle.loads(pickled).predict(maps)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_that_is_forked_while_a_network_is_built_builds_its_own(model):
    pickled, maps, expected = model(None)
    loaded = pickle.loads(pickled)
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        with state._building:
            is_held.set()
            is_over.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(60)
    torch.set_num_threads(1)
    child = os.fork()
    if child == 0:
        import signal

        signal.alarm(60)  # Ends a child that waits for the lock.
        os._exit(0 if np.array_equal(loaded.predict_proba(maps), expected) else 1)
    _, status = os.waitpid(child, 0)
    is_over.set()
    thread.join()
    assert status == 0
