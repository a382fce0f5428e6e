"""Classes, functions and types that a model file may contain."""

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

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
# Of the networks, those whose constructors read no file.
_NN_TYPES = ("CNN", "CRNN", "DoubleSoftmaxLoss", "MLP", "ParallelCRNN", "RecurrentNetwork")
TYPES = frozenset({*_PLAIN_TYPES, *(f"skgenre.nn.{name}" for name in _NN_TYPES)})
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
# Packages whose classes are on the lists above, or have native code that their numbers may crash.
LISTED = ("builtins", "numpy", "scipy", "skgenre", "sklearn", "xgboost")
_also_trusted: ContextVar[frozenset[str]] = ContextVar("_also_trusted", default=frozenset())


@contextmanager
def trust(names: Iterable[str] | None, caller: str) -> Iterator[None]:
    """Trust classes and functions of the user in this block, by their full names.

    Parameters
    ----------
    names : collection of str, or None
        As "mypackage.nets.Tiny".
    caller : str
        Name of the function whose parameter `trusted` it is, for messages.
    """
    given: Any = () if names is None else names
    if isinstance(given, Iterable) and not isinstance(given, str):
        given = tuple(given)  # an iterator is used up by the first look
    if not isinstance(given, tuple) or not all(isinstance(name, str) for name in given):
        raise TypeError(
            f"The 'trusted' parameter of {caller} must be a list of full names, such as "
            f"['mypackage.nets.Tiny']. Got {names!r} instead."
        )
    for name in given:
        if "." not in name or name.partition(".")[0] in LISTED:
            raise ValueError(
                f"The 'trusted' parameter of {caller} must have full names of your own classes and "
                f"functions, such as 'mypackage.nets.Tiny'. Got {name!r}. Of "
                f"{', '.join(LISTED)} only a fixed list is read, whose numbers are checked."
            )
    token = _also_trusted.set(frozenset(given))
    try:
        yield
    finally:
        _also_trusted.reset(token)


def names_to_trust(refused: Iterable[str]) -> list[str]:
    """Return the names that the user has to trust for those that were refused to be accepted.

    Parameters
    ----------
    refused : collection of str
        Full names; those of listed packages can't be trusted and are left out.
    """
    own = {name for name in refused if name.partition(".")[0] not in LISTED and "(" not in name}
    return sorted(_also_trusted.get() | own) if own else []


def is_also_trusted(item: Any) -> bool:
    """Return whether the user trusts a class or function, given itself or by full name."""
    if not isinstance(item, str):
        item = f"{getattr(item, '__module__', '')}.{getattr(item, '__name__', '')}"
    return item in _also_trusted.get()


def find_item(full_name: str) -> Any:
    """Return a class or function that is on a list, or that the user trusts, by full name."""
    module, _, name = full_name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        if not is_also_trusted(full_name):
            raise
        raise ImportError(
            f"{full_name} can't be imported ({error}). Give it a name at the top level of a module "
            f"that Python finds, through PYTHONPATH or an installed package."
        ) from error


def find_type(name: str) -> Any:
    """Return a type of a file by name; it is one of TYPES, or trusted by the user."""
    return _PLAIN_TYPES[name] if name in _PLAIN_TYPES else find_item(name)


def find_function(full_name: str) -> Any:
    """Return a function of a file by name, or None if it is not on the list.

    NumPy's and SciPy's functions of one number are allowed too, and those that the user trusts.
    """
    module, _, name = full_name.rpartition(".")
    if name in _FUNCTIONS.get(module, ()) or is_also_trusted(full_name):
        return find_item(full_name)
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
    return is_also_trusted(function) or name in _FUNCTIONS.get(
        getattr(function, "__module__", ""), ()
    )


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
