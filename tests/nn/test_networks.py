import pytest
import torch

from skgenre import nn


@pytest.mark.parametrize("shape", [(96, 130), (1, 1), (7, 3), (1, 50), (40, 1)])
@pytest.mark.parametrize(
    "make",
    [
        lambda bands, frames: nn.CNN(bands, frames, 5, dims=2, channels=(4, 8)),
        lambda bands, frames: nn.CNN(bands, frames, 5, dims=1, channels=(4, 8), head="flatten"),
        lambda bands, frames: nn.CNN(
            bands, frames, 5, dims=2, channels=(4, 8), pool_size=4, head="flatten"
        ),
        lambda bands, frames: nn.RecurrentNetwork(bands, frames, 5, bidirectional=True),
        lambda bands, frames: nn.CRNN(bands, frames, 5, channels=(4,), hidden_size=6),
        lambda bands, frames: nn.CRNN(bands, frames, 5, dims=2, channels=(4, 4), hidden_size=6),
    ],
)
@pytest.mark.parametrize("n_clips", [1, 3])
def test_any_size_gives_logits_and_gradients(make, shape, n_clips):
    network = make(*shape)
    logits = network(torch.randn(n_clips, *shape))
    assert logits.shape == (n_clips, 5)
    logits.sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_a_batch_of_one_value_a_channel_uses_running_statistics():
    network = nn.CNN(1, 1, 2, dims=2, channels=(4,), dropout=0.0)
    X = torch.randn(1, 1, 1)
    training = network.train()(X)
    torch.testing.assert_close(training, network.eval()(X))


def test_standardize_leaves_a_constant_band_unscaled():
    layer = nn.Standardize(2)
    layer.set(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]))
    out = layer(torch.tensor([[[1.0, 3.0], [6.0, 2.0]]]))
    torch.testing.assert_close(out, torch.tensor([[[0.0, 2.0], [1.0, 0.0]]]))


def test_a_recurrent_network_reads_frames_in_order_each_clip_on_its_own():
    network = nn.RecurrentNetwork(3, 20, 4, pool_size=1, num_layers=1).eval()
    X = torch.randn(5, 3, 20)
    together = network(X)
    torch.testing.assert_close(network(X[2:3]), together[2:3])
    assert not torch.allclose(network(X.flip(2)), together)


def test_the_last_state_of_both_directions_reaches_the_output():
    network = nn.RecurrentNetwork(
        2, 10, 3, hidden_size=64, num_layers=1, bidirectional=True, head="last", dense=()
    )
    assert network.classifier[-1].in_features == 2 * 64


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "gelu", "silu", "tanh"])
def test_a_block_gives_the_maximum_of_activations(activation):
    network = nn.CNN(
        7,
        9,
        3,
        dims=2,
        channels=(4,),
        pool_size=2,
        norm=None,
        activation=activation,
        dropout=0.0,
        center=None,
    )
    conv = next(layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d))
    X = torch.randn(5, 7, 9)
    activate = getattr(torch.nn.functional, activation)
    maps = torch.nn.functional.max_pool2d(activate(conv(X[:, None])), 2, ceil_mode=True)
    expected = network.classifier(maps.flatten(2).mean(2))
    torch.testing.assert_close(network(X), expected)
