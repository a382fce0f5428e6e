"""Parallel convolutional and recurrent networks."""

from collections.abc import Sequence
from math import prod

import torch
from torch import nn

from .._public import public
from ._blocks import Network, initialize, make_classifier
from ._conv import ConvBlocks, Size, make_pool, pooled_sizes
from ._heads import make_head
from ._recurrent_layers import Recurrent


@public
class ParallelCRNN(Network):
    """A convolutional and a recurrent branch over the same feature maps, joined at the end.

    Parameters
    ----------
    n_bands, n_frames : int
        Size of the maps.
    n_outputs : int
        Number of genres.
    channels : sequence of int, default=(16, 32, 64, 64, 64)
        Channels of each block of convolution.
    kernel_size : int or sequence, default=3
        Kernel size: a number, a pair (bands, frames), or one of these per block.
    padding : {"same", "valid"}, default="same"
        "same" keeps the size of the map; "valid" uses whole windows only.
    pool_size : int or sequence, default=2
        Max-pooling window of each block, given as `kernel_size`. 1 omits pooling.
    ceil_mode : bool, default=True
        Whether pooling rounds sizes up.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization after each convolution.
    head : {"avg", "max", "attention", "flatten"}, default="flatten"
        Reduction of the last map to a vector.
    recurrent_pool : int or (int, int), default=(2, 4)
        Max-pooling factors of bands and frames before the recurrent branch.
    cell : {"lstm", "gru", "rnn"}, default="gru"
        Kind of recurrent cell.
    hidden_size : int or sequence of int, default=64
        Hidden units per recurrent layer; a sequence has one number per layer.
    num_layers : int, default=1
        Number of recurrent layers. Ignored if `hidden_size` is a sequence.
    bidirectional : bool, default=True
        Whether to read the frames backwards, too.
    recurrent_dropout : float, default=0.0
        Dropout rate of the hidden state inside the cells.
    recurrent_head : {"last", "avg", "max", "attention", "flatten"}, default="last"
        Output of the recurrent branch.
    activation : str, default="relu"
        "relu", "leaky_relu", "elu", "gelu", "silu" or "tanh".
    dropout : float, default=0.0
        Dropout rate after each block, recurrent layer and dense layer.
    dense : sequence of int, default=()
        Widths of the dense layers before the output layer.
    initializer : {"torch", "keras"}, default="torch"
        Weight initialization scheme.
    penalize : {"all", "conv", "dense"}, default="all"
        Kernels that are penalized.

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
        channels: Sequence[int] = (16, 32, 64, 64, 64),
        kernel_size: Size = 3,
        padding: str = "same",
        pool_size: Size = 2,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        head: str = "flatten",
        recurrent_pool: int | Sequence[int] = (2, 4),
        cell: str = "gru",
        hidden_size: int | Sequence[int] = 64,
        num_layers: int = 1,
        bidirectional: bool = True,
        recurrent_dropout: float = 0.0,
        recurrent_head: str = "last",
        activation: str = "relu",
        dropout: float = 0.0,
        dense: Sequence[int] = (),
        initializer: str = "torch",
        penalize: str = "all",
    ) -> None:
        super().__init__(n_bands, penalize)
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
        """Compute the logits.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_outputs)
            Logits: no softmax has been applied.
        """
        X = self.standardize(X).unsqueeze(1)
        convolved = self.head(self.blocks(X).flatten(2))
        sequence = self.pool(X).squeeze(1).transpose(1, 2)
        joined = torch.cat([convolved, self.dropout(self.recurrent(sequence))], dim=1)
        return self.classifier(joined)
