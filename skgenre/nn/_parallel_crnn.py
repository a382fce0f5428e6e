"""Parallel convolutional and recurrent networks."""

from collections.abc import Sequence
from math import prod

import torch
from torch import nn

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import Network, initialize, make_classifier
from ._cnn import CNN
from ._conv import ConvBlocks, Size, make_pool, pooled_sizes
from ._heads import make_head
from ._recurrent import RecurrentNetwork
from ._recurrent_layers import Recurrent


@public
@inherit_docs(CNN, RecurrentNetwork)
class ParallelCRNN(Network):
    """A convolutional and a recurrent branch over the same feature maps, joined at the end.

    Parameters
    ----------
    kernel_size : int or sequence, default=3
        Kernel size: a number, a pair (bands, frames), or one of these per block.
    recurrent_pool : int or (int, int), default=(8, 4)
        Max-pooling factors of bands and frames before the recurrent branch.
    recurrent_head : {"last", "avg", "max", "attention", "flatten"}, default="attention"
        Output of the recurrent branch.
    dropout : float, default=0.0
        Dropout rate after each block, recurrent layer and dense layer.

    References
    ----------
    .. [1] L. Feng, S. Liu, J. Yao, "Music Genre Classification with Paralleling Recurrent
       Convolutional Neural Network", arXiv:1712.08370, 2017.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import ParallelCRNN
    >>> ParallelCRNN(128, 640, n_outputs=8)(torch.zeros(4, 128, 640)).shape
    torch.Size([4, 8])
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        channels: Sequence[int] = (16, 32, 64),
        kernel_size: Size = 3,
        padding: str = "same",
        pool_size: Size = 4,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        head: str = "avg",
        recurrent_pool: int | Sequence[int] = (8, 4),
        cell: str = "gru",
        hidden_size: int | Sequence[int] = 32,
        num_layers: int = 1,
        bidirectional: bool = True,
        recurrent_dropout: float = 0.0,
        recurrent_head: str = "attention",
        activation: str = "relu",
        dropout: float = 0.0,
        dense: Sequence[int] = (),
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = "clip",
    ) -> None:
        super().__init__(n_bands, penalize, center)
        self.blocks = ConvBlocks(
            2,
            1,
            channels,
            kernel_size=kernel_size,
            padding=padding,
            pool_size=pool_size,
            ceil_mode=ceil_mode,
            norm=norm,
            activation=activation,
            dropout=dropout,
        )
        n_positions = prod(self.blocks.output_sizes((n_bands, n_frames)))
        self.head, n_conv = make_head(head, self.blocks.out_channels, n_positions)
        pair = (recurrent_pool,) * 2 if isinstance(recurrent_pool, int) else tuple(recurrent_pool)
        self.pool = make_pool(pair, pair, ceil_mode)
        n_rows, n_steps = pooled_sizes((n_bands, n_frames), pair, pair, ceil_mode)
        self.recurrent = Recurrent(
            cell,
            n_rows,
            n_steps,
            hidden_size=hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            layer_dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            head=recurrent_head,
        )
        self.dropout = nn.Dropout(dropout)
        n_features = n_conv + self.recurrent.n_features
        self.classifier = make_classifier(n_features, dense, n_outputs, activation, dropout)
        initialize(self, initializer)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = self.standardize(X).unsqueeze(1)
        convolved = self.head(self.blocks(X).flatten(2))
        sequence = self.pool(X).squeeze(1).transpose(1, 2)
        joined = torch.cat([convolved, self.dropout(self.recurrent(sequence))], dim=1)
        return self.classifier(joined)
