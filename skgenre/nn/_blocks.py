"""Layers that several networks share."""

from collections.abc import Sequence

import torch
from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


class Standardize(nn.Module):
    """Shift and scale each band by constants, learnt from the training clips.

    Parameters
    ----------
    n_bands : int
        Number of bands.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import Standardize
    >>> layer = Standardize(2)
    >>> layer.set(torch.tensor([1.0, 10.0]), torch.tensor([2.0, 5.0]))
    >>> layer(torch.tensor([[[3.0], [0.0]]])).tolist()
    [[[1.0], [-2.0]]]
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, n_bands: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_bands, 1))
        self.register_buffer("scale", torch.ones(n_bands, 1))

    def set(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        """Take over means and standard deviations.

        Parameters
        ----------
        mean : Tensor of shape (n_bands,)
            Means.
        std : Tensor of shape (n_bands,)
            Standard deviations. A band that does not vary is shifted and not scaled.
        """
        self.mean.copy_(mean[:, None])
        self.scale.copy_(torch.where(std > 0, 1 / std, torch.ones_like(std))[:, None])

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Standardize maps.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_bands, n_frames)
            The maps, shifted and scaled.
        """
        return (X - self.mean) * self.scale


class _SingleValueBatchNorm:
    """Batch norm that takes its running statistics where a batch has one value a channel."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        if self.training and X.numel() == X.shape[1]:  # type: ignore[attr-defined]
            return nn.functional.batch_norm(
                X,
                self.running_mean,  # type: ignore[attr-defined]
                self.running_var,  # type: ignore[attr-defined]
                self.weight,  # type: ignore[attr-defined]
                self.bias,  # type: ignore[attr-defined]
                eps=self.eps,  # type: ignore[attr-defined]
            )
        return super().forward(X)  # type: ignore[misc]


class _BatchNorm1d(_SingleValueBatchNorm, nn.BatchNorm1d):
    pass


class _BatchNorm2d(_SingleValueBatchNorm, nn.BatchNorm2d):
    pass


def make_norm(norm: str | None, n_channels: int, dims: int) -> nn.Module:
    """Return a normalization layer: "batch", "layer" (over channels and positions) or None."""
    if norm is None:
        return nn.Identity()
    if norm == "layer":
        return nn.GroupNorm(1, n_channels)
    return _BatchNorm1d(n_channels) if dims == 1 else _BatchNorm2d(n_channels)


def make_conv_blocks(
    dims: int,
    in_channels: int,
    channels: Sequence[int],
    kernel_size: int,
    pool_size: int,
    norm: str | None,
    activation: str,
    dropout: float,
) -> nn.Sequential:
    """Return blocks of convolution ("same"), norm, activation, max-pooling and dropout.

    Pooling rounds sizes up, so that maps of any size, a single frame too, pass through.
    """
    conv = nn.Conv1d if dims == 1 else nn.Conv2d
    pool = nn.MaxPool1d if dims == 1 else nn.MaxPool2d
    blocks = []
    for n_channels in channels:
        layers: list[nn.Module] = [
            conv(in_channels, n_channels, kernel_size, padding="same", bias=norm is None),
            make_norm(norm, n_channels, dims),
            ACTIVATIONS[activation](),
            pool(pool_size, ceil_mode=True),
            nn.Dropout(dropout),
        ]
        blocks.append(nn.Sequential(*layers))
        in_channels = n_channels
    return nn.Sequential(*blocks)


def make_classifier(
    n_features: int, dense: Sequence[int], n_outputs: int, activation: str, dropout: float
) -> nn.Sequential:
    """Return dense layers, each with activation and dropout, and the one that gives the logits."""
    layers: list[nn.Module] = []
    for width in dense:
        layers += [nn.Linear(n_features, width), ACTIVATIONS[activation](), nn.Dropout(dropout)]
        n_features = width
    return nn.Sequential(*layers, nn.Linear(n_features, n_outputs))


def make_recurrent(
    cell: str,
    n_inputs: int,
    hidden_size: int,
    num_layers: int,
    bidirectional: bool,
    dropout: float,
) -> nn.RNNBase:
    """Return an LSTM, GRU or plain recurrent network; dropout is between its layers."""
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
    return kind(
        n_inputs,
        hidden_size,
        num_layers,
        batch_first=True,
        bidirectional=bidirectional,
        dropout=dropout if num_layers > 1 else 0.0,
    )


def last_state(recurrent: nn.RNNBase, sequence: torch.Tensor) -> torch.Tensor:
    """Return what the last layer remembers at the end, of both directions where it has two.

    Parameters
    ----------
    recurrent : RNNBase
        The network.
    sequence : Tensor of shape (n_clips, n_steps, n_inputs)
        Its input.
    """
    _, state = recurrent(sequence)
    hidden = state[0] if isinstance(state, tuple) else state
    n_directions = 2 if recurrent.bidirectional else 1
    return hidden[-n_directions:].transpose(0, 1).flatten(1)
