"""Layers that all networks share."""

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from weakref import WeakValueDictionary

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from .._public import public
from ._standardize import Standardize

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}

# Monotonic ones: the maximum of activations is the activation of the maximum.
MONOTONE = {"relu", "leaky_relu", "elu", "tanh"}


class Network(nn.Module):
    """Base of the networks: band statistics first, dense layers last.

    A network has a layer ``standardize`` and one ``classifier``, whose last layer gives the logits.

    Parameters
    ----------
    n_bands : int
        Number of bands.
    penalize : {"all", "conv", "dense"}, default="all"
        Kernels that `kernels` returns.
    center : {"clip"} or None, default=None
        "clip" subtracts each band's mean over the frames of the clip before standardization.
    """

    classifier: nn.Sequential

    def __init__(self, n_bands: int, penalize: str = "all", center: str | None = None) -> None:
        super().__init__()
        self.penalize = penalize
        self.standardize = Standardize(n_bands, center=center)

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
        raise NotImplementedError

    def kernels(self) -> list[torch.Tensor]:
        """Return the trainable weights that an L1 or L2 penalty includes.

        Returns
        -------
        list of Tensor
            With ``penalize="all"`` every weight but biases and those of normalization; with "conv"
            those of convolutions; with "dense" those of dense layers before the output layer.
        """
        if self.penalize == "conv":
            layers = [m for m in self.modules() if isinstance(m, nn.Conv1d | nn.Conv2d)]
            found: list[torch.Tensor] = [layer.weight for layer in layers]
        elif self.penalize == "dense":
            hidden = list(self.classifier)[:-1]
            found = [layer.weight for layer in hidden if isinstance(layer, nn.Linear)]
        else:
            found = [weight for weight in self.parameters() if weight.ndim > 1]
        return [p for p in found if p.requires_grad]


# What functions of users have made and training changes, by its id: tensors have no equality.
_taken: WeakValueDictionary[int, Any] = WeakValueDictionary()


def make_new(name: str, function: Callable[..., nn.Module], **arguments: Any) -> nn.Module:
    """Return the module that a user's function makes; refuse one with layers of an earlier one.

    Parameters
    ----------
    name : str
        What the function is, for messages.
    function : callable
        The function, or a class.
    **arguments : object
        Its arguments.
    """
    # Copies: networks in a partial or in the arguments are where training starts, each time.
    made = copy.deepcopy(function)(**copy.deepcopy(arguments))
    if not isinstance(made, nn.Module):
        raise TypeError(f"{name} must return a torch.nn.Module. Got {type(made).__name__} instead.")
    changing = [made, *(weight for weight in made.parameters() if weight.requires_grad)]
    # Such as the statistics of batch norm. A constant may be shared between networks.
    changing += [
        layer for layer in made.modules() if next(layer.buffers(recurse=False), None) is not None
    ]
    if any(_taken.get(id(part)) is part for part in changing):
        raise ValueError(
            f"{name} returned a network that it had returned before, or layers of one, whose "
            f"weights would leak from fold to fold: make new ones in each call."
        )
    _taken.update({id(part): part for part in changing})
    return made


def _warn_of_softmax(name: str, outputs: torch.Tensor) -> None:
    """Warn if outputs are probabilities, which the loss would normalize once more."""
    if outputs.is_meta or outputs.min() < 0:
        return
    if torch.allclose(outputs.sum(1), torch.ones(len(outputs)), atol=1e-4):
        warnings.warn(
            f"{name} returns probabilities, it seems: its outputs are not negative and sum to 1. "
            f"Leave the softmax out: the loss and predict_proba apply it.",
            UserWarning,
            stacklevel=2,
        )


class OwnNetwork(Network):
    """A user's network after the standardization of bands.

    Parameters
    ----------
    n_bands, n_frames, n_outputs : int
        Size of the maps, and number of genres.
    module : class or function
        Makes the network, from these and `module_params`.
    module_params : dict, default=None
        Its further arguments.
    center : {"clip"} or None, default=None
        Whether to subtract each band's mean over the frames first.
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        module: Callable[..., nn.Module],
        module_params: Mapping[str, Any] | None = None,
        center: str | None = None,
    ) -> None:
        super().__init__(n_bands, center=center)
        sizes = {"n_bands": n_bands, "n_frames": n_frames, "n_outputs": n_outputs}
        name = f"The module {getattr(module, '__name__', repr(module))}"
        self.network = made = make_new(name, module, **sizes, **(module_params or {}))
        for part, value in made.state_dict().items():
            if not isinstance(value, torch.Tensor) or value.dtype == torch.bfloat16:
                kind = getattr(value, "dtype", type(value).__name__)
                raise TypeError(
                    f"{name} has {part!r} of type {kind} in its state_dict. Weights are kept as "
                    f"NumPy arrays: use tensors of a type that NumPy has, such as float32."
                )
        # It also gives lazy layers their sizes, before an optimizer sees their weights.
        maps = torch.zeros(2, n_bands, n_frames)
        if maps.is_meta and not any(map(is_lazy, made.parameters())):
            return
        try:
            with torch.no_grad():
                outputs = made.eval()(maps)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
            needs_channel = any(isinstance(part, nn.Conv2d) for part in made.modules())
            cure = (
                ". Maps have no channel axis, which a 2-D convolution needs: begin with "
                "maps.unsqueeze(1)"
            )
            raise ValueError(
                f"{name} can't compute maps of shape (2, {n_bands}, {n_frames}), which "
                f"is (n_clips, n_bands, n_frames): {error}{cure if needs_channel else ''}"
            ) from error
        is_tensor = isinstance(outputs, torch.Tensor)
        got = tuple(outputs.shape) if is_tensor else f"a {type(outputs).__name__}"
        if got != (2, n_outputs):
            raise ValueError(
                f"{name} must return logits of shape (n_clips, n_outputs), (2, "
                f"{n_outputs}) for maps of shape (2, {n_bands}, {n_frames}). Got {got} instead."
            )
        _warn_of_softmax(name, outputs)
        made.train()

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.network(self.standardize(X))


class _SingleValueBatchNorm:
    """Batch norm that uses its running statistics if a batch has one value per channel."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        if self.training and X.numel() == X.shape[1]:  # type: ignore[attr-defined]
            return nn.functional.batch_norm(
                X,
                self.running_mean,  # type: ignore[attr-defined]
                self.running_var,  # type: ignore[attr-defined]
                self.weight,  # type: ignore[attr-defined]
                self.bias,  # type: ignore[attr-defined]
                eps=self.eps,  # type: ignore[attr-defined]
            )
        return super().forward(X)  # type: ignore[misc]


class _BatchNorm1d(_SingleValueBatchNorm, nn.BatchNorm1d):
    pass


class _BatchNorm2d(_SingleValueBatchNorm, nn.BatchNorm2d):
    pass


def make_norm(norm: str | None, n_channels: int, dims: int, momentum: float = 0.1) -> nn.Module:
    """Return a normalization layer: "batch", "layer" (over channels and positions) or None."""
    if norm is None:
        return nn.Identity()
    if norm == "layer":
        return nn.GroupNorm(1, n_channels)
    kind = _BatchNorm1d if dims == 1 else _BatchNorm2d
    return kind(n_channels, momentum=momentum)


def make_classifier(
    n_features: int,
    dense: Sequence[int],
    n_outputs: int,
    activation: str,
    dropout: float,
    norm: str | None = None,
) -> nn.Sequential:
    """Return dense layers, each with activation and dropout, and the output layer."""
    layers: list[nn.Module] = []
    for width in dense:
        layers.append(nn.Linear(n_features, width))
        if norm is not None:
            layers.append(make_norm(norm, width, dims=1))
        layers += [ACTIVATIONS[activation](), nn.Dropout(dropout)]
        n_features = width
    return nn.Sequential(*layers, nn.Linear(n_features, n_outputs))


class DenseStem(nn.Module):
    """Dense layer, batch norm and LeakyReLU that map the whole input to another shape.

    Parameters
    ----------
    n_inputs : int
        Number of values per clip.
    shape : sequence of int
        Shape of the result: (n_channels, n_rows, n_columns) or (n_bands, n_frames).
    """

    def __init__(self, n_inputs: int, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)
        width = 1
        for size in self.shape:
            width *= size
        self.linear = nn.Linear(n_inputs, width)
        self.norm = make_norm("batch", width, dims=1)
        self.activation = nn.LeakyReLU(0.2)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the maps.

        Parameters
        ----------
        X : Tensor of shape (n_clips, ...)
            Input of any shape.

        Returns
        -------
        Tensor of shape (n_clips, *shape)
            The maps.
        """
        return self.activation(self.norm(self.linear(X.flatten(1)))).unflatten(1, self.shape)


def initialize(module: nn.Module, initializer: str) -> None:
    """Draw the initial weights as Keras does; with "torch" leave them unchanged.

    Keras draws kernels from the Glorot uniform distribution and recurrent weights as orthogonal
    matrices. Biases are zero, except for those of an LSTM's forget gate, which are one.
    """
    if initializer == "torch":
        return
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.RNNBase):
            for name, parameter in layer.named_parameters():
                if name.startswith("weight_ih"):
                    nn.init.xavier_uniform_(parameter)
                elif name.startswith("weight_hh"):
                    nn.init.orthogonal_(parameter)
                else:
                    nn.init.zeros_(parameter)
                    if isinstance(layer, nn.LSTM) and name.startswith("bias_ih"):
                        with torch.no_grad():
                            parameter[layer.hidden_size : 2 * layer.hidden_size] = 1.0


@public
def count_parameters(module: nn.Module, *, convention: str = "torch") -> int:
    """Count the parameters of a network.

    Parameters
    ----------
    module : Module
        The network.
    convention : {"torch", "keras"}, default="torch"
        "torch" counts trainable parameters. "keras" counts as that library's summaries do: one bias
        for each gate of a recurrent layer, where torch has two, and also the moving statistics of
        batch norm.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> from skgenre.nn import RecurrentNetwork, count_parameters
    >>> network = RecurrentNetwork(13, 130, n_outputs=10)
    >>> count_parameters(network), count_parameters(network, convention="keras")
    (74506, 73994)
    """
    total = sum(p.numel() for p in module.parameters() if p.requires_grad)
    if convention == "torch":
        return total
    for layer in module.modules():
        if isinstance(layer, nn.RNNBase):
            total -= sum(p.numel() for name, p in layer.named_parameters() if "bias_hh" in name)
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            total += cast(torch.Tensor, layer.running_mean).numel()
            total += cast(torch.Tensor, layer.running_var).numel()
    return total
