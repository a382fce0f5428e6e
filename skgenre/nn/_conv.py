"""Blocks of convolution and pooling, over frames or over bands and frames."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch import nn

from ._blocks import ACTIVATIONS, MONOTONE, make_norm

Size = int | Sequence[Any]


class ConvBlocks(nn.Sequential):
    """Blocks of convolution, normalization, activation, max-pooling and dropout.

    Maps of any size are accepted, even a single value: maps smaller than a kernel or a pooling
    window are padded to its size.

    Parameters
    ----------
    dims : {1, 2}
        Number of axes of a map.
    in_channels : int
        Channels of the input.
    channels : sequence of int
        Channels of each block.
    kernel_size : int or sequence, default=3
        A number, a pair (bands, frames) with two axes, or one of these per block.
    padding : {"same", "valid"}, default="same"
        "same" keeps the size of the map; "valid" uses whole windows only.
    pool_size : int or sequence, default=2
        Max-pooling window, given as `kernel_size`. 1 omits pooling.
    pool_stride : int, sequence or None, default=None
        Stride of the pooling, given as `kernel_size`. None means `pool_size`.
    ceil_mode : bool, default=True
        Whether pooling rounds sizes up.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization after each convolution.
    norm_position : {"conv", "pool"}, default="conv"
        Normalize after the convolution or after pooling.
    norm_momentum : float, default=0.1
        Momentum of batch norm: the weight of each batch in the running statistics.
    conv_bias : bool or None, default=None
        Whether convolutions have a bias. None omits it where normalization follows.
    activation : str, default="relu"
        "relu", "leaky_relu", "elu", "gelu", "silu" or "tanh".
    dropout : float or sequence of float, default=0.0
        Dropout rate after each block.
    """

    def __init__(
        self,
        dims: int,
        in_channels: int,
        channels: Sequence[int],
        *,
        kernel_size: Size = 3,
        padding: str = "same",
        pool_size: Size = 2,
        pool_stride: Size | None = None,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        norm_position: str = "conv",
        norm_momentum: float = 0.1,
        conv_bias: bool | None = None,
        activation: str = "relu",
        dropout: float | Sequence[float] = 0.0,
    ) -> None:
        super().__init__()
        n_blocks = len(channels)
        kernels = _per_block("kernel_size", kernel_size, n_blocks, dims)
        pools = _per_block("pool_size", pool_size, n_blocks, dims)
        strides = (
            pools if pool_stride is None else _per_block("pool_stride", pool_stride, n_blocks, dims)
        )
        dropouts: list[float] = (
            [float(dropout)] * n_blocks if isinstance(dropout, Real) else [*dropout]  # type: ignore
        )
        if len(dropouts) != n_blocks:
            raise ValueError(
                f"The 'conv_dropout' parameter must be a number or have one for each of the "
                f"{n_blocks} blocks that 'channels' names. Got {dropout!r} instead."
            )
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.windows = list(zip(kernels, pools, strides, strict=True))
        self.out_channels = channels[-1] if n_blocks else in_channels
        conv: Any = nn.Conv1d if dims == 1 else nn.Conv2d
        has_bias = norm is None or norm_position == "pool" if conv_bias is None else conv_bias
        for (kernel, pool, stride), n_channels, share in zip(
            self.windows, channels, dropouts, strict=True
        ):
            normalization = make_norm(norm, n_channels, dims, norm_momentum)
            layers: list[nn.Module] = []
            if padding == "valid":
                layers.append(_PadTo(kernel))
            around: Any = 0
            if padding == "same" and all(n % 2 for n in kernel):
                around = tuple(n // 2 for n in kernel)
            elif padding == "same":
                layers.append(_pad_around(kernel))
            layers.append(conv(in_channels, n_channels, kernel, padding=around, bias=has_bias))
            if norm_position == "conv":
                layers.append(normalization)
            tail: list[nn.Module] = [ACTIVATIONS[activation]()]
            if max(pool) > 1 or max(stride) > 1:
                # Pooling first gives the same, with fewer values to activate.
                tail.insert(0 if activation in MONOTONE else 1, make_pool(pool, stride, ceil_mode))
            layers += tail
            if norm_position == "pool":
                layers.append(normalization)
            layers.append(nn.Dropout(share))
            self.append(nn.Sequential(*layers))
            in_channels = n_channels

    def output_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """Return the size of the last map.

        Parameters
        ----------
        sizes : sequence of int
            Size of the map: (n_bands, n_frames), or (n_frames,).

        Returns
        -------
        tuple of int
            Size after the last block.
        """
        left = tuple(sizes)
        for kernel, pool, stride in self.windows:
            if self.padding == "valid":
                left = tuple(max(n - k + 1, 1) for n, k in zip(left, kernel, strict=True))
            left = pooled_sizes(left, pool, stride, self.ceil_mode)
        return left


def _pad_around(kernel: tuple[int, ...]) -> nn.Module:
    """Return padding for an even kernel, more of it at the end."""
    pairs = [amount for n in reversed(kernel) for amount in ((n - 1) // 2, n // 2)]
    kind: Any = nn.ZeroPad1d if len(kernel) == 1 else nn.ZeroPad2d
    return kind(tuple(pairs))


def make_pool(pool: tuple[int, ...], stride: tuple[int, ...], ceil_mode: bool) -> nn.Module:
    """Return max-pooling that accepts maps of any size."""
    if ceil_mode and pool == stride:
        kind = nn.MaxPool1d if len(pool) == 1 else nn.MaxPool2d
        return kind(pool, stride, ceil_mode=True)  # torch's own, which pads nothing
    return _MaxPool(pool, stride, ceil_mode)


def pooled_sizes(
    sizes: Sequence[int], pool: Sequence[int], stride: Sequence[int], ceil_mode: bool
) -> tuple[int, ...]:
    """Return the sizes after max-pooling."""
    if ceil_mode:
        return tuple(-(-n // s) for n, s in zip(sizes, stride, strict=True))
    return tuple(max((n - p) // s, 0) + 1 for n, p, s in zip(sizes, pool, stride, strict=True))


class _PadTo(nn.Module):
    """Pad maps with a value at their ends if they are smaller than a window."""

    def __init__(self, sizes: Sequence[int], value: float = 0.0) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        self.value = value

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return _pad(X, self.sizes, self.value)


class _MaxPool(nn.Module):
    def __init__(self, pool: tuple[int, ...], stride: tuple[int, ...], ceil_mode: bool) -> None:
        super().__init__()
        self.pool = pool
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        sizes = X.shape[2:]
        out = pooled_sizes(sizes, self.pool, self.stride, self.ceil_mode)
        needed = [(n - 1) * s + p for n, s, p in zip(out, self.stride, self.pool, strict=True)]
        X = _pad(X, needed, float("-inf"))
        pool = nn.functional.max_pool1d if len(self.pool) == 1 else nn.functional.max_pool2d
        return pool(X, self.pool, self.stride)


def _pad(X: torch.Tensor, sizes: Sequence[int], value: float) -> torch.Tensor:
    lacking = [max(n - m, 0) for n, m in zip(sizes, X.shape[2:], strict=True)]
    if not any(lacking):
        return X
    pairs = [amount for n in reversed(lacking) for amount in (0, n)]
    return nn.functional.pad(X, pairs, value=value)


def _per_block(name: str, value: Any, n_blocks: int, dims: int) -> list[tuple[int, ...]]:
    """Return one window per block, each with `dims` numbers."""
    if isinstance(value, Integral):
        return [(int(value),) * dims] * n_blocks
    entries = list(value)
    is_pair = dims == 2 and len(entries) == 2 and all(isinstance(e, Integral) for e in entries)
    if is_pair:
        return [(entries[0], entries[1])] * n_blocks
    windows = [(int(e),) * dims if isinstance(e, Integral) else tuple(e) for e in entries]
    if len(windows) != n_blocks or any(len(window) != dims for window in windows):
        pair = ", a pair (bands, frames)" if dims == 2 else ""
        hint = "" if dims == 2 else " A pair (bands, frames) needs dims=2."
        raise ValueError(
            f"The {name!r} parameter must be a number{pair}, or have one entry for each of the "
            f"{n_blocks} blocks that 'channels' names. Got {value!r} instead.{hint}"
        )
    return windows
