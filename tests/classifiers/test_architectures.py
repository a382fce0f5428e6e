"""The architecture of the network classifiers, and a base that comes from elsewhere."""

import inspect
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
    TransferCNNClassifier,
)
from skgenre.nn import VGG16

FAST = {"max_epochs": 5, "lr": 1e-2, "schedule": "constant", "random_state": 0, "device": "cpu"}
TINY = {"image_size": (32, 32), "width": 0.0625, "dense": (8,)}


def transfer(**parameters):
    return TransferCNNClassifier(**{"weights": None, **TINY, **FAST, **parameters})


NETWORKS = [
    ParallelCRNNClassifier(channels=(4,), hidden_size=4, recurrent_pool=2, **FAST),
    MLPGenreClassifier(dense=(16,), **FAST),
    transfer(trainable_blocks=5, width=0.25, lr=1e-3, dense=(), dropout=0.0),
    CNNClassifier(dims=2, channels=(4,), stem=(2, 4, 4), head="flatten", **FAST),
    CNNClassifier(
        dims=2,
        channels=(4,),
        image_size=(16, 16),
        in_channels=3,
        head="attention",
        center=None,
        **FAST,
    ),
    LSTMClassifier(hidden_size=(8, 4), recurrent_dropout=0.1, dense=(), head="avg", **FAST),
    LSTMClassifier(hidden_size=8, num_layers=1, stem=(4, 6), initializer="keras", **FAST),
    CRNNClassifier(channels=(), hidden_size=8, head="max", center=None, **FAST),
]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)


def parameters_of_module(family):
    if family is TransferCNNClassifier:  # another backbone is another class
        return {"backbone": inspect.Parameter("backbone", 3, default="vgg16")} | dict(
            inspect.signature(VGG16).parameters
        )
    return inspect.signature(family()._module_class()).parameters


@each_network
def test_it_learns(network, maps):
    X, y = maps
    fitted = clone(network).set_params(max_epochs=25).fit(X[::2], y[::2])
    assert fitted.score(X[1::2], y[1::2]) > 0.8


@each_network
def test_it_survives_pickling_bit_for_bit(network, maps):
    X, y = maps
    fitted = clone(network).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_every_architecture_parameter_reaches_the_module():
    families = [type(network) for network in NETWORKS]
    for family in set(families):
        accepted = set(parameters_of_module(family))
        assert set(family._module_parameters) <= accepted
        own = set(inspect.signature(family).parameters) & accepted
        # The weights of a file are read in fit, not where a module is built.
        assert own - {"weights"} == set(family._module_parameters)


def test_the_architecture_has_the_same_defaults_as_the_module():
    for family in {type(network) for network in NETWORKS}:
        own = inspect.signature(family).parameters
        module = parameters_of_module(family)
        differing = {
            name
            for name in set(own) & set(module)
            if own[name].default != module[name].default and name not in ("weights",)
        }
        # As a classifier it is frozen by default, as a network it is trained.
        assert differing == ({"trainable_blocks"} if family is TransferCNNClassifier else set())


def test_a_parameter_that_does_not_fit_channels_is_named(maps):
    with pytest.raises(ValueError, match="'kernel_size' parameter must be a number, a pair"):
        CNNClassifier(dims=2, channels=(4, 4), kernel_size=(3, 3, 3)).fit(*maps)


def test_l2_counts_the_kernels_that_penalize_names(maps):
    X, y = maps

    settings = {**FAST, "dims": 2, "pool_size": 2, "max_epochs": 15, "schedule": "constant"}

    def size_of(penalize, layer):
        fitted = CNNClassifier(
            channels=(4,), dense=(8,), l2=1.0, penalize=penalize, **settings
        ).fit(X, y)
        weights = fitted.net_.module_.state_dict()
        return float(weights[layer].square().sum())

    conv, dense = "blocks.0.0.weight", "classifier.0.weight"
    assert size_of("conv", conv) < 0.2 * size_of("dense", conv)
    assert size_of("dense", dense) < 0.2 * size_of("conv", dense)


def test_a_table_before_a_stem_is_standardized_column_by_column():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(40, 6)) * 10.0 ** np.arange(6)
    fitted = CNNClassifier(dims=2, channels=(4,), stem=(2, 4, 4), **FAST).fit(
        table, np.arange(40) % 2
    )
    scale = fitted.net_.module_.standardize.scale.flatten().numpy()
    np.testing.assert_allclose(scale, 1 / table.std(axis=0), rtol=1e-4)


def features_of(classifier):
    state = classifier.net_.module_.state_dict()
    return {name: value.clone() for name, value in state.items() if name.startswith("features")}


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(7)
    path = tmp_path / "vgg.pth"
    torch.save(VGG16(4, 4, 2, **TINY).state_dict(), path)
    return path


def test_a_frozen_base_keeps_the_weights_of_the_file(maps, weights):
    fitted = transfer(weights=weights).fit(*maps)
    for name, value in torch.load(weights).items():
        if name.startswith("features"):
            torch.testing.assert_close(features_of(fitted)[name], value, rtol=0, atol=0)


def test_the_file_is_needed_in_fit_alone(maps, weights):
    X, y = maps
    fitted = transfer(weights=str(weights)).fit(X, y)
    expected = fitted.predict_proba(X)
    stored = pickle.dumps(fitted)
    weights.unlink()
    np.testing.assert_array_equal(pickle.loads(stored).predict_proba(X), expected)
    with pytest.raises(FileNotFoundError, match=r"no weights at .*vgg\.pth"):
        fitted.fit(X, y)


def test_imagenet_weights_that_are_missing_say_what_to_do(maps, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(
        FileNotFoundError, match=r"vgg16-397923af\.pth .* is not at .* Put it there"
    ):
        TransferCNNClassifier(**TINY, **FAST).fit(*maps)


def test_fine_tuned_blocks_alone_change(maps, weights):
    start = torch.load(weights)
    tuned = features_of(transfer(weights=weights, trainable_blocks=2).fit(*maps))
    changed = {name for name, value in tuned.items() if not torch.equal(value, start[name])}
    expected = [layer for block in VGG16.layer_blocks()[3:] for layer in block]
    assert {name.rpartition(".")[0] for name in changed} == set(expected)


def rates_of(classifier):
    """Return the learning rates of the blocks, last first, and of the dense layers."""
    optimizer = classifier.net_.optimizer_
    names = {id(p): name for name, p in classifier.net_.module_.named_parameters()}
    rates = {names[id(p)]: group["lr"] for group in optimizer.param_groups for p in group["params"]}
    blocks = [rates[f"{block[0]}.weight"] for block in reversed(VGG16.layer_blocks())]
    return blocks, rates["classifier.0.weight"]


@pytest.mark.parametrize("warm_start", [False, True])
def test_earlier_blocks_learn_more_slowly(maps, warm_start):
    classifier = transfer(trainable_blocks=5, lr=0.01, lr_decay=0.5, warm_start=warm_start)
    classifier.fit(*maps)
    if warm_start:
        classifier.fit(*maps)
    blocks, dense = rates_of(classifier)
    np.testing.assert_allclose(blocks, 0.01 * 0.5 ** np.arange(1, 6))
    assert dense == 0.01
