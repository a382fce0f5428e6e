"""The families of networks: sizes, heads, dropout, first weights."""

import inspect

import pytest
import torch
from torch import nn as torch_nn

from skgenre import nn
from skgenre.nn._conv import ConvBlocks
from skgenre.nn._recurrent_layers import Recurrent

FAMILIES = {
    "overlapping pools": lambda *size: nn.CNN(
        *size,
        5,
        dims=2,
        channels=(4, 8),
        pool_size=3,
        pool_stride=2,
        padding="valid",
        head="flatten",
    ),
    "rounding down": lambda *size: nn.CNN(
        *size,
        5,
        dims=2,
        channels=(4, 8),
        kernel_size=(1, 3),
        pool_size=2,
        ceil_mode=False,
        head="flatten",
    ),
    "attention": lambda *size: nn.CNN(*size, 5, dims=1, channels=(4,), head="attention"),
    "a kernel a block": lambda *size: nn.CNN(
        *size, 5, dims=2, channels=(4, 8, 8), kernel_size=(3, (1, 5), 2), pool_size=(1, 2, (2, 4))
    ),
    "covariance": lambda *size: nn.CNN(*size, 5, dims=2, channels=(4,), head="covariance"),
    "second order": lambda *size: nn.CovarianceNet(*size, 5, n_filters=4, channels=(3,)),
    "stem": lambda *size: nn.CNN(*size, 5, dims=2, channels=(4,), stem=(2, 4, 4)),
    "image": lambda *size: nn.CNN(
        *size,
        5,
        dims=2,
        channels=(4,),
        image_size=(8, 12),
        in_channels=3,
        colormap="jet",
        head="flatten",
    ),
    "valid crnn": lambda *size: nn.CRNN(
        *size, 5, channels=(4, 4), padding="valid", ceil_mode=False, head="flatten"
    ),
    "no convolution": lambda *size: nn.CRNN(*size, 5, channels=(), head="max"),
    "widths": lambda *size: nn.RecurrentNetwork(*size, 5, hidden_size=(6, 3), head="attention"),
    "recurrent dropout": lambda *size: nn.RecurrentNetwork(
        *size, 5, cell="gru", hidden_size=6, bidirectional=True, recurrent_dropout=0.3, head="avg"
    ),
    "pooled frames": lambda *size: nn.RecurrentNetwork(
        *size, 5, pool_size=4, hidden_size=6, head="flatten"
    ),
    "pooled frames of a stem": lambda *size: nn.RecurrentNetwork(
        *size, 5, pool_size=4, stem=(4, 6), head="flatten"
    ),
    "folded": lambda *size: nn.RecurrentNetwork(*size, 5, stem=(4, 6), head="flatten"),
    "parallel": lambda *size: nn.ParallelCRNN(*size, 5, channels=(4, 4), hidden_size=3),
    "parallel steps": lambda *size: nn.ParallelCRNN(
        *size, 5, channels=(4,), hidden_size=3, recurrent_head="flatten", recurrent_pool=3
    ),
    "mlp": lambda *size: nn.MLP(*size, 5, dense=(8, 4), norm="batch"),
    "vgg": lambda *size: nn.VGG16(*size, 5, image_size=(32, 40), width=0.0625, dense=(4,)),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shape", [(24, 50), (1, 1), (7, 3), (1, 30), (20, 1)])
@pytest.mark.parametrize("n_clips", [1, 3])
def test_any_size_gives_logits_and_gradients(family, shape, n_clips):
    network = FAMILIES[family](*shape)
    logits = network(torch.randn(n_clips, *shape))
    assert logits.shape == (n_clips, 5)
    assert logits.isfinite().all()
    logits.square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_clip_does_not_depend_on_its_neighbours(family):
    network = FAMILIES[family](9, 30).eval()
    X = torch.randn(4, 9, 30)
    torch.testing.assert_close(network(X[2:3]), network(X)[2:3], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"padding": "valid", "ceil_mode": False}, (5, 13)),
        ({"padding": "valid", "pool_size": 3, "pool_stride": 2}, (98, 11)),
        ({"pool_size": (1, 4), "ceil_mode": False}, (6, 3)),
        ({"kernel_size": 4, "pool_size": 2, "pool_stride": 3}, (7, 20)),
    ],
)
def test_the_sizes_that_are_foretold_are_those_that_come(parameters, size):
    blocks = ConvBlocks(2, 1, (2, 2, 2), **parameters)
    assert blocks.output_sizes(size) == tuple(blocks(torch.zeros(1, 1, *size)).shape[2:])


def test_valid_convolution_and_pooling_give_kerass_sizes():
    # The layer table of genrewiz-pcrnn, bands x frames.
    blocks = ConvBlocks(
        2,
        1,
        (16, 32, 64, 64, 64),
        kernel_size=(1, 3),
        padding="valid",
        pool_size=(2, 2, 2, 4, 4),
        ceil_mode=False,
    )
    assert blocks.output_sizes((128, 640)) == (1, 4)


@pytest.mark.parametrize("name", ["kernel_size", "pool_size", "pool_stride"])
def test_a_list_of_another_length_than_channels_is_refused(name):
    with pytest.raises(ValueError, match=rf"'{name}' parameter .* the 2 blocks .* \(3, 3, 3\)"):
        nn.CNN(8, 8, 2, channels=(4, 4), **{name: (3, 3, 3)})


def test_dropouts_of_another_length_than_channels_are_refused():
    with pytest.raises(ValueError, match="'conv_dropout' parameter"):
        nn.CNN(8, 8, 2, channels=(4, 4), conv_dropout=(0.1,))


def test_a_pair_is_bands_and_frames():
    network = nn.CNN(8, 20, 2, dims=2, channels=(4, 4), kernel_size=(1, 5))
    assert network.blocks[1][0].kernel_size == (1, 5)


def test_the_norm_stands_where_it_is_asked_to():
    kinds = {
        position: [type(layer).__mro__[1:3] for layer in network.blocks[0]]
        for position in ("conv", "pool")
        for network in [nn.CNN(8, 8, 2, dims=2, channels=(4,), norm_position=position)]
    }
    places = {
        position: next(i for i, bases in enumerate(mro) if torch_nn.BatchNorm2d in bases)
        for position, mro in kinds.items()
    }
    assert places == {"conv": 1, "pool": 3}


def test_each_head_sums_up_positions_as_it_says():
    X = torch.randn(2, 3, 7)
    from skgenre.nn._heads import make_head

    torch.testing.assert_close(make_head("avg", 3, 7)[0](X), X.mean(-1))
    torch.testing.assert_close(make_head("max", 3, 7)[0](X), X.amax(-1))
    torch.testing.assert_close(make_head("flatten", 3, 7)[0](X), X.flatten(1))
    attention = nn.AttentionPooling(3)
    X[:, 0] = torch.tensor([0.0, 1.0, 5.0, 2.0, 0.0, 1.0, 3.0])
    with torch.no_grad():
        attention.score.weight.copy_(torch.tensor([[[50.0], [0.0], [0.0]]]))
        torch.testing.assert_close(attention(X), X[:, :, 2])


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_loop_of_recurrent_dropout_is_torchs_own_where_nothing_is_dropped(cell, bidirectional):
    torch.manual_seed(0)
    layers = Recurrent(
        cell, 5, 9, hidden_size=4, num_layers=2, bidirectional=bidirectional, recurrent_dropout=1e-9
    )
    X = torch.randn(3, 9, 5)
    torch.testing.assert_close(layers.train()(X), layers.eval()(X))


def test_recurrent_dropout_drops_in_training_alone():
    network = nn.RecurrentNetwork(4, 10, 2, recurrent_dropout=0.5, dropout=0.0)
    X = torch.randn(2, 4, 10)
    assert not torch.allclose(network.train()(X), network(X))
    torch.testing.assert_close(network.eval()(X), network(X))


# A value that is not the default's, for each parameter of each family.
OTHER = {
    "dims": 2,
    "channels": (5, 6, 7),
    "kernel_size": 2,
    "padding": "valid",
    "pool_size": 3,
    "pool_stride": 1,
    "ceil_mode": False,
    "norm": "layer",
    "norm_position": "pool",
    "norm_momentum": 0.3,
    "conv_bias": True,
    "conv_dropout": 0.7,
    "head": dict.fromkeys((nn.CNN, nn.CRNN, nn.ParallelCRNN, nn.VGG16), "max")
    | {nn.RecurrentNetwork: "avg"},
    "activation": "tanh",
    "dropout": 0.6,
    "dense": (9,),
    "stem": {nn.CNN: (2, 3), nn.RecurrentNetwork: (4, 5)},
    "image_size": (40, 44),
    "in_channels": 3,
    "colormap": "gray",
    "initializer": "keras",
    "penalize": "dense",
    "cell": "rnn",
    "hidden_size": 7,
    "num_layers": 3,
    "bidirectional": {nn.ParallelCRNN: False, nn.CRNN: True, nn.RecurrentNetwork: True},
    "layer_dropout": 0.7,
    "recurrent_dropout": 0.6,
    "recurrent_head": "avg",
    "recurrent_pool": 3,
    "center": dict.fromkeys((nn.CNN, nn.CRNN, nn.ParallelCRNN))
    | dict.fromkeys((nn.RecurrentNetwork, nn.MLP, nn.VGG16), "clip"),
    "trainable_blocks": 2,
    "width": 0.5,
}
# What makes a parameter matter.
WITH = {
    "image_size": {"dims": 2},
    "in_channels": {"dims": 2},
    "colormap": {"dims": 2, "in_channels": 3},
    "layer_dropout": {"num_layers": 2},
    "penalize": {"dense": (9,)},
    "norm_momentum": {"norm": "batch"},
    "pool_stride": {"head": "flatten"},
    "ceil_mode": {"head": "flatten"},
    "activation": {"dense": (9,)},
    "dropout": {"dense": (9,)},
}
BASE = {
    nn.VGG16: {"image_size": (64, 64), "width": 0.125},
    nn.CNN: {"channels": (4, 4, 4), "pool_size": 2},
    nn.ParallelCRNN: {"channels": (4, 4, 4), "pool_size": 2},
}


def what_it_does(family, parameters):
    torch.manual_seed(0)
    network = family(11, 43, 3, **parameters)
    torch.manual_seed(0)
    X = torch.randn(4, 11, 43)
    trained = network.train()(X)
    counted = [tuple(kernel.shape) for kernel in network.kernels()]
    # Once more without dropout, with the statistics that training has left.
    return counted, torch.cat([trained, network.eval()(X)]).detach()


@pytest.mark.parametrize(
    ("family", "name"),
    [
        (family, name)
        for family in (nn.CNN, nn.CRNN, nn.RecurrentNetwork, nn.ParallelCRNN, nn.MLP, nn.VGG16)
        for name in inspect.signature(family).parameters
        if name in OTHER
    ],
)
def test_every_parameter_changes_what_a_network_does(family, name):
    value = OTHER[name]
    value = value[family] if isinstance(value, dict) else value
    accepted = inspect.signature(family).parameters
    base = {**BASE.get(family, {}), **WITH.get(name, {})}
    base = {key: setting for key, setting in base.items() if key in accepted}
    kernels, logits = what_it_does(family, base)
    other_kernels, other_logits = what_it_does(family, {**base, name: value})
    assert kernels != other_kernels or not torch.allclose(logits, other_logits)


def test_every_parameter_is_tried():
    families = (nn.CNN, nn.CRNN, nn.RecurrentNetwork, nn.ParallelCRNN, nn.MLP, nn.VGG16)
    named = {name for family in families for name in inspect.signature(family).parameters}
    assert named - set(OTHER) == {"n_bands", "n_frames", "n_outputs", "weights"}


@pytest.mark.parametrize("n_frames", [12, 14, 3, 1])
def test_recurrent_layers_read_means_of_groups_of_frames(n_frames):
    network = nn.RecurrentNetwork(5, n_frames, 3, pool_size=4).eval()
    sequences = []
    network.recurrent.register_forward_pre_hook(lambda _, args: sequences.append(args[0]))
    X = torch.randn(2, 5, n_frames)
    network(X)
    means = [group.mean(-1) for group in X.split(4, dim=-1)]
    torch.testing.assert_close(sequences[0], torch.stack(means, dim=1))


def test_layer_dropout_is_apart_from_dropout():
    network = nn.RecurrentNetwork(4, 10, 2, layer_dropout=0.0, dropout=0.9, dense=())
    X = torch.randn(2, 4, 10)
    torch.testing.assert_close(network.train()(X), network(X))


def test_the_recurrent_branch_reads_frames_and_the_other_one_sees_bands():
    network = nn.ParallelCRNN(
        8, 40, 3, channels=(4,), recurrent_pool=(2, 4), hidden_size=5, center=None
    ).eval()
    X = torch.randn(2, 8, 40)
    sequences = []
    network.recurrent.register_forward_pre_hook(lambda _, args: sequences.append(args[0]))
    network(X)
    pooled = X.unfold(1, 2, 2).unfold(2, 4, 4).amax((-1, -2))
    torch.testing.assert_close(sequences[0], pooled.transpose(1, 2))


def test_penalize_chooses_kernels():
    def shapes(**parameters):
        network = nn.CNN(8, 8, 3, dims=2, channels=(4,), dense=(6,), head="avg", **parameters)
        return [tuple(kernel.shape) for kernel in network.kernels()]

    assert shapes(penalize="conv") == [(4, 1, 3, 3)]
    assert shapes(penalize="dense") == [(6, 4)]
    assert shapes() == [(4, 1, 3, 3), (6, 4), (3, 6)]


def test_kerass_first_weights():
    network = nn.CRNN(
        8, 40, 3, channels=(4,), cell="lstm", hidden_size=6, initializer="keras", conv_bias=True
    )
    lstm, conv = network.recurrent.layers[0], network.blocks[0][0]
    torch.testing.assert_close(lstm.bias_ih_l0[6:12], torch.ones(6))
    assert lstm.bias_ih_l0.sum() == 6
    assert lstm.bias_hh_l0.abs().sum() == 0
    torch.testing.assert_close(lstm.weight_hh_l0.T @ lstm.weight_hh_l0, torch.eye(6))
    assert conv.bias.abs().sum() == 0
    limit = (6 / (8 * 5 + 4 * 5)) ** 0.5
    assert 0.9 * limit < conv.weight.abs().max() <= limit


def test_a_stem_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match=r"'stem' parameter must be \(channels, rows, columns\)"):
        nn.CNN(8, 8, 2, dims=2, channels=(4,), stem=(4, 4))


def test_an_image_needs_two_axes():
    with pytest.raises(ValueError, match="needs dims=2 and no stem"):
        nn.CNN(8, 8, 2, dims=1, image_size=(8, 8))


def test_a_second_softmax_keeps_the_loss_from_falling():
    certain = 1000 * torch.eye(10)
    target = torch.arange(10)
    assert torch_nn.CrossEntropyLoss()(certain, target) == 0
    assert nn.DoubleSoftmaxLoss()(certain, target) > 1.46
    assert nn.DoubleSoftmaxLoss(reduction="none")(certain, target).shape == (10,)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("kernel_size", [2, 3, 4])
def test_same_padding_is_torchs(dims, kernel_size):
    blocks = ConvBlocks(
        dims, 3, (4,), kernel_size=kernel_size, pool_size=1, norm=None, activation="tanh"
    )
    X = torch.randn(2, 3, *(9, 6)[:dims])
    conv = next(m for m in blocks.modules() if isinstance(m, torch_nn.Conv1d | torch_nn.Conv2d))
    function = torch_nn.functional.conv1d if dims == 1 else torch_nn.functional.conv2d
    expected = function(X, conv.weight, conv.bias, padding="same").tanh()
    torch.testing.assert_close(blocks(X), expected)
