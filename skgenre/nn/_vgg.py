"""VGG16 over feature maps, with pretrained weights."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from .._public import public
from ._blocks import Network, make_classifier
from ._heads import make_head
from ._image import ImageInput

# Channels of the layers in each block; a block ends with max-pooling.
_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
N_BLOCKS = len(_BLOCKS)
SMALLEST_IMAGE = 2**N_BLOCKS
IMAGENET_FILE = "vgg16-397923af.pth"
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


@public
class VGG16(Network):
    """The 16-layer network of the Visual Geometry Group, over feature maps as images.

    Its convolutions have the names of torchvision's ``vgg16``, ``features.0.weight`` and so on, so
    that its published ImageNet weights load.

    Parameters
    ----------
    n_bands, n_frames : int
        Size of the maps.
    n_outputs : int
        Number of genres.
    weights : str, PathLike or None, default=None
        Weights of the convolutions: a torch file with a state dict, or "imagenet" for torchvision's
        file, looked up in torch's cache. None draws random weights.
    trainable_blocks : int, default=5
        Number of the five convolution blocks to train, counted from the last.
    image_size : (int, int), default=(216, 216)
        Height and width in pixels that maps are resized to, at least 32.
    colormap : {"jet", "gray"} or None, default=None
        Colormap of the image, from the minimum of each map to its maximum. None gives the
        standardized values to all three channels.
    head : {"avg", "max", "attention", "flatten"}, default="flatten"
        Reduction of the last map to a vector.
    activation : str, default="relu"
        Of the dense layers.
    dropout : float, default=0.3
        Dropout rate after each dense layer.
    dense : sequence of int, default=(512,)
        Widths of the dense layers before the output layer.
    width : float, default=1.0
        Multiplier of the number of channels. Published weights need 1.
    penalize : {"all", "conv", "dense"}, default="all"
        Kernels that are penalized.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", ICLR 2015.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import VGG16
    >>> VGG16(96, 130, n_outputs=10, image_size=(32, 32))(torch.zeros(2, 96, 130)).shape
    torch.Size([2, 10])
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        weights: str | os.PathLike | None = None,
        trainable_blocks: int = N_BLOCKS,
        image_size: Sequence[int] = (216, 216),
        colormap: str | None = None,
        head: str = "flatten",
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (512,),
        width: float = 1.0,
        penalize: str = "all",
    ) -> None:
        super().__init__(n_bands, penalize)
        if min(image_size) < SMALLEST_IMAGE:
            raise ValueError(
                f"The 'image_size' parameter must be at least {SMALLEST_IMAGE} x {SMALLEST_IMAGE} "
                f"pixels: VGG16 halves it {N_BLOCKS} times. Got {tuple(image_size)} instead."
            )
        self.colormap = colormap
        self.image = ImageInput(image_size, 3, colormap)
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD).view(-1, 1, 1), persistent=False)
        layers: list[nn.Module] = []
        in_channels = 3
        for number, block in enumerate(_BLOCKS):
            for n_channels in (max(1, round(width * n)) for n in block):
                conv = nn.Conv2d(in_channels, n_channels, 3, padding=1)
                nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
                conv.requires_grad_(number >= N_BLOCKS - trainable_blocks)
                layers += [conv, nn.ReLU()]
                in_channels = n_channels
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        n_positions = (image_size[0] // SMALLEST_IMAGE) * (image_size[1] // SMALLEST_IMAGE)
        self.head, n_features = make_head(head, in_channels, n_positions)
        self.classifier = make_classifier(n_features, dense, n_outputs, activation, dropout)
        if weights is not None:
            self.load_features(weights)

    def load_features(self, weights: str | os.PathLike) -> None:
        """Load the weights of the convolutions.

        Parameters
        ----------
        weights : str or PathLike
            A torch file with a state dict, or "imagenet". Entries other than ``features.…`` are
            ignored.

        Raises
        ------
        FileNotFoundError
            If the file is missing; the message says where to get it.
        ValueError
            If the file is not of a VGG16, or `width` is not 1.
        """
        path = find_weights(weights)
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            state = {}
        wanted = self.features.state_dict()
        found = {name: state.get(f"features.{name}") for name in wanted}
        for name, value in found.items():
            shape = tuple(wanted[name].shape)
            if value is None or tuple(value.shape) != shape:
                got = "nothing" if value is None else f"shape {tuple(value.shape)}"
                raise ValueError(
                    f"The weights in {path} don't fit: 'features.{name}' has to have the shape "
                    f"{shape}, got {got}. They must be those of a VGG16, with width=1."
                )
        self.features.load_state_dict(found)

    @staticmethod
    def layer_blocks() -> list[list[str]]:
        """Return the names of the convolutions of each block.

        Returns
        -------
        list of list of str
            First block first.
        """
        blocks, number = [], 0
        for block in _BLOCKS:
            blocks.append([f"features.{number + 2 * layer}" for layer in range(len(block))])
            number += 2 * len(block) + 1
        return blocks

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
        if self.colormap is None:
            X = self.image(self.standardize(X))
        else:
            X = (self.image(X) - self.mean) / self.std
        return self.classifier(self.head(self.features(X).flatten(2)))


def find_weights(weights: str | os.PathLike) -> Path:
    """Return the file of `weights`; say where to get it if it is missing."""
    if weights != "imagenet":
        path = Path(weights)
        if not path.is_file():
            raise FileNotFoundError(
                f"There are no weights at {path}. The 'weights' parameter is the path of a file "
                f"of torch, 'imagenet', or None."
            )
        return path
    path = Path(torch.hub.get_dir()) / "checkpoints" / IMAGENET_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"weights='imagenet' needs the file {IMAGENET_FILE} (528 MB), which is not at {path}. "
            f"It is torchvision's VGG16_Weights.IMAGENET1K_V1, whose page in torchvision's "
            f"documentation links to it. Put it there, or give its path as weights=. Where "
            f"torchvision is installed, torchvision.models.vgg16(weights='IMAGENET1K_V1') "
            f"downloads it to that place."
        )
    return path
