"""Recurrent networks."""

from collections.abc import Sequence

import torch

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import DenseStem, Network, initialize, make_classifier
from ._cnn import CNN
from ._recurrent_layers import FramePool, Recurrent


@public
@inherit_docs(CNN)
class RecurrentNetwork(Network):
    """LSTM, GRU or plain recurrent network over the frames of feature maps.

    Parameters
    ----------
    pool_size : int, default=8
        Number of frames that are averaged into one before all other layers; the last group may have
        fewer. 1 omits pooling.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    hidden_size : int or sequence of int, default=128
        Hidden units per recurrent layer; a sequence has one number per layer.
    num_layers : int, default=1
        Number of recurrent layers. Ignored if `hidden_size` is a sequence.
    bidirectional : bool, default=False
        Whether to read the frames backwards, too.
    layer_dropout : float, default=None
        Dropout rate between recurrent layers. None means `dropout`.
    recurrent_dropout : float, default=0.0
        Dropout rate of the hidden state inside the cells.
    head : {"last", "avg", "max", "attention", "flatten"}, default="max"
        Output: the final hidden state of the last layer, or the mean, maximum or weighted mean of
        its outputs over all steps, or all of them.
    stem : (int, int), default=None
        Map the whole input to this shape, (n_bands, n_frames), first, by a dense layer.

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
        pool_size: int = 8,
        cell: str = "lstm",
        hidden_size: int | Sequence[int] = 128,
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float | None = None,
        recurrent_dropout: float = 0.0,
        head: str = "max",
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (),
        stem: Sequence[int] | None = None,
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = None,
    ) -> None:
        super().__init__(n_bands, penalize, center)
        self.pool = FramePool(pool_size) if pool_size > 1 else None
        n_frames = -(-n_frames // pool_size)
        self.stem = None if stem is None else DenseStem(n_bands * n_frames, stem)
        if stem is not None:
            n_bands, n_frames = stem
        self.recurrent = Recurrent(
            cell,
            n_bands,
            n_frames,
            hidden_size=hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            layer_dropout=dropout if layer_dropout is None else layer_dropout,
            recurrent_dropout=recurrent_dropout,
            head=head,
        )
        self.classifier = make_classifier(
            self.recurrent.n_features, dense, n_outputs, activation, dropout
        )
        initialize(self, initializer)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = self.standardize(X)
        if self.pool is not None:
            X = self.pool(X)
        if self.stem is not None:
            X = self.stem(X)
        return self.classifier(self.recurrent(X.transpose(1, 2)))
