"""Recurrent networks."""

from collections.abc import Sequence

import torch
from torch import nn

from ._blocks import Standardize, last_state, make_classifier, make_recurrent


class RecurrentNetwork(nn.Module):
    """LSTM, GRU or plain recurrent network over the frames of feature maps.

    Parameters
    ----------
    n_bands, n_frames : int
        Size of the maps.
    n_outputs : int
        Number of genres.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of cell.
    hidden_size : int, default=64
        Values that a layer remembers.
    num_layers : int, default=2
        Number of layers.
    bidirectional : bool, default=False
        Whether to read the frames backwards, too.
    activation : str, default="relu"
        Of the dense layers.
    dropout : float, default=0.3
        Share of values that are dropped in training, between layers and behind each dense one.
    dense : sequence of int, default=(64,)
        Widths of dense layers before the last one.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import RecurrentNetwork
    >>> RecurrentNetwork(13, 130, n_outputs=10, cell="gru")(torch.zeros(4, 13, 130)).shape
    torch.Size([4, 10])
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        cell: str = "lstm",
        hidden_size: int = 64,
        num_layers: int = 2,
        bidirectional: bool = False,
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (64,),
    ) -> None:
        super().__init__()
        self.standardize = Standardize(n_bands)
        self.recurrent = make_recurrent(
            cell, n_bands, hidden_size, num_layers, bidirectional, dropout
        )
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
        sequence = self.standardize(X).transpose(1, 2)
        return self.classifier(last_state(self.recurrent, sequence))
