"""Cache keys: text that is the same in any process."""

import functools
import hashlib
import inspect
import pickle
import types
from numbers import Real
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from .. import __version__

# Parameters that do not change the values.
_RUN_SETTINGS = frozenset({"n_jobs", "verbose", "memory", "max_in_memory", "device"})
# Only of the outermost transformer. A nested one may mean something else by "dtype".
_RESULT_SETTINGS = frozenset({"dtype"})

# Their classes change only with their versions.
_RELEASED = frozenset({"builtins", "abc", "sklearn", "skgenre", "torch"})


def describe_setting(transformer: BaseEstimator, device: str) -> bytes:
    """Describe everything besides the clip that the values depend on.

    Parameters
    ----------
    transformer : estimator
        The description covers its class and, recursively, all parameters that change values; for a
        third-party class also the code of its methods, so that no stale feature is read while it is
        being developed.
    device : str
        The kind of device: values from a CPU and from a GPU are kept apart.
    """
    described = _describe_estimator(transformer, _RUN_SETTINGS | _RESULT_SETTINGS)
    return f"{__version__}|{device}|{described}".encode()


def _describe_estimator(estimator: BaseEstimator, left_out: frozenset[str]) -> str:
    parameters = estimator.get_params(deep=False)
    inner = ",".join(
        f"{name}={describe_value(parameters[name])}"
        for name in sorted(parameters)
        if name not in left_out
    )
    return f"{_describe_class(type(estimator))}({inner})"


def describe_value(value: Any) -> str:
    """Describe a parameter's value as text that is the same in any process."""
    if isinstance(value, BaseEstimator):
        return _describe_estimator(value, _RUN_SETTINGS)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(describe_value, value))}]"
    # NumPy scalars, common in grids, are treated as Python's, and 22050 as 22050.0.
    if value is None or isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, Real):
        return repr(float(value))
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, type):
        return _describe_class(value)
    if isinstance(value, dict):
        items = sorted((repr(name), describe_value(item)) for name, item in value.items())
        return f"{{{','.join(f'{name}:{item}' for name, item in items)}}}"
    if isinstance(value, functools.partial):
        return f"partial{describe_value([value.func, value.args, value.keywords])}"
    if isinstance(value, types.FunctionType):
        closure = [describe_value(cell.cell_contents) for cell in value.__closure__ or ()]
        return f"{value.__module__}.{value.__qualname__}({_describe_function(value)},{closure})"
    wrapped = getattr(value, "__wrapped__", None)
    if isinstance(wrapped, types.FunctionType):  # compiled by Numba, say, whose pickles differ
        return f"{type(value).__qualname__}({describe_value(wrapped)})"
    try:
        return joblib.hash(value)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"A feature with {value!r} in its parameters can't be cached, as that can't be "
            f"compared between processes: define it in a module, or use memory=None."
        ) from error


def _describe_class(kind: type) -> str:
    own = [base for base in kind.__mro__ if base.__module__.partition(".")[0] not in _RELEASED]
    code = [
        f"{name}:{_describe_function(function)}"
        for base in own
        for name, function in sorted(_functions_of(base).items())
    ]
    digest = f"#{_digest(code)}" if code else ""
    return f"{kind.__module__}.{kind.__qualname__}{digest}"


def _functions_of(kind: type) -> dict[str, types.FunctionType]:
    """Return the methods and properties that a class itself defines."""
    functions = {}
    for name, member in vars(kind).items():
        if isinstance(member, property):
            member = member.fget
        function = inspect.unwrap(getattr(member, "__func__", member))
        if isinstance(function, types.FunctionType):
            functions[name] = function
    return functions


def _describe_function(function: types.FunctionType) -> str:
    defaults = [describe_value(value) for value in function.__defaults__ or ()]
    if function.__kwdefaults__:
        defaults.append(describe_value(function.__kwdefaults__))
    return _digest([_describe_code(function.__code__), *defaults])


def _describe_code(code: types.CodeType) -> str:
    return _digest([code.co_code.hex(), *code.co_names, *map(_describe_constant, code.co_consts)])


def _describe_constant(constant: Any) -> str:
    if isinstance(constant, types.CodeType):
        return _describe_code(constant)
    if isinstance(constant, frozenset):
        # Its order changes from process to process.
        return str(sorted(map(_describe_constant, constant)))
    return repr(constant)


def _digest(parts: list[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
