"""The second-order network: filters, lags, crops, means, several networks in one."""

import pytest
import torch

from skgenre.nn import CovarianceNet, CovariancePooling


def net(*size, **parameters):
    return CovarianceNet(*size, **{"n_filters": 4, "channels": (3,), **parameters})


def test_it_starts_as_the_covariance_of_pooled_bands_and_their_later_copies():
    network = net(8, 40, 3, pooled_bands=8, channels=(), mean=False, ridge=0.1).eval()
    X = torch.randn(2, 8, 40)
    pooled = X.unflatten(1, (4, 2)).mean(2)
    pooled = pooled - pooled.mean(-1, keepdim=True)
    both = torch.cat([pooled[..., :-1], pooled[..., 1:]], dim=1)
    expected = CovariancePooling(8, ridge=0.1)(both)
    torch.testing.assert_close(network.features(X), expected, atol=1e-4, rtol=1e-4)
    assert network.n_features == 36


def test_bands_that_are_no_multiple_of_groups_are_all_pooled():
    network = net(7, 40, 3, pooled_bands=3)
    torch.testing.assert_close(network.pooling.sum(1), torch.ones(3))
    assert (network.pooling > 0).sum(0).tolist() == [1] * 7


def test_means_are_the_last_values():
    network = net(4, 20, 3, pooled_bands=2).eval()
    X = torch.randn(2, 4, 20)
    expected = X.mean(-1).unflatten(1, (2, 2)).mean(2)
    torch.testing.assert_close(network.features(X)[:, -2:], expected)
    without = net(4, 20, 3, pooled_bands=2, mean=False)
    assert without.n_features == network.n_features - 2
    torch.testing.assert_close(
        without.eval().features(X + 5), without.features(X), atol=1e-3, rtol=1e-3
    )


def test_filters_are_trained_or_not():
    for train_filters in (True, False):
        network = net(8, 40, 3, train_filters=train_filters)
        torch.nn.init.normal_(network.classifiers[0][-1].weight)
        network(torch.randn(4, 8, 40)).square().sum().backward()
        assert (network.branches[0].filters.weight.grad is not None) == train_filters


def test_crops_and_gain_are_of_training_alone():
    X = torch.randn(3, 8, 60)
    assert torch.equal(*(net(8, 60, 3).eval().features(X)[:, -1] for _ in range(2)))
    torch.manual_seed(0)
    network = net(8, 60, 3, gain=0.0)
    seen = []
    network.branches[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    for _ in range(40):
        network(X)
    lengths = {maps.shape[-1] for maps in seen}
    assert min(lengths) >= 30
    assert max(lengths) > 50
    assert len(lengths) > 10


def test_the_gain_is_each_clip_its_own():
    network = net(8, 60, 3, gain=0.5, min_crop=1.0)
    seen = []
    network.branches[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    X = torch.randn(3, 8, 60)
    network(X)
    ratio = (seen[0] / (X - X.mean(-1, keepdim=True))).flatten(1)
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio), atol=1e-3, rtol=1e-3)
    assert len(set(ratio[:, 0].tolist())) == 3


@pytest.mark.parametrize("shape", [(24, 50), (1, 1), (7, 3), (1, 30), (20, 1), (5, 2)])
@pytest.mark.parametrize("n_clips", [1, 3])
def test_any_size_gives_finite_logits_and_gradients(shape, n_clips):
    network = net(*shape, 5, lags=(0, 4))
    X = torch.randn(n_clips, *shape)
    logits = network(X)
    assert logits.shape == (n_clips, 5)
    logits.sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())
    assert network.eval()(X).isfinite().all()


def test_the_columns_of_a_table_are_classified_as_they_are():
    network = net(100, 1, 3, pooled_bands=8, mean=False)
    X = torch.randn(4, 100, 1)
    torch.testing.assert_close(network.features(X), X[..., 0])
    # No matrix of all pairs of columns, which may be thousands.
    assert max(part.numel() for part in network.buffers()) <= 100


def test_several_networks_give_their_mean_probability():
    network = net(8, 40, 3, n_estimators=3)
    for classifier in network.classifiers:
        torch.nn.init.normal_(classifier[-1].weight)
    X = torch.randn(2, 8, 40)
    assert network.train()(X).shape == (2, 3, 3)
    vectors = network.eval()._vectors(X)
    each = torch.stack([f(v).softmax(1) for f, v in zip(network.classifiers, vectors, strict=True)])
    assert not torch.allclose(each[0], each[1])
    torch.testing.assert_close(network(X).softmax(1), each.mean(0))
    assert network.features(X).shape == (2, network.n_features)


@pytest.mark.parametrize("lags", [(), (0, 0), (-1,), (0.5,)])
def test_lags_are_checked(lags):
    with pytest.raises(ValueError, match="'lags' parameter must be different numbers of frames"):
        net(8, 40, 3, lags=lags)


def test_columns_are_centred_and_have_one_scale():
    layer = net(8, 40, 3).classifiers[0][0].train()
    X = torch.randn(200, layer.running_mean.numel()) * 3 + 5
    X[:, 0] *= 10
    out = layer(X)
    torch.testing.assert_close(out.mean(0), torch.zeros(X.shape[1]), atol=1e-4, rtol=0)
    torch.testing.assert_close(out.square().mean(), torch.tensor(1.0), atol=1e-3, rtol=0)
    assert out[:, 0].std() > 5 * out[:, 1].std()
    # Its own statistics, not those of the batch.
    torch.testing.assert_close(layer.eval()(X[:2]), out[:2])
