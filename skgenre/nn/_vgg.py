"""VGG16 and other networks for photographs over feature maps, with pretrained weights."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import Network, make_classifier, make_new
from ._cnn import CNN
from ._heads import make_head
from ._image import ImageInput
from ._musicnn_transfer import layer_patterns as musicnn_patterns
from ._musicnn_transfer import make_musicnn_transfer

# Channels of the layers in each block; a block ends with max-pooling.
_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
N_BLOCKS = len(_BLOCKS)
SMALLEST_IMAGE = 2**N_BLOCKS
IMAGENET_FILE = "vgg16-397923af.pth"
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class ImageNetwork(Network):
    """Base of networks that begin with layers for photographs, named ``features``.

    A subclass makes ``features`` between ``super().__init__`` and ``_add_classifier``.

    Parameters
    ----------
    n_bands : int
        Number of bands.
    image_size : (int, int)
        Height and width in pixels that maps are resized to.
    colormap : {"jet", "gray"} or None
        Colormap of the image.
    penalize : {"all", "conv", "dense"}
        Kernels that are penalized.
    center : {"clip"} or None
        Whether to subtract each band's mean over the frames first.
    """

    # Whose the weights must be, for messages.
    _source = "the same backbone"
    _prefix = ""

    features: nn.Module
    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self,
        n_bands: int,
        image_size: Sequence[int],
        colormap: str | None,
        penalize: str,
        center: str | None,
    ) -> None:
        super().__init__(n_bands, penalize, center)
        self.colormap = colormap
        self.image = ImageInput(image_size, 3, colormap)
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD).view(-1, 1, 1), persistent=False)

    def _add_classifier(
        self,
        n_channels: int,
        n_positions: int,
        head: str,
        n_outputs: int,
        dense: Sequence[int],
        activation: str,
        dropout: float,
    ) -> None:
        self.head, n_features = make_head(head, n_channels, n_positions)
        self.classifier = make_classifier(n_features, dense, n_outputs, activation, dropout)

    def load_features(self, weights: str | os.PathLike) -> None:
        """Load the weights of the convolutions.

        Parameters
        ----------
        weights : str or PathLike
            A torch file with a state dict, or "imagenet" for VGG16. Other entries are ignored.

        Raises
        ------
        FileNotFoundError
            If the file is missing; the message says where to get it.
        ValueError
            If the file is not of the same network.
        """
        path = find_weights(weights)
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            state = {}
        wanted = self.features.state_dict()
        found = {name: state.get(self._prefix + name) for name in wanted}
        for name, value in found.items():
            shape = tuple(wanted[name].shape)
            if value is None or tuple(value.shape) != shape:
                got = "nothing" if value is None else f"shape {tuple(value.shape)}"
                raise ValueError(
                    f"The weights in {path} don't fit: '{self._prefix}{name}' has to have the "
                    f"shape {shape}, got {got}. They must be those of {self._source}."
                )
        self.features.load_state_dict(found)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        if self.colormap is None:
            X = self.image(self.standardize(X))
        else:
            X = (self.image(self.standardize.subtract_means(X)) - self.mean) / self.std
        X = self.features(X)
        return self.classifier(self.head(X.flatten(2) if X.ndim == 4 else X.unsqueeze(2)))


@public
@inherit_docs(CNN)
class VGG16(ImageNetwork):
    """The 16-layer network of the Visual Geometry Group, over feature maps as images.

    Its convolutions have the names of torchvision's ``vgg16``, ``features.0.weight`` and so on, so
    that its published ImageNet weights load.

    Parameters
    ----------
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
    width : float, default=1.0
        Multiplier of the number of channels. Published weights need 1.

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

    _source = "a VGG16, with width=1"
    _prefix = "features."

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
        center: str | None = None,
    ) -> None:
        if min(image_size) < SMALLEST_IMAGE:
            raise ValueError(
                f"The 'image_size' parameter must be at least {SMALLEST_IMAGE} x {SMALLEST_IMAGE} "
                f"pixels: VGG16 halves it {N_BLOCKS} times. Got {tuple(image_size)} instead."
            )
        super().__init__(n_bands, image_size, colormap, penalize, center)
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
        self._add_classifier(in_channels, n_positions, head, n_outputs, dense, activation, dropout)
        if weights is not None:
            self.load_features(weights)

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


class BackboneNetwork(ImageNetwork):
    """Any network for photographs, from timm or a function, over feature maps as images.

    Parameters
    ----------
    n_bands, n_frames, n_outputs : int
        Size of the maps, and number of genres.
    backbone : str or callable
        "timm:" and a name, for features pooled as timm does; or a function without arguments that
        returns a module from images (n, 3, height, width) to (n, channels) or (n, channels, rows,
        columns).
    trainable_blocks : int
        Number of the blocks to train, counted from the last. The blocks are the children of the
        backbone that have weights.
    image_size, colormap, head, activation, dropout, dense, penalize, center
        As in :class:`VGG16`.
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        backbone: Any,
        trainable_blocks: int,
        image_size: Sequence[int],
        colormap: str | None,
        head: str,
        activation: str,
        dropout: float,
        dense: Sequence[int],
        penalize: str,
        center: str | None,
    ) -> None:
        super().__init__(n_bands, image_size, colormap, penalize, center)
        self.features = make_backbone(backbone)
        blocks = name_blocks(self.features)
        if trainable_blocks > len(blocks):
            raise ValueError(
                f"The 'trainable_blocks' parameter must be at most {len(blocks)}, the blocks of "
                f"the backbone {backbone!r} ({', '.join(blocks)}). Got {trainable_blocks} instead."
            )
        trained = set(blocks[len(blocks) - trainable_blocks :])
        self._frozen = [n for n, _ in self.features.named_children() if n not in trained]
        for name, weight in self.features.named_parameters():
            # The backbone's own weights, such as a vision transformer's positions, come first.
            is_own = "." not in name
            weight.requires_grad_(
                len(trained) == len(blocks) if is_own else name.partition(".")[0] in trained
            )
        images = torch.zeros(1, 3, *image_size)
        try:
            with torch.no_grad():
                shape = tuple(self.features.eval()(images).shape)
        except (RuntimeError, TypeError, ValueError, AssertionError) as error:
            raise ValueError(
                f"The backbone {backbone!r} can't take images of {image_size[0]} x "
                f"{image_size[1]} pixels ({error}): set image_size."
            ) from error
        if len(shape) not in (2, 4):
            raise ValueError(
                f"The backbone {backbone!r} must return (n, channels) or (n, channels, rows, "
                f"columns). Got {shape} instead."
            )
        n_positions = shape[2] * shape[3] if len(shape) == 4 else 1
        self._add_classifier(shape[1], n_positions, head, n_outputs, dense, activation, dropout)
        self.train()

    def train(self, mode: bool = True) -> "BackboneNetwork":
        """Set the mode; frozen blocks stay in evaluation mode, with their statistics.

        Parameters
        ----------
        mode : bool, default=True
            Whether to train.

        Returns
        -------
        BackboneNetwork
            Itself.
        """
        super().train(mode)
        for name in self._frozen:
            self.features.get_submodule(name).eval()
        return self


def make_backbone(backbone: str | Callable[[], nn.Module]) -> nn.Module:
    """Return a new backbone with random weights."""
    if callable(backbone):
        return make_new("The callable of the 'backbone' parameter", backbone)
    kind, _, name = backbone.partition(":")
    # Names with a slash or another colon are downloads of timm's.
    if kind != "timm" or not re.fullmatch(r"[\w.]+", name):
        raise ValueError(
            f"The 'backbone' parameter must be 'vgg16', 'musicnn', 'timm:' and a name of "
            f"timm's, such as 'timm:resnet18', or a callable. Got {backbone!r} instead."
        )
    try:
        import timm
    except ImportError as error:
        raise ImportError(
            f"The backbone {backbone!r} needs timm: pip install 'skgenre[timm]'."
        ) from error
    if not timm.is_model(name):
        raise ValueError(f"timm has no network {name!r}: timm.list_models() lists them.")
    return timm.create_model(name, pretrained=False, in_chans=3, num_classes=0)


def make_transfer_network(
    *sizes: int,
    backbone: Any = "vgg16",
    trainable_blocks: int,
    width: float = 1.0,
    **arguments: Any,
) -> Network:
    """Return a VGG16, a MusicnnTransfer or a BackboneNetwork; the further arguments are theirs."""
    arguments["trainable_blocks"] = trainable_blocks
    if backbone == "musicnn":
        return make_musicnn_transfer(*sizes, width=width, **arguments)
    if backbone != "vgg16":
        if width != 1:
            raise ValueError(
                f"The 'width' parameter must be 1 with backbone={backbone!r}: only 'vgg16' has "
                f"widths. Got {width!r} instead."
            )
        return BackboneNetwork(*sizes, backbone=backbone, **arguments)
    if trainable_blocks > N_BLOCKS:
        raise ValueError(
            f"The 'trainable_blocks' parameter must be at most {N_BLOCKS} with backbone='vgg16'. "
            f"Got {trainable_blocks} instead."
        )
    return VGG16(*sizes, width=width, **arguments)


def layer_patterns(backbone: Any) -> list[list[str]]:
    """Return the patterns of the names of the weights of each block, first block first."""
    if backbone == "vgg16":
        return [[f"{layer}.*" for layer in block] for block in VGG16.layer_blocks()]
    if backbone == "musicnn":
        return musicnn_patterns()
    with torch.random.fork_rng(devices=[]):
        made = make_backbone(backbone)
    blocks = [[f"features.{name}.*"] for name in name_blocks(made)]
    own = [f"features.{name}" for name, _ in made.named_parameters(recurse=False)]
    return [[*own, *blocks[0]], *blocks[1:]]


def name_blocks(backbone: nn.Module) -> list[str]:
    """Return the names of the children that have weights, the first block first."""
    children = backbone.named_children()
    return [name for name, child in children if next(child.parameters(), None) is not None]


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
