"""The same seed gives the same network, and random states of others are left alone."""

import random

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from skgenre.classifiers import (
    CNNClassifier,
    CovarianceNetClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    TransferCNNClassifier,
)
from skgenre.nn import Augmentation

CHANGES = {
    "time_stretch": 0.1,
    "freq_shift": 1,
    "time_masks": 1,
    "freq_masks": 1,
    "gain": 0.5,
    "noise": 0.1,
    "mixup": 0.2,
}
# All that draws random numbers, or adds up what was drawn.
FULL = {
    "augmentation": Augmentation(**CHANGES, time_crop=0.75),
    "dropout": 0.3,
    "schedule": "one_cycle",
    "ema_decay": 0.9,
    "early_stopping": True,
    "max_epochs": 4,
    "lr": 1e-2,
    "random_state": 0,
    "device": "cpu",
}
NETWORKS = [
    CNNClassifier(channels=(4, 4), **FULL),
    CovarianceNetClassifier(n_filters=2, channels=(2,), **FULL),
    LSTMClassifier(hidden_size=4, recurrent_dropout=0.2, **FULL),
    CRNNClassifier(channels=(4,), hidden_size=4, **FULL),
    ParallelCRNNClassifier(channels=(4,), hidden_size=4, head="avg", **FULL),
    MLPGenreClassifier(dense=(8,), **{**FULL, "augmentation": Augmentation(**CHANGES)}),
    TransferCNNClassifier(
        weights=None, trainable_blocks=5, image_size=(32, 32), width=0.05, dense=(8,), **FULL
    ),
]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)


def weights_of(classifier):
    return {k: v.numpy().copy() for k, v in classifier.net_.module_.state_dict().items()}


def are_equal(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


@each_network
@pytest.mark.parametrize("n_threads", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_random_state_fixes_every_bit_at_a_thread_count(network, n_threads, maps):
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        one, two = (weights_of(clone(network).fit(*maps)) for _ in range(2))
    finally:
        torch.set_num_threads(before)
    assert are_equal(one, two)


@each_network
def test_what_was_drawn_before_makes_no_difference(network, maps):
    fitted = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        fitted.append(weights_of(clone(network).fit(*maps)))
    assert are_equal(*fitted)


@each_network
def test_another_random_state_gives_other_weights(network, maps):
    one, other = (
        weights_of(clone(network).set_params(random_state=seed).fit(*maps)) for seed in (0, 1)
    )
    assert not are_equal(one, other)


def test_without_random_state_two_fits_differ(maps):
    one, two = (
        weights_of(clone(NETWORKS[0]).set_params(random_state=None).fit(*maps)) for _ in range(2)
    )
    assert not are_equal(one, two)


@each_network
def test_global_random_states_are_untouched(network, maps):
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    clone(network).fit(*maps).partial_fit(*maps).predict_proba(maps[0])
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_equal(np.random.get_state(), before[1])  # noqa: NPY002
    assert random.getstate() == before[2]


def test_a_failing_fit_leaves_the_random_state_alone(maps):
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="Try a smaller lr"):
        CNNClassifier(**{**FULL, "lr": 1e30, "norm": None, "max_epochs": 30}).fit(*maps)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.cuda
def test_a_fit_on_the_cpu_leaves_the_generators_of_gpus_alone(maps):
    if not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    torch.cuda.manual_seed_all(7)
    before = torch.cuda.get_rng_state_all()
    for device in ("cpu", "cuda"):
        clone(NETWORKS[0]).set_params(device=device).fit(*maps)
        for one, other in zip(torch.cuda.get_rng_state_all(), before, strict=True):
            assert torch.equal(one, other)


def test_no_process_wide_flag_is_set(maps):
    def flags():
        backends = torch.backends
        return (
            torch.are_deterministic_algorithms_enabled(),
            torch.get_float32_matmul_precision(),
            torch.get_num_threads(),
            torch.is_grad_enabled(),
            backends.cudnn.benchmark,
            backends.cudnn.deterministic,
        )

    before = flags()
    clone(NETWORKS[0]).set_params(mixed_precision=True).fit(*maps).predict(maps[0])
    assert flags() == before


@pytest.mark.slow
@each_network
def test_one_job_and_two_give_the_same_scores(network, maps):
    one, two = (
        cross_val_score(network, *maps, cv=2, scoring="neg_log_loss", n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_one_job_and_two_find_the_same_in_a_search(maps):
    one, two = (
        GridSearchCV(NETWORKS[0], {"lr": [1e-4, 1e-2]}, cv=2, scoring="neg_log_loss", n_jobs=n_jobs)
        .fit(*maps)
        .cv_results_["mean_test_score"]
        for n_jobs in (1, 2)
    )
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-6)
