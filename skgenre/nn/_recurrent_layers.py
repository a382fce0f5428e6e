"""Recurrent layers that networks share."""

from collections.abc import Sequence
from numbers import Integral

import torch
from torch import nn

from ._heads import make_head

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class FramePool(nn.Module):
    """Average groups of frames.

    Parameters
    ----------
    size : int
        Frames of a group; the last one may have fewer.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the means.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_bands, ceil(n_frames / size))
            One frame per group.
        """
        n_full = X.shape[-1] // self.size * self.size
        groups = [X[..., :n_full].unflatten(-1, (-1, self.size)).mean(-1)] if n_full else []
        if n_full < X.shape[-1]:
            groups.append(X[..., n_full:].mean(-1, keepdim=True))
        return torch.cat(groups, dim=-1)


class Recurrent(nn.Module):
    """Recurrent layers over sequences, with a head that gives a vector.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        Kind of cell.
    n_inputs, n_steps : int
        Size of the sequences.
    hidden_size : int or sequence of int
        Hidden units per layer; a sequence has one number per layer.
    num_layers : int, default=1
        Number of layers. Ignored if `hidden_size` is a sequence.
    bidirectional : bool, default=False
        Whether to read the steps backwards, too.
    layer_dropout : float, default=0.0
        Dropout rate between layers.
    recurrent_dropout : float, default=0.0
        Dropout rate of the hidden state inside the cells, with the same mask at every step. Steps
        then run one by one, which is slower.
    head : {"last", "avg", "max", "attention", "flatten"}, default="last"
        Output: the final hidden state of the last layer, or the mean, maximum or weighted mean of
        its outputs over all steps, or all of them.

    References
    ----------
    .. [1] Y. Gal, Z. Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent
       Neural Networks", NeurIPS 2016.
    """

    def __init__(
        self,
        cell: str,
        n_inputs: int,
        n_steps: int,
        *,
        hidden_size: int | Sequence[int],
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        head: str = "last",
    ) -> None:
        super().__init__()
        kind = CELLS[cell]
        self.cell = cell
        self.recurrent_dropout = recurrent_dropout
        self.dropout = nn.Dropout(layer_dropout)
        self.layers = nn.ModuleList()
        n_directions = 2 if bidirectional else 1
        is_number = isinstance(hidden_size, Integral)
        widths: list[int] = (
            [hidden_size] * num_layers if is_number else [*hidden_size]  # type: ignore
        )
        between, n_together = 0.0, 1
        if is_number and not recurrent_dropout:
            # One module for all layers, so that a GPU runs them together.
            between = layer_dropout if num_layers > 1 else 0.0
            widths, n_together = widths[:1], num_layers
        for width in widths:
            self.layers.append(
                kind(
                    n_inputs,
                    width,
                    n_together,
                    batch_first=True,
                    bidirectional=bidirectional,
                    dropout=between,
                )
            )
            n_inputs = width * n_directions
        self.head: nn.Module | None = None
        self.n_features = n_inputs
        if head != "last":
            self.head, self.n_features = make_head(head, n_inputs, n_steps)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Read the sequences.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_steps, n_inputs)
            Sequences.

        Returns
        -------
        Tensor of shape (n_clips, n_features)
            Output of the head.
        """
        last = X
        for number, layer in enumerate(self.layers):
            if number:
                X = self.dropout(X)
            if self.training and self.recurrent_dropout:
                X, last = _run_with_dropout(layer, self.cell, X, self.recurrent_dropout)
            else:
                X, state = layer(X)
                hidden = state[0] if isinstance(state, tuple) else state
                last = hidden[-2:] if layer.bidirectional else hidden[-1:]
                last = last.transpose(0, 1).flatten(1)
        return last if self.head is None else self.head(X.transpose(1, 2))


def _run_with_dropout(
    layer: nn.Module, cell: str, X: torch.Tensor, dropout: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run one layer with dropout on its hidden state; return its outputs and the last ones."""
    outputs, last = [], []
    for suffix in ("", "_reverse") if layer.bidirectional else ("",):
        weight_ih, weight_hh, bias_ih, bias_hh = (
            getattr(layer, f"{name}_l0{suffix}")
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        inputs = nn.functional.linear(X.flip(1) if suffix else X, weight_ih, bias_ih)
        hidden = X.new_zeros(len(X), weight_hh.shape[1])
        memory = hidden
        mask = nn.functional.dropout(torch.ones_like(hidden), dropout)
        steps = []
        for step in inputs.unbind(1):
            recurrent = nn.functional.linear(hidden * mask, weight_hh, bias_hh)
            if cell == "lstm":
                enter, forget, candidate, leave = (step + recurrent).chunk(4, 1)
                memory = forget.sigmoid() * memory + enter.sigmoid() * candidate.tanh()
                hidden = leave.sigmoid() * memory.tanh()
            elif cell == "gru":
                reset, update, candidate = step.chunk(3, 1)
                reset_h, update_h, candidate_h = recurrent.chunk(3, 1)
                keep = (update + update_h).sigmoid()
                new = (candidate + (reset + reset_h).sigmoid() * candidate_h).tanh()
                hidden = keep * hidden * mask + (1 - keep) * new
            else:
                hidden = (step + recurrent).tanh()
            steps.append(hidden)
        sequence = torch.stack(steps, dim=1)
        outputs.append(sequence.flip(1) if suffix else sequence)
        last.append(hidden)
    return torch.cat(outputs, dim=2), torch.cat(last, dim=1)
