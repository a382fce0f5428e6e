"""Convolutional recurrent networks."""

from collections.abc import Sequence

import torch
from torch import nn

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import Network, initialize, make_classifier
from ._cnn import CNN
from ._conv import ConvBlocks, Size
from ._recurrent import RecurrentNetwork
from ._recurrent_layers import Recurrent


@public
@inherit_docs(RecurrentNetwork, CNN)
class CRNN(Network):
    """Convolutions that shorten feature maps, followed by a recurrent network.

    Parameters
    ----------
    pool_size : int or sequence, default=4
        Max-pooling window of each block, given as `kernel_size`. 1 omits pooling.
    dropout : float, default=0.2
        Dropout rate after the recurrent layers and each dense layer.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import CRNN
    >>> CRNN(128, 640, n_outputs=8)(torch.zeros(4, 128, 640)).shape
    torch.Size([4, 8])
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        dims: int = 1,
        channels: Sequence[int] = (64, 64),
        kernel_size: Size = 5,
        padding: str = "same",
        pool_size: Size = 4,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        norm_momentum: float = 0.1,
        conv_bias: bool | None = None,
        conv_dropout: float | Sequence[float] | None = None,
        cell: str = "gru",
        hidden_size: int | Sequence[int] = 96,
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float | None = None,
        recurrent_dropout: float = 0.0,
        head: str = "attention",
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (64,),
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = "clip",
    ) -> None:
        super().__init__(n_bands, penalize, center)
        self.dims = dims
        self.blocks = ConvBlocks(
            dims,
            n_bands if dims == 1 else 1,
            channels,
            kernel_size=kernel_size,
            padding=padding,
            pool_size=pool_size,
            ceil_mode=ceil_mode,
            norm=norm,
            norm_momentum=norm_momentum,
            conv_bias=conv_bias,
            activation=activation,
            dropout=dropout if conv_dropout is None else conv_dropout,
        )
        n_inputs = self.blocks.out_channels
        if dims == 2:
            n_rows, n_steps = self.blocks.output_sizes((n_bands, n_frames))
            n_inputs *= n_rows
        else:
            (n_steps,) = self.blocks.output_sizes((n_frames,))
        self.recurrent = Recurrent(
            cell,
            n_inputs,
            n_steps,
            hidden_size=hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            layer_dropout=dropout if layer_dropout is None else layer_dropout,
            recurrent_dropout=recurrent_dropout,
            head=head,
        )
        self.dropout = nn.Dropout(dropout)
        self.classifier = make_classifier(
            self.recurrent.n_features, dense, n_outputs, activation, dropout
        )
        initialize(self, initializer)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = self.standardize(X)
        if self.dims == 2:
            X = self.blocks(X.unsqueeze(1)).flatten(1, 2)
        else:
            X = self.blocks(X)
        return self.classifier(self.dropout(self.recurrent(X.transpose(1, 2))))
