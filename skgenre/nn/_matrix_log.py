"""Logarithm of symmetric positive-definite matrices, with its derivative."""

from typing import Any

import torch

from .._public import public

# Smallest share of the trace that an eigenvalue may have for the fixed numbers of steps.
_FLOOR = 1e-7
_N_ROOTS = 6
_N_TERMS = 16
# Relative error of square roots.
_PRECISION = 1e-13
# Relative difference of eigenvalues below which a quotient of differences is a series.
_CLOSE = 1e-2


@public
def matrix_log(
    C: torch.Tensor, *, method: str = "auto", floor: float | None = None
) -> torch.Tensor:
    """Compute the logarithms of symmetric positive-definite matrices.

    The gradient is finite where eigenvalues are equal. Computed in double precision, where the
    device has it.

    Parameters
    ----------
    C : Tensor of shape (..., n, n)
        Symmetric positive-definite matrices.
    method : {"auto", "eigh", "products"}, default="auto"
        "eigh" uses eigenvalues, with the derivative of Daleckii and Krein [1]_. "products" uses
        matrix products alone: inverse scaling and squaring [2]_ with square roots by a fixed number
        of Newton-Schulz steps. It runs where eigenvalues can't be computed, as in ONNX, and is
        faster on a GPU. "auto" is "eigh" on the CPU, and "products" elsewhere.
    floor : float, default=None
        Smallest eigenvalue as a share of the trace, for "products": the smaller, the more steps.
        None means 1e-7. Logarithms of smaller eigenvalues are too large, and NaN if rounding has
        made one negative.

    Returns
    -------
    Tensor of shape (..., n, n)
        Symmetric matrices, of the type of `C`.

    Raises
    ------
    ValueError
        If `method` or `floor` is another value.

    References
    ----------
    .. [1] J. L. Daleckii, S. G. Krein, "Integration and Differentiation of Functions of Hermitian
       Operators and Applications to the Theory of Perturbations", AMS Translations 47, 1965.
    .. [2] N. J. Higham, "Functions of Matrices: Theory and Computation", SIAM, 2008: chapters 6
       and 11.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import matrix_log
    >>> matrix_log(torch.tensor([[2.0, 1.0], [1.0, 2.0]])).exp().diagonal().round(decimals=3)
    tensor([1.7320, 1.7320])
    """
    if method not in ("auto", "eigh", "products"):
        raise ValueError(
            f"The 'method' parameter of matrix_log must be 'auto', 'eigh' or 'products'. Got "
            f"{method!r} instead."
        )
    if floor is not None and not 0 < floor < 1:
        raise ValueError(
            f"The 'floor' parameter of matrix_log must be between 0 and 1, or None. Got {floor!r} "
            f"instead."
        )
    if method == "auto":
        method = "eigh" if C.device.type == "cpu" else "products"
    if method == "eigh":
        return _EighLog.apply(C)
    working = C.to(working_dtype(C.device))
    return _log_by_products(working, _FLOOR if floor is None else floor).to(C.dtype)


def working_dtype(device: torch.device) -> torch.dtype:
    """Return float64, which autocasting leaves alone; float32 where a device has no other."""
    return torch.float32 if device.type == "mps" else torch.float64


class _EighLog(torch.autograd.Function):
    """Logarithm by eigenvalues; derivatives of eigenvectors, which may be infinite, are unused."""

    @staticmethod
    def forward(ctx: Any, C: torch.Tensor) -> torch.Tensor:
        values, vectors = torch.linalg.eigh(C.to(working_dtype(C.device)))
        # Rounding may make the smallest ones negative.
        least = torch.finfo(C.dtype).eps * values[..., -1:].abs()
        values = values.maximum(least.clamp_min(torch.finfo(C.dtype).tiny))
        logarithm = (vectors * values.log().unsqueeze(-2)) @ vectors.mT
        # Gradients need no more precision than the matrices have.
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(_divided_differences(values).to(C.dtype), vectors.to(C.dtype))
        return logarithm.to(C.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        quotients, vectors = ctx.saved_tensors
        (grad,) = grads
        grad = (grad + grad.mT) / 2
        inner = vectors.mT @ grad @ vectors
        return vectors @ (inner * quotients) @ vectors.mT


def _divided_differences(values: torch.Tensor) -> torch.Tensor:
    """Return (log a - log b) / (a - b) of all pairs of values; 1 / a where they are equal."""
    a, b = values.unsqueeze(-1), values.unsqueeze(-2)
    # log a - log b is twice the inverse hyperbolic tangent of this.
    share = (a - b) / (a + b)
    square = share.square()
    series = 1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9)))
    is_close = share.abs() < _CLOSE
    quotient = (a.log() - b.log()) / torch.where(is_close, 1.0, 2 * share)
    return torch.where(is_close, series, quotient) * 2 / (a + b)


def _log_by_products(C: torch.Tensor, floor: float) -> torch.Tensor:
    eye = torch.eye(C.shape[-1], dtype=C.dtype, device=C.device)
    # No eigenvalue is greater than the trace.
    trace = C.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    root = C / trace
    for _ in range(_N_ROOTS):
        root = _square_root(root, eye, _count_steps(floor))
        floor **= 0.5
    rest = eye - root
    series = eye / _N_TERMS
    for number in range(_N_TERMS - 1, 0, -1):
        series = eye / number + rest @ series
    return trace.log() * eye - 2**_N_ROOTS * (rest @ series)


def _count_steps(eigenvalue: float) -> int:
    """Return the number of Newton-Schulz steps until the root of an eigenvalue is exact."""
    n_steps = 0
    # Its root times the inverse of the exact root, squared.
    while 1 - eigenvalue > _PRECISION:
        eigenvalue *= (1.5 - 0.5 * eigenvalue) ** 2
        n_steps += 1
    return n_steps


def _square_root(C: torch.Tensor, eye: torch.Tensor, n_steps: int) -> torch.Tensor:
    """Return square roots of matrices with eigenvalues up to 1, by Newton-Schulz steps."""
    root, inverse = C, eye.expand_as(C)
    for _ in range(n_steps):
        step = 1.5 * eye - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return root
