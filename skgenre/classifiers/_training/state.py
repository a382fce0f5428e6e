"""State of a fitted network: weights, a module or a net, each built on first use."""

import inspect
import os
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from .older_files import ABSENT, add_earlier_defaults

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from .skorch_net import TrainingNet


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two values of a parameter are equivalent.

    Parameters
    ----------
    one, other : object
        The values. Sequences are compared item by item: a list may be equal to a tuple.

    Returns
    -------
    bool
        True when they are equal.
    """
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[k], other[k]) for k in one)
    sequence = list | tuple | np.ndarray
    if isinstance(one, sequence) or isinstance(other, sequence):
        return (
            isinstance(one, sequence)
            and isinstance(other, sequence)
            and len(one) == len(other)
            and all(map(same_value, one, other))
        )
    try:
        return bool(one == other)
    except (TypeError, ValueError, RuntimeError):
        # Equality of such objects, such as tensors, has no truth value.
        return False


# One lock for all networks: initializing a module draws from torch's only generator. A lock in
# each estimator would have to be kept out of pickles, clones and files.
_building = threading.RLock()


def _renew_lock() -> None:
    global _building
    _building = threading.RLock()


if hasattr(os, "register_at_fork"):
    # In a forked child nobody would release a lock that another thread held at the fork.
    os.register_at_fork(after_in_child=_renew_lock)


class NetworkState(BaseEstimator, ABC):
    """Part of the network classifiers that keeps the fitted state, in memory and in pickles.

    A loaded network has its weights as arrays (``_weights``). The first prediction builds a module
    (``_module``); a net with an optimizer (``_net``) is built when training continues or when
    ``net_`` is read. Each is published once it is complete, before what it replaces is dropped, so
    that threads may share a network that nobody trains.
    """

    _module_parameters: ClassVar[tuple[str, ...]] = ()
    # Parameters of the net that are fixed once it is built.
    _net_parameters: ClassVar[tuple[str, ...]] = (
        "optimizer",
        "weight_decay",
        "label_smoothing",
        "net_params",
    )

    classes_: np.ndarray
    _input_shape: tuple[int, int]
    _history: dict[str, np.ndarray]

    @abstractmethod
    def _module_class(self) -> Any:
        """Return the torch module's class."""

    @abstractmethod
    def _make_net(self, device: str, structure: dict[str, Any]) -> "TrainingNet":
        """Return a net with its module and optimizer built."""

    @abstractmethod
    def _inference_device(self) -> str:
        """Return the device to predict on."""

    @property
    def history_(self) -> "pd.DataFrame":
        """One row per epoch: losses, accuracies, seconds, learning rate, scores of callbacks."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no history_ before fit.")
        import pandas as pd

        return pd.DataFrame(self._history)

    @property
    def device_(self) -> str:
        """Device of the last fit, such as "cuda:1"; after loading, the device of predictions."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no device_ before fit.")
        return self._device_of_net() or self._inference_device()

    def _device_of_net(self) -> str | None:
        """Return the device that the net was fitted on; None after loading."""
        net = self.__dict__.get("_net")
        return None if net is None else str(net.device)

    @property
    def net_(self) -> "TrainingNet":
        """The skorch net; after unpickling it is built again on first use."""
        net = self.__dict__.get("_net")
        if net is not None:
            return net
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no net_ before fit.")
        with _building:
            # Another thread may have built it while this one waited.
            net = self.__dict__.get("_net")
            if net is None:
                net = self._build_net()
                self._net = net
                self._forget_inference()
        return net

    def _build_net(self) -> "TrainingNet":
        import torch

        from .weights import write_weights

        with torch.random.fork_rng(devices=[]):
            net = self._make_net(self._inference_device(), self._trained_structure())
        write_weights(net.module_, self._kept_weights())
        net.module_.eval()
        return net

    def _inference_module(self) -> "torch.nn.Module":
        """Return the module; after unpickling without a net, whose optimizer takes long to load."""
        net = self.__dict__.get("_net")
        if net is not None:
            return net.module_
        if self._trained_structure().get("net_params"):
            return self.net_.module_
        module = self.__dict__.get("_module")
        if module is not None:
            return module
        with _building:
            net, module = self.__dict__.get("_net"), self.__dict__.get("_module")
            if net is not None:
                return net.module_
            if module is None:
                from .weights import build_module

                module = build_module(self._module_class(), self._module_arguments(), self._weights)
                self._module = module
                self.__dict__.pop("_weights", None)
        return module

    def _kept_weights(self) -> dict[str, np.ndarray]:
        """Return the weights of a classifier that has no net."""
        if not hasattr(self, "_module"):
            return self._weights
        from .weights import read_weights

        return read_weights(self._module)

    def _forget_inference(self) -> None:
        """Drop what replaces a missing net."""
        for name in ("_weights", "_module"):
            self.__dict__.pop(name, None)

    def _module_arguments(self, structure: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's arguments: those it was trained with, or of a new structure."""
        if structure is None:
            structure = self._trained_structure()
        n_bands, n_frames = self._input_shape
        if hasattr(self, "n_features_in_") and "center" in structure:
            structure = {**structure, "center": None}  # A table has no frames.
        return {
            "n_bands": n_bands,
            "n_frames": n_frames,
            "n_outputs": max(2, len(self.classes_)),
            # An older skgenre may not have had all of them.
            **{name: structure[name] for name in self._module_parameters if name in structure},
        }

    def _structure(self) -> dict[str, Any]:
        """Return the parameters that can't change when training continues."""
        names = (*self._module_parameters, *self._net_parameters)
        return {name: getattr(self, name) for name in names if hasattr(self, name)}

    def _trained_structure(self) -> dict[str, Any]:
        return self.__dict__.get("_trained_with") or self._structure()

    def _check_same_structure(self, method: str) -> None:
        """Refuse to continue with a network that other parameters would have made."""
        trained, now = self._trained_structure(), self._structure()
        changed = [
            name for name in now if name in trained and not same_value(trained[name], now[name])
        ]
        if changed:
            name = changed[0]
            raise ValueError(
                f"The {name!r} parameter of {type(self).__name__} can't change when {method} goes "
                f"on: the network was made with {trained.get(name)!r}, got {now[name]!r}. Set it "
                f"back, or train a new network: fit with warm_start=False."
            )

    def __getstate__(self) -> dict[str, Any]:
        """Keep the weights as arrays, and nothing of the optimizer or the data."""
        state = dict(super().__getstate__())
        net, module = state.pop("_net", None), state.pop("_module", None)
        state.pop("_rows_set_aside", None)
        if net is not None or module is not None:
            from .weights import read_weights

            state["_weights"] = read_weights(module if net is None else net.module_)
        # Redundant with the parameters, unless they were changed after fit.
        trained = state.get("_trained_with", {})
        if all(same_value(value, state.get(name)) for name, value in trained.items()):
            state.pop("_trained_with", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the parameters that the network was made with; those of later versions too."""
        super().__setstate__(state)
        add_earlier_defaults(self.__dict__)
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if parameter.default is not parameter.empty:
                self.__dict__.setdefault(name, ABSENT.get(name, parameter.default))
        if "_weights" in self.__dict__ and "_trained_with" not in self.__dict__:
            self._trained_with = self._structure()

    def __sklearn_is_fitted__(self) -> bool:
        # `classes_` is there before training begins, which may fail. In the order in which one
        # replaces the other: another thread may be about to do so.
        return any(hasattr(self, name) for name in ("_weights", "_module", "_net"))
