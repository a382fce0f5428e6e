"""Centring and standardization of bands."""

import torch
from torch import nn

from .._public import public


@public
class Standardize(nn.Module):
    """Shift and scale each band by constants, learnt from the training clips.

    Parameters
    ----------
    n_bands : int
        Number of bands.
    center : {"clip"} or None, default=None
        "clip" subtracts each band's mean over the frames of the clip first. Maps of one frame are
        not centred.

    Raises
    ------
    ValueError
        If `center` is another value.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import Standardize
    >>> layer = Standardize(2)
    >>> layer.set(torch.tensor([1.0, 10.0]), torch.tensor([2.0, 5.0]))
    >>> layer(torch.tensor([[[3.0], [0.0]]])).tolist()
    [[[1.0], [-2.0]]]
    >>> Standardize(1, center="clip")(torch.tensor([[[3.0, 5.0]]])).tolist()
    [[[-1.0, 1.0]]]
    """

    mean: torch.Tensor
    scale: torch.Tensor
    # Here, too, for modules that were pickled whole before it existed.
    center: str | None = None

    def __init__(self, n_bands: int, *, center: str | None = None) -> None:
        super().__init__()
        if center not in ("clip", None):
            raise ValueError(
                f"The 'center' parameter of Standardize must be 'clip' or None. Got {center!r} "
                f"instead."
            )
        self.center = center
        self.register_buffer("mean", torch.zeros(n_bands, 1))
        self.register_buffer("scale", torch.ones(n_bands, 1))

    def set(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        """Set means and standard deviations.

        Parameters
        ----------
        mean : Tensor of shape (n_bands,)
            Means.
        std : Tensor of shape (n_bands,)
            Standard deviations. A constant band is shifted but not scaled.
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
        # In place: memory for another batch would take longer than the product.
        return (self.subtract_means(X) - self.mean).mul_(self.scale)

    def subtract_means(self, X: torch.Tensor) -> torch.Tensor:
        """Subtract each band's mean over the frames, if bands are centred.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_bands, n_frames)
            The centred maps; `X` itself without centring, or if there is only one frame.
        """
        if self.center is None or X.shape[-1] == 1:
            return X
        return X - X.mean(-1, keepdim=True)
