"""Read a model from a file."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from .._pipelines import genres_of_model
from .._public import public
from ..exceptions import ModelFormatError
from ._archive import read_archive
from ._parts import NOT_KEPT, add_new_parameters, forget_folders, iterate_estimators
from ._safe.boosters import load_booster
from ._safe.invariants import check_model, limit_threads
from ._safe.reader import UntrustedError, build, parse_json
from ._safe.trusted import trust
from ._save import FORMAT, INFO
from ._versions import package_versions


@public
def load_model(
    path: str | os.PathLike, device: str = "auto", *, trusted: Collection[str] | None = None
) -> Any:
    """Load a model that :func:`save_model` wrote. Nothing in the file is executed.

    Parameters
    ----------
    path : str or PathLike
        The file.
    device : str, default="auto"
        Device for networks and XGBoost: "cpu", "cuda" or "mps". With "cpu", features are computed
        there too. "auto" keeps the saved devices, but replaces an unavailable one by the CPU.
    trusted : list of str, default=None
        Full names of classes and functions of yours that the file may contain, such as
        ``["mypackage.nets.Tiny"]``. They are imported, classes are created and functions called
        with values from the file: name only code that you know.

    Returns
    -------
    classifier or Pipeline
        The fitted model.

    Raises
    ------
    FileNotFoundError
        When the file does not exist.
    ModelFormatError
        When the file is damaged, was not written by save_model, has a newer format, or contains
        classes that are neither of skgenre, scikit-learn, NumPy or XGBoost nor in `trusted`.
        Nothing is built then.
    ImportError
        When the model has XGBoost trees and XGBoost is not installed, or a name in `trusted` can't
        be imported.
    ValueError
        When `device` is not available, or `trusted` has a name that it can't have.

    Warns
    -----
    InconsistentVersionWarning
        When the model was saved with another version of scikit-learn, as for a pickle.

    See Also
    --------
    save_model : Writes the file.

    Notes
    -----
    The checksums of all entries are verified before anything is built, so a damaged file gives an
    error, never another model. They are not a signature: anyone who can edit the file can edit
    them. Such a file can't run code or harm the process: only classes and functions of a fixed list
    are used, their constructors are not called, memory is bounded by the file's size, and
    inconsistent numbers are refused before native code uses them. It can still contain a model that
    predicts whatever its author likes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skgenre.classifiers import MLPGenreClassifier
    >>> from skgenre.persistence import load_model, save_model
    >>> X = np.random.default_rng(0).normal(size=(20, 4))
    >>> model = MLPGenreClassifier(dense=(8,), max_epochs=2).fit(X, np.repeat(["jazz", "pop"], 10))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, Path(folder) / "model.skops")
    ...     loaded = load_model(Path(folder) / "model.skops", device="cpu")
    >>> np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    True
    """
    with trust(trusted, "load_model"):
        return _load(path, device)


def _load(path: str | os.PathLike, device: str) -> Any:
    name = os.fspath(path)
    path = Path(path)
    if path.is_dir() or not path.exists():
        error = IsADirectoryError if path.is_dir() else FileNotFoundError
        raise error(f"{path.absolute()}: this is no file. Name one that save_model wrote.")
    data = path.read_bytes()
    entries = read_archive(data, name)
    size = len(data)
    del data
    info = read_info(entries, size, name)
    try:
        model = build_model(entries, size)
        is_as_said = genres_of_model(model) == info["classes"]
    except UntrustedError as error:
        raise ModelFormatError(
            f"{name}: the file needs {str(error)[:1000]}, and load_model makes objects of "
            f"{', '.join(_FAMILIES)} alone, by a fixed list of classes. Nothing was loaded. "
            f"Names of your own code go into the list 'trusted' of load_model, or on the command "
            f"line into --trusted; a file with others may be hostile."
        ) from error
    except ImportError:
        raise
    except Exception as error:  # whatever the parts raise for contents that don't fit
        raise ModelFormatError(f"{name}: {_explain(error, info)}") from error
    if not is_as_said:
        raise ModelFormatError(f"{name}: the genres of the model are not those that {INFO} lists.")
    _set_device(model, device)
    return model


def build_model(entries: dict[str, bytes], size: int) -> Any:
    """Build a model from the entries of a file and check it.

    Parameters
    ----------
    entries : dict of str to bytes
        The file's entries by name.
    size : int
        Size of the file in bytes.
    """
    model = build(entries, size)
    if not isinstance(model, BaseEstimator):
        raise ValueError(f"the file holds a {type(model).__name__}, which is no classifier")
    add_new_parameters(model)
    forget_folders(model)
    limit_threads(model)
    for part in iterate_estimators(model):
        _check_what_is_of_processes(part)
        content = vars(part).get("_Booster")
        if content is not None:
            if not isinstance(content, bytes) or type(part).__name__ not in _BOOSTED:
                raise ValueError(f"the booster of {type(part).__name__} is none")
            device = part.device if _is_here(str(part.device or "cpu")) else "cpu"
            part._Booster = load_booster(content, part.n_jobs, device or "cpu")
    check_model(model)
    return model


def _check_what_is_of_processes(part: BaseEstimator) -> None:
    """Refuse invalid device names, and nets, which no file contains."""
    device = vars(part).get("device", "cpu")
    if not isinstance(device, str) and not (device is None and type(part).__name__ in _BOOSTED):
        raise ValueError(f"the device of {type(part).__name__} is {device!r:.50}")
    for name in NOT_KEPT:
        if name in vars(part):
            raise ValueError(f"{type(part).__name__} has {name!r}, which is in no file")


_BOOSTED = ("XGBClassifier", "XGBRFClassifier")
_FAMILIES = ("skgenre", "sklearn", "numpy", "xgboost")


def _explain(error: Exception, info: dict[str, Any]) -> str:
    """Return what is wrong, and what to do if versions differ."""
    text = str(error)[:500] or type(error).__name__
    if not isinstance(error, ValueError):
        text = f"{type(error).__name__}: {text}"
    different = _list_different_versions(info)
    cure = "Copy it again, or save the model again."
    if different:
        cure = f"It was written with {different}: with these versions it may load."
    return f"the model can't be built ({text}). {cure}"


def read_info(entries: dict[str, bytes], size: int, path: str) -> dict[str, Any]:
    """Return the metadata of the model, after checking the format."""
    if INFO not in entries or "schema.json" not in entries:
        raise ModelFormatError(f"{path}: not a model file of skgenre: {INFO} is missing in it.")
    try:
        info = parse_json(entries[INFO], size, INFO)
        number = info["format"]
        is_known = isinstance(number, int) and number >= 1
    except (ValueError, KeyError, TypeError):
        is_known = False
    if not is_known:
        raise ModelFormatError(f"{path}: not a model file of skgenre: {INFO} says no format.")
    if number > FORMAT:
        from .. import __version__

        raise ModelFormatError(
            f"{path}: the file has format {number}, and skgenre {__version__} reads formats up to "
            f"{FORMAT}. It was written with {_list_versions(info)}: upgrade skgenre to load it."
        )
    if not isinstance(info.get("classes"), list):
        raise ModelFormatError(f"{path}: not a model file of skgenre: {INFO} lists no genres.")
    return info


def _list_versions(info: dict[str, Any]) -> str:
    versions = info.get("versions")
    if not isinstance(versions, dict) or not versions:
        return "unknown versions"
    names = [f"{str(package)[:50]} {str(number)[:50]}" for package, number in versions.items()]
    return ", ".join(names[:20])


def _list_different_versions(info: dict[str, Any]) -> str:
    """Return the packages whose installed version differs from that of the file."""
    versions = info.get("versions")
    if not isinstance(versions, dict):
        return ""
    here = package_versions()
    return ", ".join(
        f"{str(package)[:50]} {str(number)[:50]} (here {here[package]})"
        for package, number in versions.items()
        if package in here and here[package] != number
    )


def _set_device(model: Any, device: str) -> None:
    """Set the devices of a model's parts."""
    from ..classifiers import TorchClassifier, XGBGenreClassifier
    from ..features import AudioTransformer

    for estimator in iterate_estimators(model):
        if not isinstance(estimator, AudioTransformer | TorchClassifier | XGBGenreClassifier):
            continue
        own: str = estimator.device
        if device == "auto":
            if not _is_here(own):
                estimator.device = "cpu"
        elif isinstance(estimator, TorchClassifier):
            from ..classifiers._training.device import resolve_device

            estimator.device = resolve_device(type(estimator).__name__, device)
        elif isinstance(estimator, XGBGenreClassifier):
            estimator.device = "cpu" if device == "mps" else device
        elif device == "cpu":
            estimator.device = device
        if isinstance(estimator, XGBGenreClassifier) and hasattr(estimator, "model_"):
            estimator.model_.device = estimator.device
            estimator.model_.get_booster().set_param({"device": estimator.device})


def _is_here(device: str) -> bool:
    """Return whether this machine has a device; "cpu" does not load torch."""
    if device in ("cpu", "auto"):
        return True
    from ..classifiers._training.device import resolve_device

    try:
        resolve_device("load_model", device)
    except ValueError:
        return False
    return True
