"""Dense networks."""

from collections.abc import Sequence

import torch

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import Network, initialize, make_classifier
from ._cnn import CNN


@public
@inherit_docs(CNN)
class MLP(Network):
    """Dense network over whole feature maps.

    Parameters
    ----------
    norm : {"batch", "layer"} or None, default=None
        Normalization of each dense layer, before its activation.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import MLP
    >>> MLP(13, 130, n_outputs=10)(torch.zeros(4, 13, 130)).shape
    torch.Size([4, 10])
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        norm: str | None = None,
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (512, 256, 64),
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = None,
    ) -> None:
        super().__init__(n_bands, penalize, center)
        self.classifier = make_classifier(
            n_bands * n_frames, dense, n_outputs, activation, dropout, norm
        )
        initialize(self, initializer)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.standardize(X).flatten(1))
