"""The matrix logarithm, its derivative, and covariance pooling."""

import numpy as np
import pytest
import scipy.linalg
import torch

from skgenre import nn
from skgenre.nn import CovariancePooling, matrix_log

METHODS = ["eigh", "products"]
each_method = pytest.mark.parametrize("method", METHODS)


def matrix(*values):
    """Return a symmetric matrix with these eigenvalues."""
    generator = torch.Generator().manual_seed(len(values))
    random = torch.randn(len(values), len(values), dtype=torch.float64, generator=generator)
    vectors, _ = torch.linalg.qr(random)
    return (vectors * torch.tensor(values, dtype=torch.float64)) @ vectors.mT


MATRICES = {
    "apart": matrix(0.3, 1.0, 5.0, 20.0),
    "two are equal": matrix(0.5, 2.0, 2.0, 7.0),
    "all are equal": 3 * torch.eye(4, dtype=torch.float64),
    "nearly equal": matrix(1.0, 1.0 + 1e-9, 1.0 + 1e-4, 1.03),
    "wide": matrix(1e-4, 1e-2, 1.0, 50.0),
}


@each_method
@pytest.mark.parametrize("name", MATRICES)
def test_it_is_the_logarithm(name, method):
    expected = scipy.linalg.logm(MATRICES[name].numpy())
    np.testing.assert_allclose(matrix_log(MATRICES[name], method=method), expected, atol=1e-8)


@each_method
@pytest.mark.parametrize("name", ["apart", "two are equal", "all are equal", "nearly equal"])
def test_the_derivative_is_right_where_eigenvalues_meet(name, method):
    batch = torch.stack([MATRICES[name], 2 * MATRICES[name]]).requires_grad_()

    def log(C):
        return matrix_log((C + C.mT) / 2, method=method)

    assert torch.autograd.gradcheck(log, (batch,), atol=1e-5)


def test_both_methods_agree_in_a_deep_batch_and_keep_the_type():
    maps = torch.randn(2, 3, 40, 200) * torch.logspace(-1, 1, 40)[:, None]
    covariances = maps @ maps.mT / 200
    by_values, by_products = (matrix_log(covariances, method=method) for method in METHODS)
    assert by_values.dtype == by_products.dtype == torch.float32
    assert by_values.shape == covariances.shape
    torch.testing.assert_close(by_values, by_products, atol=1e-4, rtol=0)


def test_a_singular_matrix_gives_finite_values_and_gradients():
    C = torch.ones(1, 3, 3, requires_grad=True)
    out = matrix_log(C, method="eigh")
    out.sum().backward()
    assert out.isfinite().all()
    assert C.grad.isfinite().all()


def test_matrices_do_not_depend_on_their_neighbours():
    batch = torch.stack([MATRICES["apart"], MATRICES["wide"], MATRICES["all are equal"]])
    for method in METHODS:
        alone = matrix_log(batch[1:2], method=method)
        torch.testing.assert_close(matrix_log(batch, method=method)[1:2], alone)


def test_other_values_are_refused():
    with pytest.raises(ValueError, match="'method' parameter of matrix_log must be 'auto'"):
        matrix_log(torch.eye(2), method="schur")
    with pytest.raises(ValueError, match="'floor' parameter of matrix_log must be between 0 and 1"):
        matrix_log(torch.eye(2), floor=0.0)
    with pytest.raises(ValueError, match="'shrinkage' parameter of CovariancePooling"):
        CovariancePooling(2, shrinkage=1.5)
    with pytest.raises(ValueError, match="'ridge' parameter of CovariancePooling"):
        CovariancePooling(2, ridge=0.0)


@each_method
def test_pooling_gives_the_triangle_of_the_logarithm(method):
    X = torch.randn(2, 4, 50)
    pooling = CovariancePooling(4, shrinkage=0.1, ridge=0.2, method=method)
    covariance = np.cov(X[0].double().numpy(), bias=True)
    covariance = 0.9 * covariance + (0.1 * np.trace(covariance) / 4 + 0.2) * np.eye(4)
    logarithm = scipy.linalg.logm(covariance)
    vector = pooling(X)[0].numpy()
    np.testing.assert_allclose(vector[:2], logarithm[0, :2] * [1, 2**0.5], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vector), np.linalg.norm(logarithm), rtol=1e-5)
    assert vector.shape == (pooling.n_features,) == (10,)


@each_method
@pytest.mark.parametrize("shrinkage", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("maps", [torch.zeros(1, 3, 8), torch.ones(1, 3, 1), torch.randn(1, 3, 2)])
def test_pooling_of_silence_and_of_few_frames_is_finite(maps, shrinkage, method):
    X = maps.clone().requires_grad_()
    out = CovariancePooling(3, shrinkage=shrinkage, method=method)(X)
    out.square().sum().backward()
    assert out.isfinite().all()
    assert X.grad.isfinite().all()


def test_pooling_leaves_the_level_of_channels_out():
    X = torch.randn(2, 3, 50)
    pooling = CovariancePooling(3)
    torch.testing.assert_close(pooling(X), pooling(X + 7), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dims", [1, 2])
def test_it_is_a_head_of_convolutions(dims):
    network = nn.CNN(8, 30, 3, dims=dims, channels=(4,), head="covariance", dropout=0.0)
    assert network.classifier[-1].in_features == 10
    logits = network(torch.randn(2, 8, 30))
    logits.sum().backward()
    assert logits.shape == (2, 3)
    assert all(p.grad.isfinite().all() for p in network.parameters())


def test_pooling_of_bands_that_move_together_is_alike_by_both_methods():
    """Without shrinkage their eigenvalues are rounding errors, of either sign."""
    wave = 30 * torch.sin(torch.arange(40.0))
    maps = wave * torch.randn(2, 6, 1, generator=torch.Generator().manual_seed(0))
    vectors = [
        CovariancePooling(6, shrinkage=0.0, ridge=1e-9, method=method)(maps)
        for method in ("eigh", "products")
    ]
    torch.testing.assert_close(vectors[0], vectors[1], atol=0.05, rtol=0)
