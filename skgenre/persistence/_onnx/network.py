"""Convert networks to ONNX models with PyTorch's exporter."""

import copy
import logging
import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ...nn._blocks import Network, OwnNetwork
from ...nn._covariance_pooling import CovariancePooling
from ...nn._image import ImageInput
from .graph import OPSET

if TYPE_CHECKING:
    import onnx

# Rows of the gates in torch (LSTM: input, forget, cell, output; GRU: reset, update, new), in
# ONNX's order (input, output, forget, cell; update, reset, hidden).
_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN": (0,)}


def network_to_onnx(module: nn.Module, n_bands: int, n_frames: int) -> "onnx.ModelProto":
    """Return a model from ``maps`` (n, n_bands, n_frames) to ``logits``, for any n.

    Parameters
    ----------
    module : Module
        The network. It is not changed.
    n_bands, n_frames : int
        Size of the maps.
    """
    module = copy.deepcopy(module).cpu().eval()
    # A user's network may use layers in other ways than ours: other axes, states or activations.
    if not isinstance(module, OwnNetwork) or isinstance(module.network, Network):
        _replace_layers(module, n_bands, n_frames)
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch's own parts
            program = torch.onnx.export(
                module,
                (torch.zeros(2, n_bands, n_frames),),
                dynamo=True,
                opset_version=OPSET,
                input_names=["maps"],
                output_names=["logits"],
                dynamic_shapes=({0: torch.export.Dim("n_maps")},),
                verbose=False,
            )
    finally:
        logging.getLogger("torch.onnx").setLevel(level)
    assert program is not None
    return program.model_proto


def _replace_layers(module: nn.Module, n_bands: int, n_frames: int) -> None:
    """Replace layers that the exporter unrolls or resizes differently."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.LSTM | nn.GRU | nn.RNN):
            setattr(module, name, _Recurrent(child))
        elif isinstance(child, ImageInput) and child.image_size is not None:
            setattr(module, name, _Image(child, n_bands, n_frames))
        elif isinstance(child, CovariancePooling):
            child.method = "products"  # ONNX has no eigenvalues.
        else:
            _replace_layers(child, n_bands, n_frames)


class _Recurrent(nn.Module):
    """Recurrent layers as a single ONNX operation, which the exporter would unroll."""

    def __init__(self, layers: nn.RNNBase) -> None:
        super().__init__()
        self.kind = "RNN" if layers.mode.startswith("RNN") else layers.mode
        self.hidden_size = layers.hidden_size
        self.bidirectional = layers.bidirectional
        self.num_layers = layers.num_layers
        suffixes = ("", "_reverse") if layers.bidirectional else ("",)
        for number in range(layers.num_layers):
            parts = [
                [
                    self._sort(getattr(layers, f"{part}_l{number}{suffix}"))
                    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                ]
                for suffix in suffixes
            ]
            weight_ih, weight_hh, *biases = (
                torch.stack(tensors) for tensors in zip(*parts, strict=True)
            )
            self.register_buffer(f"W{number}", weight_ih)
            self.register_buffer(f"R{number}", weight_hh)
            self.register_buffer(f"B{number}", torch.cat(biases, dim=1))

    def _sort(self, tensor: torch.Tensor) -> torch.Tensor:
        gates = tensor.detach().chunk(len(_GATES[self.kind]))
        return torch.cat([gates[number] for number in _GATES[self.kind]])

    def forward(self, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        n_directions = 2 if self.bidirectional else 1
        attributes: dict[str, Any] = {
            "hidden_size": self.hidden_size,
            "direction": "bidirectional" if self.bidirectional else "forward",
        }
        if self.kind == "GRU":
            attributes["linear_before_reset"] = 1
        X = X.transpose(0, 1)
        n_steps, n_clips = X.shape[:2]
        hidden = []
        for number in range(self.num_layers):
            weights = [getattr(self, f"{part}{number}") for part in ("W", "R", "B")]
            outputs, last = torch.onnx.ops.symbolic_multi_out(
                self.kind,
                (X, *weights),
                attributes,
                dtypes=(torch.float32, torch.float32),
                shapes=(
                    (n_steps, n_directions, n_clips, self.hidden_size),
                    (n_directions, n_clips, self.hidden_size),
                ),
                version=OPSET,
            )
            X = outputs.transpose(1, 2).flatten(2)
            hidden.append(last)
        return X.transpose(0, 1), torch.cat(hidden)


class _Image(nn.Module):
    """Images resized by two matrix products, as resizing is linear along each axis."""

    def __init__(self, image: ImageInput, n_bands: int, n_frames: int) -> None:
        super().__init__()
        assert image.image_size is not None
        height, width = image.image_size
        self.register_buffer("rows", _resizing(n_bands, height))
        self.register_buffer("columns", _resizing(n_frames, width).T.contiguous())
        self.rest = copy.copy(image)
        self.rest.image_size = None

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        # `rest` flips the bands, so they are flipped before and after it.
        resized = self.rows @ X.flip(1) @ self.columns  # type: ignore[operator]
        return self.rest(resized.flip(1))


def _resizing(n_old: int, n_new: int) -> torch.Tensor:
    """Return the matrix of shape (n_new, n_old) that resizes like ImageInput."""
    resized = nn.functional.interpolate(
        torch.eye(n_old)[None, None],
        (n_new, n_old),
        mode="bilinear",
        align_corners=False,
        antialias=True,
    )
    return resized[0, 0]
