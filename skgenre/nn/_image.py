"""Feature maps as images: resized, coloured, in channels."""

from collections.abc import Sequence

import torch
from torch import nn

from .._public import public

# Breakpoints (position and value) of each piecewise linear colour: those of MATLAB's "jet".
_JET = (
    ((0.0, 0.35, 0.66, 0.89, 1.0), (0.0, 0.0, 1.0, 1.0, 0.5)),
    ((0.0, 0.125, 0.375, 0.64, 0.91, 1.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)),
    ((0.0, 0.11, 0.34, 0.65, 1.0), (0.5, 1.0, 1.0, 0.0, 0.0)),
)
_GRAY = (((0.0, 1.0), (0.0, 1.0)),) * 3
COLORMAPS = {"jet": _JET, "gray": _GRAY}
_N_COLORS = 256


@public
class ImageInput(nn.Module):
    """Turn feature maps into images, low bands at the bottom.

    Parameters
    ----------
    image_size : (int, int) or None, default=None
        Height and width in pixels to resize to, bilinearly. None keeps bands and frames.
    in_channels : {1, 3}, default=1
        Number of channels. Without a `colormap` all are the same.
    colormap : {"jet", "gray"} or None, default=None
        Colormap, from the minimum of each map to its maximum. None keeps the values.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import ImageInput
    >>> image = ImageInput(image_size=(64, 64), in_channels=3, colormap="jet")
    >>> image(torch.randn(2, 96, 130)).shape
    torch.Size([2, 3, 64, 64])
    """

    table: torch.Tensor

    def __init__(
        self,
        image_size: Sequence[int] | None = None,
        in_channels: int = 1,
        colormap: str | None = None,
    ) -> None:
        super().__init__()
        if colormap is not None and in_channels != 3:
            raise ValueError(
                f"The 'colormap' parameter {colormap!r} makes three channels: set in_channels=3. "
                f"Got in_channels={in_channels} instead."
            )
        self.image_size = None if image_size is None else tuple(image_size)
        self.in_channels = in_channels
        self.colormap = colormap
        if colormap is not None:
            self.register_buffer("table", color_table(colormap), persistent=False)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Make the images.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, in_channels, height, width)
            Images; with a colormap their values are in [0, 1].
        """
        X = X.flip(1).unsqueeze(1)
        if self.image_size is not None:
            X = nn.functional.interpolate(
                X, self.image_size, mode="bilinear", align_corners=False, antialias=True
            )
        if self.colormap is None:
            return X.expand(-1, self.in_channels, -1, -1)
        lowest = X.amin((1, 2, 3), keepdim=True)
        extent = (X.amax((1, 2, 3), keepdim=True) - lowest).clamp_min(torch.finfo(X.dtype).tiny)
        index = ((X - lowest) / extent * _N_COLORS).long().clamp_(0, _N_COLORS - 1)
        return self.table[index.squeeze(1)].permute(0, 3, 1, 2).contiguous()


def color_table(colormap: str) -> torch.Tensor:
    """Return the colours of a colormap, of shape (256, 3), from 0 to 1."""
    positions = torch.linspace(0, 1, _N_COLORS, dtype=torch.float64)
    colors = []
    for corners, values in COLORMAPS[colormap]:
        x = torch.tensor(corners, dtype=torch.float64)
        y = torch.tensor(values, dtype=torch.float64)
        right = torch.searchsorted(x, positions).clamp(1, len(x) - 1)
        share = (positions - x[right - 1]) / (x[right] - x[right - 1])
        colors.append(y[right - 1] + share * (y[right] - y[right - 1]))
    return torch.stack(colors, dim=1).to(torch.float32)
