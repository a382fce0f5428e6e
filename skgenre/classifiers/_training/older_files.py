"""Parameters of networks in files from before some of them existed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# The first parameter that files of version 0.1 lack.
_MARK = "center"
# Values that leave a network as it was. Defaults are chosen by accuracy, and would change it.
_ABSENT: Mapping[str, Any] = MappingProxyType(
    {"center": None, "pool_size": 1, "schedule": "constant"}
)
# Defaults of the modules at that time, which networks of TorchClassifier have had.
_CNN: dict[str, Any] = {"dims": 2, "channels": (32, 64, 128), "kernel_size": 3, "pool_size": 2}
_RECURRENT: dict[str, Any] = {"cell": "lstm", "bidirectional": False, "head": "last"}
_MODULES: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "CNN": {**_CNN, "head": "avg", "dropout": 0.2, "dense": ()},
        "CRNN": {
            **{"dims": 1, "channels": (56, 56, 56), "kernel_size": 5, "pool_size": 2},
            **_RECURRENT,
            **{"hidden_size": 96, "num_layers": 1, "dropout": 0.2, "dense": (64,)},
        },
        "ParallelCRNN": {
            **{"channels": (16, 32, 64, 64, 64), "kernel_size": 3, "pool_size": 2},
            **{"head": "flatten", "recurrent_pool": (2, 4), "cell": "gru", "hidden_size": 64},
            **{"num_layers": 1, "bidirectional": True, "recurrent_head": "last"},
            **{"dropout": 0.0, "dense": ()},
        },
        "RecurrentNetwork": {
            **{"pool_size": 1, "hidden_size": 64, "num_layers": 2, "dropout": 0.3},
            **_RECURRENT,
            "dense": (64,),
        },
    }
)
