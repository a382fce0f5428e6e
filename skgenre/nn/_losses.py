"""Losses used by mistake in the literature."""

import torch
from torch import nn

from .._public import public


@public
class DoubleSoftmaxLoss(nn.CrossEntropyLoss):
    """Cross-entropy of a softmax of a softmax.

    The result of a softmax layer before a loss that applies softmax itself. With ten genres it
    can't fall below 1.461, and its gradient vanishes on the way. Use it only to measure the cost of
    the mistake.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        Reduction of the clips' losses.
    label_smoothing : float, default=0.0
        Share of each target that is spread over all genres.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import DoubleSoftmaxLoss
    >>> certain = 100 * torch.eye(10)[:1]
    >>> round(DoubleSoftmaxLoss()(certain, torch.tensor([0])).item(), 3)
    1.461
    """

    def __init__(self, *, reduction: str = "mean", label_smoothing: float = 0.0) -> None:
        super().__init__(reduction=reduction, label_smoothing=label_smoothing)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:  # noqa: A002
        """Compute the loss.

        Parameters
        ----------
        input : Tensor of shape (n_clips, n_outputs)
            Logits.
        target : Tensor of shape (n_clips,)
            Numbers of the genres.

        Returns
        -------
        Tensor
            The loss.
        """
        return super().forward(input.softmax(1), target)
