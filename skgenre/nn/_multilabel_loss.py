"""Loss of several genres per clip."""

import torch
from torch import nn


class MultilabelLoss(nn.BCEWithLogitsLoss):
    """Binary cross-entropy of each genre, with smoothed targets.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        Reduction of the losses of clips and genres.
    label_smoothing : float, default=0.0
        Share of each target that is spread over the two answers: 0.1 makes 0.05 and 0.95 of 0
        and 1.
    """

    def __init__(self, *, reduction: str = "mean", label_smoothing: float = 0.0) -> None:
        super().__init__(reduction=reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:  # noqa: A002
        """Compute the loss.

        Parameters
        ----------
        input : Tensor of shape (n_clips, n_genres)
            Logits.
        target : Tensor of shape (n_clips, n_genres)
            1 where a clip has a genre, else 0.

        Returns
        -------
        Tensor
            The loss.
        """
        smoothed = target * (1 - self.label_smoothing) + self.label_smoothing / 2
        return super().forward(input, smoothed)
