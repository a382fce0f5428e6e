"""`net_params` reach the net; what the classifier sets is refused there."""

import pytest
import torch

from skgenre.classifiers import CNNClassifier, TransferCNNClassifier


def cnn(**parameters):
    return CNNClassifier(channels=(4,), max_epochs=1, device="cpu", **parameters)


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("max_epochs", "max_epochs"),
        ("lr", "lr"),
        ("optimizer__lr", "lr"),
        ("optimizer__weight_decay", "weight_decay"),
        ("criterion__label_smoothing", "label_smoothing"),
        ("batch_size", "batch_size"),
        ("iterator_train__batch_size", "batch_size"),
        ("train_split", "early_stopping"),
        ("callbacks", "callbacks"),
        ("callbacks__epoch_timer", "callbacks"),
        ("device", "device"),
        ("verbose", "verbose"),
        ("warm_start", "warm_start"),
        ("gradient_clip", "gradient_clip"),
        ("l2", "l2"),
        ("mixed_precision", "mixed_precision"),
        ("module__channels", "channels"),
        ("module__dropout", "dropout"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_what_a_parameter_sets_is_refused(method, name, parameter, maps):
    network = cnn(net_params={name: 2})
    with pytest.raises(ValueError, match=f"'{name}': set the '{parameter}' parameter of CNNCl"):
        getattr(network, method)(*maps)


@pytest.mark.parametrize(
    "name", ["module", "module__n_outputs", "criterion__reduction", "dataset", "classes"]
)
def test_what_nothing_can_set_is_refused(name, maps):
    with pytest.raises(ValueError, match=f"'net_params' parameter of CNNClassifier .* '{name}':"):
        cnn(net_params={name: torch.nn.Linear}).fit(*maps)


def test_layer_rates_belong_to_lr_decay(maps):
    vgg = TransferCNNClassifier(weights=None, net_params={"optimizer__param_groups": []})
    with pytest.raises(ValueError, match="set the 'lr_decay' parameter of TransferCNNClassifier"):
        vgg.fit(*maps)


def test_a_name_that_the_net_does_not_have_is_refused(maps):
    with pytest.raises(ValueError, match=r"'optimiser', which is no .* mean 'optimizer'\?"):
        cnn(net_params={"optimiser": torch.optim.SGD}).fit(*maps)


def test_arguments_of_the_optimizer_and_the_criterion_arrive(maps):
    params = {
        "optimizer": torch.optim.SGD,
        "optimizer__momentum": 0.5,
        "criterion__ignore_index": -5,
        "iterator_train__shuffle": False,
    }
    net = cnn(net_params=params).fit(*maps).net_
    assert net.optimizer_.param_groups[0]["momentum"] == 0.5
    assert net.criterion_.ignore_index == -5
