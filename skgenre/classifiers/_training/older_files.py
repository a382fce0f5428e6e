"""Parameters that networks in files of earlier versions lack."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# Values of parameters that leave a network as it was; defaults may not.
ABSENT: Mapping[str, Any] = MappingProxyType(
    {"center": None, "pool_size": 1, "schedule": "constant"}
)
# Files from before defaults were chosen by accuracy lack this parameter.
_MARK = "center"
# The modules' defaults at that time, where they have changed.
_EARLIER: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "CNN": {"dims": 2, "channels": (32, 64, 128), "pool_size": 2, "center": None},
        "CRNN": {
            "channels": (56, 56, 56),
            "pool_size": 2,
            "cell": "lstm",
            "head": "last",
            "center": None,
        },
        "ParallelCRNN": {
            "channels": (16, 32, 64, 64, 64),
            "pool_size": 2,
            "head": "flatten",
            "recurrent_pool": (2, 4),
            "hidden_size": 64,
            "recurrent_head": "last",
            "center": None,
        },
        "RecurrentNetwork": {
            "pool_size": 1,
            "hidden_size": 64,
            "num_layers": 2,
            "head": "last",
            "dense": (64,),
        },
    }
)


def add_earlier_defaults(state: dict[str, Any]) -> None:
    """Write out the defaults that a module of :mod:`skgenre.nn` had in TorchClassifier.

    Parameters
    ----------
    state : dict
        Attributes of a network classifier, as a file has them.
    """
    if _MARK in state:
        return
    for parameters in (state, state.get("_trained_with") or {}):
        module = parameters.get("module")
        if getattr(module, "__module__", None) == "skgenre.nn":
            earlier = _EARLIER.get(getattr(module, "__name__", ""), {})
            parameters["module_params"] = {**earlier, **(parameters.get("module_params") or {})}
