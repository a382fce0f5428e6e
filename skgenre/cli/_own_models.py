"""Models of the user's, from a Python file that the user names: ``mymodels.py:tiny``."""

import difflib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from .._shown_text import show
from ._console import prints_aside

_EXAMPLE = "mymodels.py:tiny"


def is_own(name: str) -> bool:
    """Tell a model of a Python file from the name of a model."""
    return ".py:" in name or name.endswith(".py") or os.sep in name


def make_own(name: str) -> Any:
    """Return an unfitted copy of the model ``FILE.py:NAME``.

    It is an estimator, or what a function returns.

    Raises
    ------
    ValueError
        If there is no such file, it can't be imported, or the name is not that of a model. The
        message names the file and the name.
    """
    from sklearn.base import clone

    path, attribute = _split(name)
    item = _find(path, attribute)
    if callable(item) and not _is_model(item):
        try:
            with prints_aside():
                item = item()
        except Exception as error:
            raise ValueError(
                f"{show(name)}: {attribute}() failed ({_describe(error)}). It must take no "
                f"arguments and return an estimator."
            ) from error
    if not _is_model(item):
        raise ValueError(
            f"{show(name)}: {attribute} must be an estimator with fit and predict, or a function "
            f"without arguments that returns one. Got an object of type {type(item).__name__}."
        )
    try:
        return clone(item)
    except Exception as error:
        raise ValueError(
            f"{show(name)}: this {type(item).__name__} can't be cloned ({_describe(error)}). "
            f"Estimators derive from sklearn.base.BaseEstimator and keep their parameters as they "
            f"are in __init__."
        ) from error


def _is_model(item: Any) -> bool:
    return not isinstance(item, type) and hasattr(item, "fit") and hasattr(item, "predict")


def _makes_models(item: Any, module: str) -> bool:
    """Tell whether this may return a model: a function or an estimator of the file's own."""
    is_own = callable(item) and getattr(item, "__module__", None) == module
    return is_own and (not isinstance(item, type) or hasattr(item, "predict"))


def _split(name: str) -> tuple[Path, str]:
    file, _, attribute = name.rpartition(":")
    if not file.endswith(".py") or not attribute.isidentifier():
        raise ValueError(
            f"{show(name)}: name a Python file, a colon and the model in it, as in {_EXAMPLE}."
        )
    return Path(file), attribute


def _find(path: Path, attribute: str) -> Any:
    try:
        resolved = path.resolve()
    except OSError as error:
        raise ValueError(f"{show(path)}: it can't be opened ({error}).") from error
    if not resolved.is_file():
        raise ValueError(f"{show(path)}: there is no such file. Models are named as in {_EXAMPLE}.")
    module = _import(resolved, path)
    if hasattr(module, attribute):
        return getattr(module, attribute)
    defined = [
        name
        for name, item in vars(module).items()
        if not name.startswith("_") and (_is_model(item) or _makes_models(item, path.stem))
    ]
    near = difflib.get_close_matches(attribute, defined, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    has = f" It has {', '.join(map(show, defined))}." if defined else " It has no models."
    raise ValueError(f"{show(path)}: there is no model {attribute!r} in it.{hint}{has}")


@cache
def _import(resolved: Path, path: Path) -> ModuleType:
    """Import a file under its name, so that worker processes and pickles find its classes."""
    name = resolved.stem
    if not name.isidentifier():
        raise ValueError(
            f"{show(path)}: a file of models needs the name of a Python module: rename it, for "
            f"example to my_models.py."
        )
    if name in sys.modules or importlib.util.find_spec(name) is not None:
        known = getattr(sys.modules.get(name), "__file__", None)
        spec = None if known else importlib.util.find_spec(name)
        origin = known or getattr(spec, "origin", None)
        if origin is None or Path(origin).resolve() != resolved:
            raise ValueError(
                f"{show(path)}: Python has another module of this name ({show(origin or name)}). "
                f"Rename the file, for example to my_{name}.py."
            )
    spec = importlib.util.spec_from_file_location(name, resolved)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # At the end: the folder's other files must not hide installed modules.
    folder = str(resolved.parent)
    is_new = folder not in sys.path
    if is_new:
        sys.path.append(folder)
    sys.modules[name] = module
    try:
        with prints_aside():
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if is_new:
            sys.path.remove(folder)
        if not isinstance(error, Exception | SystemExit):
            raise
        raise ValueError(
            f"{show(path)}: it can't be imported ({_describe(error, resolved)})."
        ) from error
    return module


def _describe(error: BaseException, file: Path | None = None) -> str:
    """Return kind and text of an error, and the line of the file that it came from."""
    text = f"{type(error).__name__}: {error}".rstrip(": .")
    if file is None or isinstance(error, SyntaxError):
        return text
    line, frames = None, error.__traceback__
    while frames is not None:
        if frames.tb_frame.f_code.co_filename == str(file):
            line = frames.tb_lineno
        frames = frames.tb_next
    return text if line is None else f"{text}, line {line}"
