"""Interrupted training: the state that is kept, and the message."""

import signal

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from skgenre.classifiers import CNNClassifier


def cnn(**parameters):
    fast = {"channels": (4,), "max_epochs": 5, "lr": 1e-2, "random_state": 0, "device": "cpu"}
    return CNNClassifier(**{**fast, **parameters})


def parameters_of(module):
    return torch.cat([p.detach().flatten().clone() for p in module.parameters()])


class Epochs(Callback):
    """Remember the weights that are trained behind each epoch."""

    def __init__(self):
        self.weights = []

    def on_epoch_end(self, net, **kwargs):
        self.weights.append(parameters_of(net.module_))


@pytest.fixture(autouse=True)
def interrupts():
    """Take interrupts, which are ignored where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class PressCtrlC(Callback):
    """Interrupt in the middle of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_leaves_a_fitted_classifier_and_is_passed_on(maps):
    classifier = cnn(max_epochs=50, callbacks=[PressCtrlC(4)])
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*maps)
    assert classifier.history_["epoch"].tolist() == [1, 2, 3]
    assert classifier.predict(maps[0]).shape == (60,)


def test_ctrl_c_in_the_first_epoch_leaves_a_classifier_that_predicts(maps):
    classifier = cnn(callbacks=[PressCtrlC(1)])
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*maps)
    assert classifier.history_.empty
    assert classifier.predict(maps[0]).shape == (60,)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_ctrl_c_restores_the_epoch_with_the_lowest_loss(early_stopping, maps):
    X, y = maps
    noise = np.random.default_rng(1).normal(size=X.shape)
    epochs = Epochs()
    classifier = cnn(
        lr=0.1,
        max_epochs=50,
        early_stopping=early_stopping,
        n_iter_no_change=50,
        callbacks=[epochs, PressCtrlC(12)],
    )
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(noise, y)
    losses = classifier.history_["valid_loss" if early_stopping else "train_loss"]
    assert losses.idxmin() < len(losses) - 1
    best = epochs.weights[losses.idxmin()]
    assert torch.equal(parameters_of(classifier.net_.module_), best)


def test_a_nan_loss_says_what_to_try(maps):
    X, y = maps
    with pytest.raises(
        ValueError, match=r"CNNClassifier: the train_loss became .* Try a smaller lr"
    ):
        cnn(lr=1e30, norm=None, max_epochs=20).fit(X, y)


def test_a_full_gpu_says_which_batch_size_to_try(maps):
    class Full(Callback):
        def on_batch_end(self, net, **kwargs):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(
        MemoryError, match=r"CNNClassifier: .* 32 maps of 8 x 12. Try batch_size=16"
    ):
        cnn(callbacks=[Full()]).fit(*maps)
    with pytest.raises(MemoryError, match=r"smaller network, shorter maps or device='cpu'"):
        cnn(callbacks=[Full()], batch_size=1).fit(*maps)


def test_a_gpu_that_is_full_in_prediction_says_so_too(maps):
    def fill(module, inputs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    fitted = cnn().fit(*maps)
    fitted.net_.module_.register_forward_pre_hook(fill)
    with pytest.raises(MemoryError, match=r"CNNClassifier: .* Try batch_size=16"):
        fitted.predict(maps[0])
