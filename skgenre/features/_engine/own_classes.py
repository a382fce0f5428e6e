"""Checks of classes that users derive from AudioTransformer, and of what they compute."""

import inspect
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...exceptions import ShapeMismatchError


def refuse_hidden_parameters(kind: type) -> None:
    """Refuse a constructor with ``**kwargs``: clone would lose what is in them.

    Parameters
    ----------
    kind : type
        A class that was just defined. One with parameters of another kind defines `get_params`.
    """
    own = vars(kind)
    if "__init__" not in own or "get_params" in own or "_get_param_names" in own:
        return
    for parameter in inspect.signature(own["__init__"]).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(
                f"The constructor of {kind.__name__} has {parameter}, whose contents clone would "
                f"lose, and so searches and compare: name each parameter, such as sr and duration, "
                f"and pass them on to super().__init__."
            )


def check_is_constructed(estimator: Any, names: Iterable[str]) -> None:
    """Refuse an estimator whose constructor doesn't call that of the base class."""
    for name in names:
        if not hasattr(estimator, name):
            raise TypeError(
                f"{type(estimator).__name__} has no {name!r}: call super().__init__() in its "
                f"constructor, with those parameters of the base class that it takes."
            )


def to_numbers(result: Any, estimator: str, function: str, *, is_copied: bool = True) -> np.ndarray:
    """Return the feature of a clip as an array of one to three axes.

    Parameters
    ----------
    result : object
        What the function returned: a number, or an array-like of numbers.
    estimator, function : str
        Names for messages.
    is_copied : bool, default=True
        Whether to copy an array, as the function may use one for all its results.
    """
    kind = type(result).__name__
    try:
        numbers = np.asarray(result)
    except ValueError:  # rows of different lengths
        numbers = np.array(None)
    if numbers.dtype.kind == "c":
        kind = f"complex {kind}: take np.abs of it, or its real part"
    elif numbers.dtype.kind in "buif" and numbers.ndim <= 3:
        return np.atleast_1d(numbers.astype(np.float32, copy=is_copied))
    elif numbers.dtype.kind in "buif":
        kind = f"{kind} of shape {numbers.shape}"
    elif isinstance(result, np.ndarray):
        kind = f"{kind} of dtype {numbers.dtype}"
    raise ShapeMismatchError(
        f"{estimator}: {function} must return an array of real numbers: a feature map (n_bands, "
        f"n_frames), a row (n_features,) or one number. It returned a {kind}."
    )
