"""Heads: layers that reduce the last map to a vector."""

import torch
from torch import nn

from .._public import public
from ._covariance_pooling import CovariancePooling


@public
class AttentionPooling(nn.Module):
    """Mean over positions, weighted by a learnt score.

    Parameters
    ----------
    n_channels : int
        Channels of the input.

    References
    ----------
    .. [1] C. Raffel, D. Ellis, "Feed-Forward Networks with Attention Can Solve Some Long-Term
       Memory Problems", ICLR workshops 2016.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import AttentionPooling
    >>> AttentionPooling(8)(torch.ones(2, 8, 50)).shape
    torch.Size([2, 8])
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.score = nn.Conv1d(n_channels, 1, 1)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the means.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_channels, n_positions)
            The last maps.

        Returns
        -------
        Tensor of shape (n_clips, n_channels)
            Weighted means.
        """
        return (X * self.score(X).softmax(-1)).sum(-1)


class _Mean(nn.Module):
    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return X.mean(-1)


class _Max(nn.Module):
    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return X.amax(-1)


def make_head(head: str, n_channels: int, n_positions: int) -> tuple[nn.Module, int]:
    """Return a layer (n_clips, n_channels, n_positions) -> (n_clips, n_features), and n_features.

    `head` is "avg", "max", "attention", "covariance" or "flatten".
    """
    if head == "flatten":
        return nn.Flatten(), n_channels * n_positions
    if head == "covariance":
        pooling = CovariancePooling(n_channels)
        return pooling, pooling.n_features
    if head == "attention":
        return AttentionPooling(n_channels), n_channels
    return _Max() if head == "max" else _Mean(), n_channels
