"""Classes, functions and types that a model file may contain."""

import importlib
import sys
from typing import Any

import numpy as np

from ._rules import RULES

# Objects are built only from these. Each has a row in the table of invariants, so that nothing is
# built with unchecked numbers.
CLASSES = frozenset(RULES)
LOSSES = frozenset(
    {
        *(
            f"sklearn._loss._loss.Cy{name}"
            for name in ("ExponentialLoss", "HalfBinomialLoss", "HalfMultinomialLoss")
        ),
        *(
            f"sklearn.linear_model._sgd_fast.{name}"
            for name in (
                "EpsilonInsensitive",
                "Hinge",
                "ModifiedHuber",
                "SquaredEpsilonInsensitive",
                "SquaredHinge",
            )
        ),
    }
)
_PLAIN_TYPES = {
    **{f"builtins.{kind.__name__}": kind for kind in (str, int, float, bool)},
    **{
        f"numpy.{kind.__name__}": kind
        for kind in (
            np.bool,
            np.str_,
            *(np.int8, np.int16, np.int32, np.int64),
            *(np.uint8, np.uint16, np.uint32, np.uint64),
            *(np.float16, np.float32, np.float64),
        )
    },
}
_LOSS_TYPE = "skgenre.nn.DoubleSoftmaxLoss"
TYPES = frozenset({*_PLAIN_TYPES, _LOSS_TYPE})
_FUNCTIONS = {
    "skgenre.systems": ("segments_to_frames",),
    "sklearn.feature_selection._univariate_selection": ("chi2", "f_classif"),
    "sklearn.feature_selection._mutual_info": ("mutual_info_classif",),
}
_UFUNCS = ("numpy", "scipy.special")
# scikit-learn's adapters of other array libraries, each of which loads its library.
_ADAPTERS = tuple(
    f"sklearn.externals.array_api_compat.{library}" for library in ("cupy", "dask", "torch")
)


def find_type(name: str) -> Any:
    """Return a type of a file by name; it is one of TYPES."""
    if name in _PLAIN_TYPES:
        return _PLAIN_TYPES[name]
    module, _, kind = name.rpartition(".")
    return getattr(importlib.import_module(module), kind)


def find_function(full_name: str) -> Any:
    """Return a function of a file by name, or None if it is not on the list.

    NumPy's and SciPy's functions of one number are allowed too.
    """
    module, _, name = full_name.rpartition(".")
    if name in _FUNCTIONS.get(module, ()):
        return getattr(importlib.import_module(module), name)
    for family in _UFUNCS:
        if module == family or module.startswith(f"{family}."):
            found = getattr(importlib.import_module(family), name, None)
            if isinstance(found, np.ufunc) and (found.nin, found.nout) == (1, 1):
                return found
    return None


def is_trusted_function(function: Any) -> bool:
    """Return whether a file may contain a function."""
    if isinstance(function, np.ufunc):
        return (function.nin, function.nout) == (1, 1)
    name = getattr(function, "__name__", "")
    return name in _FUNCTIONS.get(getattr(function, "__module__", ""), ())


def import_skops() -> Any:
    """Import skops.io without importing other array libraries.

    skops lists all estimators of scikit-learn, which looks for them in the packages of its adapters
    too: saving a model of trees would have to wait for PyTorch.
    """
    absent = [name for name in _ADAPTERS if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(absent))  # None: an ImportError, which the search skips
    try:
        return importlib.import_module("skops.io")
    finally:
        for name in absent:
            del modules[name]
