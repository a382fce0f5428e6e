"""Convolutional recurrent networks."""

from collections.abc import Sequence

import torch
from torch import nn

from ._blocks import (
    Standardize,
    last_state,
    make_classifier,
    make_conv_blocks,
    make_recurrent,
)


class CRNN(nn.Module):
    """Convolutions that shorten feature maps, and a recurrent network over what is left.

    Parameters
    ----------
    n_bands, n_frames : int
        Size of the maps.
    n_outputs : int
        Number of genres.
    dims : {1, 2}, default=1
        2 convolves over bands and frames; 1 over frames, with the bands as channels.
    channels : sequence of int, default=(56, 56, 56)
        Channels of each block of convolution.
    kernel_size : int, default=5
        Size of the kernels.
    pool_size : int, default=2
        What each block's max-pooling divides the size by.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization behind each convolution.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    hidden_size : int, default=96
        Values that a recurrent layer remembers.
    num_layers : int, default=1
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether to read the frames backwards, too.
    activation : str, default="relu"
        "relu", "leaky_relu", "elu", "gelu", "silu" or "tanh".
    dropout : float, default=0.2
        Share of values that are dropped in training.
    dense : sequence of int, default=(64,)
        Widths of dense layers before the last one.

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
        channels: Sequence[int] = (56, 56, 56),
        kernel_size: int = 5,
        pool_size: int = 2,
        norm: str | None = "batch",
        cell: str = "lstm",
        hidden_size: int = 96,
        num_layers: int = 1,
        bidirectional: bool = False,
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (64,),
    ) -> None:
        super().__init__()
        self.dims = dims
        self.standardize = Standardize(n_bands)
        self.blocks = make_conv_blocks(
            dims,
            n_bands if dims == 1 else 1,
            channels,
            kernel_size,
            pool_size,
            norm,
            activation,
            dropout,
        )
        n_inputs = channels[-1]
        if dims == 2:
            n_rows = n_bands
            for _ in channels:
                n_rows = -(-n_rows // pool_size)  # pooling rounds up
            n_inputs *= n_rows
        self.recurrent = make_recurrent(
            cell, n_inputs, hidden_size, num_layers, bidirectional, dropout
        )
        self.dropout = nn.Dropout(dropout)
        n_features = hidden_size * (2 if bidirectional else 1)
        self.classifier = make_classifier(n_features, dense, n_outputs, activation, dropout)

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
        X = self.standardize(X)
        if self.dims == 2:
            X = self.blocks(X.unsqueeze(1)).flatten(1, 2)
        else:
            X = self.blocks(X)
        return self.classifier(self.dropout(last_state(self.recurrent, X.transpose(1, 2))))
