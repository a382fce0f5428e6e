"""Cache keys: text that is the same in any process."""

import dis
import functools
import hashlib
import inspect
import pickle
import sys
import types
from contextvars import ContextVar
from numbers import Integral, Real
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from ... import __version__

# Parameters that do not change the values.
_RUN_SETTINGS = frozenset({"n_jobs", "verbose", "memory", "max_in_memory", "device"})
# Only of the outermost transformer. A nested one may mean something else by "dtype".
_RESULT_SETTINGS = frozenset({"dtype"})

# Their classes change only with their versions. A class made by type() may be of "abc".
_RELEASED = sys.stdlib_module_names - {"abc"}
_RELEASED |= {"numpy", "pandas", "scipy", "sklearn", "skgenre", "torch"}

# Functions that are being described: one may enclose itself.
_within: ContextVar[tuple[Any, ...]] = ContextVar("_within", default=())


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
    if hasattr(estimator, "_contents"):
        parameters |= estimator._contents()
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
    if isinstance(value, Integral) and abs(int(value)) > 2**53:
        return repr(int(value))
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
        name = f"{value.__module__}.{value.__qualname__}"
        if value in _within.get():
            return name
        token = _within.set((*_within.get(), value))
        try:
            return f"{name}({_describe_function(value)},{_describe_closure(value)})"
        finally:
            _within.reset(token)
    if isinstance(value, types.MethodType):
        return f"method{describe_value([value.__func__, value.__self__])}"
    wrapped = getattr(value, "__wrapped__", None)
    if isinstance(wrapped, types.FunctionType):  # compiled by Numba, say, whose pickles differ
        return f"{type(value).__qualname__}({describe_value(wrapped)})"
    try:
        content = joblib.hash(value)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"A feature with {value!r} in its parameters can't be cached, as that can't be "
            f"compared between processes: define it in a module, or use memory=None."
        ) from error
    return f"{_describe_class(type(value))}{content}" if _own_bases(type(value)) else content


def _own_bases(kind: type) -> list[type]:
    """Return the classes of a class's MRO that are in no release."""
    return [base for base in kind.__mro__ if base.__module__.partition(".")[0] not in _RELEASED]


def _describe_class(kind: type) -> str:
    own = _own_bases(kind)
    code = [
        f"{name}:{_describe_function(function)}"
        for base in own
        for name, function in sorted(_functions_of(base).items())
    ]
    code += [
        f"{name}={describe_value(value)}"
        for base in own
        for name, value in sorted(vars(base).items())
        if not name.startswith("__") and _is_constant(value)
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
    variables = function.__globals__
    constants = [
        f"{name}={describe_value(variables[name])}"
        for name in sorted(_globals_of(function.__code__))
        if _is_constant(variables.get(name))
    ]
    return _digest([_describe_code(function.__code__), *defaults, *constants])


def _describe_closure(function: types.FunctionType) -> list[str]:
    """Describe the variables that a function encloses."""
    described = []
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:  # a variable that has no value yet
            continue
        described.append(describe_value(content))
    return described


def _globals_of(code: types.CodeType) -> set[str]:
    """Return the global variables that a function reads and does not set, as a counter."""
    steps = list(dis.get_instructions(code))
    names = {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
    names -= {step.argval for step in steps if step.opname == "STORE_GLOBAL"}
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return names.union(*map(_globals_of, inner))


def _is_constant(value: Any) -> bool:
    """Tell whether a value is a number, a text, an array or a tuple of such."""
    if isinstance(value, tuple):
        return all(map(_is_constant, value))
    return isinstance(value, str | bytes | Real | np.ndarray | np.generic)


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
