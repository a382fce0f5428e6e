"""Convolutional networks."""

from collections.abc import Sequence
from math import prod

import torch
from torch import nn

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import DenseStem, Network, initialize, make_classifier
from ._conv import ConvBlocks, Size
from ._heads import make_head
from ._image import ImageInput


@public
@inherit_docs(ConvBlocks)
class CNN(Network):
    """Convolutional network over feature maps.

    Parameters
    ----------
    n_bands, n_frames : int
        Size of the maps.
    n_outputs : int
        Number of genres.
    dims : {1, 2}, default=1
        1 convolves over frames, with the bands as channels; 2 over bands and frames. Images need 2.
    kernel_size : int or sequence, default=3
        Kernel size: a number, a pair (bands, frames) with ``dims=2``, or one of these per block.
    pool_size : int or sequence, default=4
        Max-pooling window of each block, given as `kernel_size`. 1 omits pooling.
    conv_dropout : float or sequence of float, default=None
        Dropout rate after each block. None means `dropout`.
    head : {"avg", "max", "attention", "covariance", "flatten"}, default="avg"
        Reduction of the last map to a vector: its mean, maximum or weighted mean over positions,
        the logarithm of its channels' covariance, or all of it.
    dropout : float, default=0.2
        Dropout rate after each dense layer.
    dense : sequence of int, default=()
        Widths of the dense layers before the output layer.
    stem : sequence of int, default=None
        Map the whole input to this shape first, by a dense layer: (channels, rows, columns), or
        (channels, positions) with ``dims=1``.
    image_size : (int, int), default=None
        Height and width in pixels that maps are resized to. None keeps bands and frames.
    in_channels : {1, 3}, default=1
        Channels of the image.
    colormap : {"jet", "gray"} or None, default=None
        Colormap of the image, from the minimum of each map to its maximum; bands are then not
        standardized. None keeps the standardized values.
    initializer : {"torch", "keras"}, default="torch"
        Weight initialization scheme.
    penalize : {"all", "conv", "dense"}, default="all"
        Kernels that are penalized.

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
        dims: int = 1,
        channels: Sequence[int] = (128, 128, 128),
        kernel_size: Size = 3,
        padding: str = "same",
        pool_size: Size = 4,
        pool_stride: Size | None = None,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        norm_position: str = "conv",
        norm_momentum: float = 0.1,
        conv_bias: bool | None = None,
        conv_dropout: float | Sequence[float] | None = None,
        head: str = "avg",
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (),
        stem: Sequence[int] | None = None,
        image_size: Sequence[int] | None = None,
        in_channels: int = 1,
        colormap: str | None = None,
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = "clip",
    ) -> None:
        super().__init__(n_bands, penalize, center)
        self.dims = dims
        self.colormap = colormap
        is_image = image_size is not None or in_channels > 1 or colormap is not None
        if is_image and (dims == 1 or stem is not None):
            raise ValueError(
                "An image (the parameters 'image_size', 'in_channels', 'colormap') needs dims=2 "
                f"and no stem. Got dims={dims}, stem={stem}."
            )
        self.front: nn.Module | None = None
        n_channels = n_bands if dims == 1 else in_channels
        sizes: tuple[int, ...] = (n_frames,) if dims == 1 else (n_bands, n_frames)
        if stem is not None:
            _check_stem(stem, dims)
            self.front = DenseStem(n_bands * n_frames, stem)
            n_channels, sizes = stem[0], tuple(stem[1:])
        elif is_image:
            self.front = ImageInput(image_size, in_channels, colormap)
            sizes = sizes if image_size is None else tuple(image_size)
        self.blocks = ConvBlocks(
            dims,
            n_channels,
            channels,
            kernel_size=kernel_size,
            padding=padding,
            pool_size=pool_size,
            pool_stride=pool_stride,
            ceil_mode=ceil_mode,
            norm=norm,
            norm_position=norm_position,
            norm_momentum=norm_momentum,
            conv_bias=conv_bias,
            activation=activation,
            dropout=dropout if conv_dropout is None else conv_dropout,
        )
        n_positions = prod(self.blocks.output_sizes(sizes))
        self.head, n_features = make_head(head, self.blocks.out_channels, n_positions)
        self.classifier = make_classifier(n_features, dense, n_outputs, activation, dropout)
        initialize(self, initializer)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = self.standardize(X) if self.colormap is None else self.standardize.subtract_means(X)
        if self.front is not None:
            X = self.front(X)
        elif self.dims == 2:
            X = X.unsqueeze(1)
        return self.classifier(self.head(self.blocks(X).flatten(2)))


def _check_stem(stem: Sequence[int], dims: int) -> None:
    if len(stem) != dims + 1:
        names = "(channels, positions)" if dims == 1 else "(channels, rows, columns)"
        raise ValueError(
            f"The 'stem' parameter must be {names} with dims={dims}. Got {stem!r} instead."
        )
