"""Covariance of channels over positions, as a vector."""

import torch
from torch import nn

from .._public import public
from ._matrix_log import matrix_log

# With less, eigenvalues near 0 differ between devices and exported files, and may be negative.
_LEAST_SHRINKAGE = 1e-4


@public
class CovariancePooling(nn.Module):
    """Logarithm of the covariance of channels over positions, as a vector.

    The covariance shows which channels are active together. It is shrunk towards a multiple of the
    identity, and its matrix logarithm makes Euclidean distances meaningful. The upper triangle is
    returned row by row, with entries off the diagonal times the square root of 2, so that the norm
    of the vector is that of the matrix.

    Parameters
    ----------
    n_channels : int
        Channels of the input.
    shrinkage : float, default=0.01
        Share of the mean variance in the covariance, from 0 to 1: the covariance ``C`` of d
        channels becomes ``(1 - shrinkage) * C + shrinkage * trace(C) / d * I``. It is at least
        0.0001: smaller eigenvalues would be rounding errors in single precision.
    ridge : float, default=1e-4
        Variance added to that of each channel, above 0.
    method : {"auto", "eigh", "products"}, default="auto"
        Computation of the logarithm, as in :func:`matrix_log`.

    Attributes
    ----------
    n_features : int
        Length of the vector: ``n_channels * (n_channels + 1) / 2``.

    Raises
    ------
    ValueError
        If `shrinkage` or `ridge` is out of its range.

    See Also
    --------
    skgenre.features.BandCovariance : The covariance of bands, without a network.

    References
    ----------
    .. [1] V. Arsigny, P. Fillard, X. Pennec, N. Ayache, "Geometric Means in a Novel Vector Space
       Structure on Symmetric Positive-Definite Matrices", SIAM J. Matrix Anal. Appl. 29, 2007.
    .. [2] C. Ionescu, O. Vantzos, C. Sminchisescu, "Matrix Backpropagation for Deep Networks with
       Structured Layers", ICCV 2015.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import CovariancePooling
    >>> CovariancePooling(8)(torch.randn(2, 8, 50)).shape
    torch.Size([2, 36])
    """

    index: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        n_channels: int,
        *,
        shrinkage: float = 0.01,
        ridge: float = 1e-4,
        method: str = "auto",
    ) -> None:
        super().__init__()
        if not 0 <= shrinkage <= 1:
            raise ValueError(
                f"The 'shrinkage' parameter of CovariancePooling must be from 0 to 1. Got "
                f"{shrinkage!r} instead."
            )
        if not ridge > 0:
            raise ValueError(
                f"The 'ridge' parameter of CovariancePooling must be above 0. Got {ridge!r} "
                f"instead."
            )
        self.n_channels = n_channels
        self.n_features = n_channels * (n_channels + 1) // 2
        self.shrinkage = max(shrinkage, _LEAST_SHRINKAGE)
        self.ridge = ridge
        self.method = method
        rows, columns = torch.triu_indices(n_channels, n_channels)
        self.register_buffer("index", rows * n_channels + columns, persistent=False)
        self.register_buffer("scale", torch.where(rows == columns, 1.0, 2**0.5), persistent=False)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the vectors.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_channels, n_positions)
            The last maps.

        Returns
        -------
        Tensor of shape (n_clips, n_channels * (n_channels + 1) / 2)
            Upper triangles of the logarithms.
        """
        return self.to_vector(self.covariance(X)).to(X.dtype)

    def covariance(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the covariances, shrunk and with the ridge.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_channels, n_positions)
            The last maps.

        Returns
        -------
        Tensor of shape (n_clips, n_channels, n_channels)
            Covariances.
        """
        # In double precision autocasting, of CUDA, leaves them alone.
        maps = X.double() if X.device.type == "cuda" else X
        maps = maps - maps.mean(-1, keepdim=True)
        covariance = maps @ maps.mT / maps.shape[-1]
        eye = torch.eye(self.n_channels, dtype=maps.dtype, device=maps.device)
        variance = covariance.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
        covariance = (1 - self.shrinkage) * covariance
        return covariance + (self.shrinkage * variance + self.ridge) * eye

    def to_vector(self, covariance: torch.Tensor) -> torch.Tensor:
        """Compute the upper triangles of the logarithms of covariances.

        Parameters
        ----------
        covariance : Tensor of shape (..., n_channels, n_channels)
            Covariances, as `covariance` returns them.

        Returns
        -------
        Tensor of shape (..., n_channels * (n_channels + 1) / 2)
            Upper triangles, of the type of `covariance`.
        """
        # A little less than it is: the trace contains the ridge, too.
        floor = 0.9 * self.shrinkage / self.n_channels
        logarithm = matrix_log(covariance, method=self.method, floor=floor)
        return logarithm.flatten(-2).index_select(-1, self.index) * self.scale

    def extra_repr(self) -> str:
        """Return the parameters.

        Returns
        -------
        str
            As torch prints modules.
        """
        return f"{self.n_channels}, shrinkage={self.shrinkage}, ridge={self.ridge}"
