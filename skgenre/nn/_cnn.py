"""Convolutional networks."""

from collections.abc import Sequence

import torch
from torch import nn

from ._blocks import Standardize, make_classifier, make_conv_blocks


class CNN(nn.Module):
    """Convolutional network over feature maps.

    Parameters
    ----------
    n_bands, n_frames : int
        Size of the maps.
    n_outputs : int
        Number of genres.
    dims : {1, 2}, default=2
        2 convolves over bands and frames; 1 over frames, with the bands as channels.
    channels : sequence of int, default=(32, 64, 128)
        Channels of each block.
    kernel_size : int, default=3
        Size of the kernels.
    pool_size : int, default=2
        What each block's max-pooling divides the size by.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization behind each convolution.
    activation : str, default="relu"
        "relu", "leaky_relu", "elu", "gelu", "silu" or "tanh".
    dropout : float, default=0.2
        Share of values that are dropped in training, behind each block and dense layer.
    dense : sequence of int, default=()
        Widths of dense layers before the last one.
    head : {"avg", "max", "flatten"}, default="avg"
        How the map that is left becomes a vector: its mean or maximum over positions, or all of it.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import CNN
    >>> CNN(96, 130, n_outputs=10)(torch.zeros(4, 96, 130)).shape
    torch.Size([4, 10])
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        dims: int = 2,
        channels: Sequence[int] = (32, 64, 128),
        kernel_size: int = 3,
        pool_size: int = 2,
        norm: str | None = "batch",
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (),
        head: str = "avg",
    ) -> None:
        super().__init__()
        self.dims = dims
        self.head = head
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
        if head == "flatten":
            sizes = (n_frames,) if dims == 1 else (n_bands, n_frames)
            n_features = channels[-1]
            for size in sizes:
                for _ in channels:
                    size = -(-size // pool_size)  # pooling rounds up
                n_features *= size
        else:
            n_features = channels[-1]
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
            X = X.unsqueeze(1)
        X = self.blocks(X).flatten(2)
        if self.head == "avg":
            X = X.mean(-1)
        elif self.head == "max":
            X = X.amax(-1)
        else:
            X = X.flatten(1)
        return self.classifier(X)
