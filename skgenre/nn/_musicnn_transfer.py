"""musicnn as the first part of a classifier of mel spectrograms in dB."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ._blocks import Network, make_classifier
from ._musicnn import Musicnn

# Layers that are trained or frozen together, first block first.
BLOCKS = (
    ("input_norm", "timbral", "temporal"),
    ("middle.0",),
    ("middle.1",),
    ("middle.2",),
    ("pool_norm", "dropout", "dense", "dense_norm"),
)


class MusicnnTransfer(Network):
    """musicnn's layers up to the last hidden one, and new dense layers.

    Parameters
    ----------
    n_bands, n_frames, n_outputs : int
        Size of the maps, and number of genres.
    trainable_blocks : int
        Number of the five blocks to train, counted from the last.
    dropout : float
        Dropout rate after each dense layer.
    dense : sequence of int
        Sizes of the dense layers.
    activation : str
        Activation of the dense layers.
    penalize : {"all", "conv", "dense"}
        Kernels that are penalized.
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        trainable_blocks: int,
        dropout: float,
        dense: Sequence[int],
        activation: str,
        penalize: str,
    ) -> None:
        super().__init__(n_bands, penalize)
        if trainable_blocks > len(BLOCKS):
            raise ValueError(
                f"The 'trainable_blocks' parameter must be at most {len(BLOCKS)} with "
                f"backbone='musicnn'. Got {trainable_blocks} instead."
            )
        self.features = Musicnn(n_bands)
        self.features.output = nn.Identity()
        self.classifier = make_classifier(
            Musicnn.n_penultimate, dense, n_outputs, activation, dropout
        )
        n_frozen = len(BLOCKS) - trainable_blocks
        self._frozen = [name for block in BLOCKS[:n_frozen] for name in block]
        self._is_all_frozen = trainable_blocks == 0
        for name in self._frozen:
            self.features.get_submodule(name).requires_grad_(False)
        self.train()

    def load_features(self, state: Mapping[str, torch.Tensor]) -> None:
        """Load weights of :class:`Musicnn`; those of its output are ignored.

        Parameters
        ----------
        state : mapping of str to Tensor
            Its state.
        """
        kept = {name: value for name, value in state.items() if not name.startswith("output.")}
        n_bands = self.standardize.mean.shape[0]
        name = "timbral.0.conv.weight"
        if self.features.get_parameter(name).shape != kept[name].shape:
            raise ValueError(
                f"The weights of backbone='musicnn' take 96 bands in dB, as of "
                f"MelSpectrogram(sr=16000, n_fft=512, hop_length=256, n_mels=96). Got maps of "
                f"{n_bands} bands."
            )
        self.features.load_state_dict(kept, strict=False)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = torch.log10(1e4 * 10 ** (X / 10) + 1)
        # Without gradients the front is twice as fast.
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self._is_all_frozen):
            _, penultimate = self.features.embed(X)
        return self.classifier(penultimate)

    def train(self, mode: bool = True) -> "MusicnnTransfer":
        """Set the mode; frozen blocks stay in evaluation mode, with their statistics.

        Parameters
        ----------
        mode : bool, default=True
            Whether to train.

        Returns
        -------
        MusicnnTransfer
            Itself.
        """
        super().train(mode)
        for name in self._frozen:
            self.features.get_submodule(name).eval()
        self.features.training = mode and not self._is_all_frozen
        return self


def layer_patterns() -> list[list[str]]:
    """Return the patterns of the names of the weights of each block, first block first."""
    return [[f"features.{name}.*" for name in block if name != "dropout"] for block in BLOCKS]


def make_musicnn_transfer(
    *sizes: int,
    colormap: Any,
    width: float,
    center: str | None = None,
    **arguments: Any,
) -> Network:
    """Return the network; refuse settings that it doesn't have."""
    if center is not None:
        raise ValueError(
            f"The 'center' parameter must be None with backbone='musicnn', which was trained on "
            f"bands that are not centred. Got {center!r} instead."
        )
    for name, value, plain in (("colormap", colormap, None), ("width", width, 1)):
        if value != plain:
            raise ValueError(
                f"The {name!r} parameter must be {plain} with backbone='musicnn', which takes no "
                f"images. Got {value!r} instead."
            )
    for name in ("image_size", "head"):
        arguments.pop(name)
    return MusicnnTransfer(*sizes, **arguments)
