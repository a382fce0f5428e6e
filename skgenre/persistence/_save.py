"""Save a fitted model to a file."""

import copy
import io
import json
import os
import sys
import warnings
import zipfile
from collections.abc import Collection
from pathlib import Path
from types import FunctionType
from typing import Any

from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from .._pipelines import genres_of_model, open_search
from .._public import public
from .._shown_text import to_unicode
from ._archive import write_archive
from ._card import model_card
from ._contract import input_contract_of
from ._evaluation import check_evaluation
from ._parts import (
    NOT_KEPT,
    forget_folders,
    forget_requests,
    iterate_estimators,
    names_of_users,
)
from ._safe.boosters import dump_booster
from ._safe.invariants import check_model
from ._safe.json_text import to_json
from ._safe.reader import find_refused, refuse_shadows
from ._safe.trusted import import_skops, is_also_trusted, names_to_trust, trust
from ._versions import package_versions

# 1: boosters of XGBoost as UBJSON. 2: as JSON, which is checked before XGBoost reads it.
# 3: classes by their public names.
FORMAT = 3
INFO = "skgenre.json"
CARD = "README.md"


@public
def save_model(
    model: Any,
    path: str | os.PathLike,
    *,
    trusted: Collection[str] | None = None,
    evaluation: dict[str, Any] | None = None,
) -> None:
    """Save a fitted model to a file that can be loaded without running code from it.

    Parameters
    ----------
    model : classifier, Pipeline or search
        A fitted model. For a search, ``best_estimator_`` is saved.
    path : str or PathLike
        The file, by convention ``….skops``. An existing file is replaced when the new one is
        complete.
    trusted : list of str, default=None
        Full names of your own classes and functions that the model contains, such as
        ``["mypackage.nets.Tiny"]``. :func:`load_model` needs the same names.
    evaluation : dict, default=None
        Scores of the model and their protocol, as
        :meth:`~skgenre.model_selection.Comparison.evaluation` returns them: ``scores``, a dict of
        score name to a dict with the ``mean`` and its 95 % interval, ``low`` and ``high`` (may be
        None); and ``protocol``, how they were measured. The card and the web page show them. None
        stores none.

    Raises
    ------
    NotFittedError
        When the model is not fitted.
    TypeError
        When it is not a classifier, or contains something that can't be stored, such as a callback
        or a class of yours that `trusted` lacks, or inconsistent numbers; the message names it.
    ValueError
        When `evaluation` has other contents, when `trusted` has a name that it can't have, when a
        search has ``refit=False``, or when the name is that of a pickle or of an ONNX file.

    Warns
    -----
    UserWarning
        When the model contains a class or function of the script or notebook that runs, which other
        programs can't import.

    See Also
    --------
    load_model : Reads the file.
    read_evaluation : Reads the scores in it.
    export_onnx : Exports a model for programs without skgenre.

    Notes
    -----
    The file is a zip archive in the format of skops, with three more entries: ``skgenre.json``
    (format, package versions, genres, the input contract of X, and the evaluation), ``README.md``
    (:func:`model_card`), and ``SHA256SUMS``, which detects accidental damage and is not a
    signature.

    As in a pickle, weights are saved and the optimizer's state and the data are not. `memory`, the
    folder of a cache, belongs to the machine and is saved as None. Requests of metadata
    (``set_fit_request``) are for a fit: set them again before you fit a clone of a loaded model.

    References
    ----------
    .. [1] skops, "Secure persistence with skops".

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.persistence import load_model, save_model
    >>> X = np.array([[0.1], [0.2], [0.8], [0.9]])
    >>> model = LogisticRegression().fit(X, ["blues", "blues", "metal", "metal"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, Path(folder) / "model.skops")
    ...     loaded = load_model(Path(folder) / "model.skops")
    >>> loaded.predict([[0.0], [1.0]]).tolist()
    ['blues', 'metal']
    """
    model = _find_model(model)
    if evaluation is not None:
        evaluation = check_evaluation(evaluation, "save_model: evaluation")
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"save_model: {path} is a folder, not a name for a file to write.")
    check_suffix(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save_model: there is no folder {path.parent}. Make it first.")
    with trust(trusted, "save_model"):
        _refuse_nameless(model)
        _warn_of_script(model)
        _check(model)
        entries = _read_entries(_dump(model))
    entries[INFO] = to_json(_describe(model, evaluation), indent=2).encode()
    entries[CARD] = to_unicode(model_card(model, evaluation=evaluation)).encode()
    write_archive(path, entries)


_PICKLES = (".joblib", ".pickle", ".pkl")


def check_suffix(path: Path) -> None:
    """Refuse the name of another kind of file.

    Raises
    ------
    ValueError
        When it is that of a pickle or of an ONNX file.
    """
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise ValueError(
            f"save_model writes no pickle, and {path} is named like one: name it "
            f"{path.with_suffix('.skops').name}, or write it with pickle or joblib."
        )
    if suffix == ".onnx":
        raise ValueError(
            f"save_model writes no ONNX file, and {path} is named like one: name it "
            f"{path.with_suffix('.skops').name}, or write it with export_onnx."
        )


def _find_model(model: Any) -> Any:
    """Return the fitted classifier of a model or a search."""
    kind = type(model).__name__
    if not isinstance(model, BaseEstimator):
        raise TypeError(f"save_model takes a fitted classifier, Pipeline or search, got a {kind}.")
    check_is_fitted(model)
    best = open_search(model)
    if best is not model:
        return _find_model(best)
    # LogisticRegressionCV has the parameter refit too, and is not a search.
    if hasattr(model, "cv_results_"):
        raise ValueError(
            f"save_model saves the best_estimator_ of a search, and this {kind} has none: it was "
            f"made with refit={model.refit!r}. Fit it with refit=True."
        )
    if not is_classifier(model):
        raise TypeError(
            f"save_model takes classifiers, got a {kind}: it predicts no genre. Transformers are "
            f"saved in the Pipeline that ends in a classifier."
        )
    if not hasattr(model, "classes_"):
        raise NotFittedError(f"save_model: this {kind} is not fitted. Call fit first.")
    return model


def _check(model: Any) -> None:
    """Refuse a model that load_model would refuse later."""
    try:
        check_model(model)
        for part in iterate_estimators(model):
            refuse_shadows(type(part), vars(part).keys() - set(NOT_KEPT))
    except ValueError as error:
        raise TypeError(
            f"save_model can't store this {type(model).__name__}: load_model would refuse it "
            f"({error}). {_CURE}"
        ) from error


def _dump(model: Any) -> bytes:
    """Return the model in the format of skops, after checking that it can be loaded."""
    _refuse_callbacks(model)
    name = type(model).__name__
    try:
        model = copy.deepcopy(model)
        forget_folders(model)
        forget_requests(model)
        for part in iterate_estimators(model):
            if vars(part).get("_Booster") is not None:
                part._Booster = dump_booster(part._Booster)
        data = import_skops().dumps(model)
    except Exception as error:  # whatever a foreign part raises when it is copied
        raise TypeError(
            f"save_model can't store this {name} ({type(error).__name__}: {error}). {_CURE}"
        ) from error
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        refused = find_refused(json.loads(archive.read("schema.json")))
    if refused:
        raise TypeError(
            f"save_model can't store {', '.join(refused)}: load_model makes objects of skgenre, "
            f"sklearn, numpy and xgboost alone, by a fixed list of classes. Classes and functions "
            f"of your own are stored by name, with trusted={names_to_trust(refused) or '[…]'} here "
            f"and in load_model. {_CURE}"
        )
    return data


_CURE = "Leave it out of the model, or use pickle, which runs code of the file when it is loaded."


def _refuse_nameless(model: Any) -> None:
    """Refuse classes and functions that no other process can import by their names."""
    for estimator in iterate_estimators(model):
        kind = type(estimator)
        named = [("class", kind)] if is_also_trusted(kind) else []
        named += vars(estimator).items()
        named += [pair for value in vars(estimator).values() for pair in _entries_of(value)]
        for parameter, value in named:
            if not isinstance(value, type | FunctionType):
                continue
            module = sys.modules.get(value.__module__)
            if getattr(module, value.__qualname__, None) is not value:
                raise TypeError(
                    f"save_model can't store the {parameter!r} of {type(estimator).__name__}, "
                    f"{value.__qualname__}: a file stores a function by its name, and this one has "
                    f"none that can be imported. Define it with def, or a class with class, at the "
                    f"top level of a module."
                )


def _warn_of_script(model: Any) -> None:
    """Warn of classes and functions that only the program that runs has."""
    names = [name for name in names_of_users(model) if name.startswith("__main__.")]
    if names:
        warnings.warn(
            f"save_model: the file needs {', '.join(names)}, which other programs can't import. "
            f"Define what this script or notebook brings in a module of its own, such as nets.py, "
            f"and import it from there.",
            UserWarning,
            stacklevel=3,
        )


def _entries_of(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _refuse_callbacks(model: Any) -> None:
    for estimator in iterate_estimators(model):
        callbacks = getattr(estimator, "callbacks", None)
        if callbacks:
            members = [item[1] if isinstance(item, tuple) else item for item in callbacks]
            kinds = [member if isinstance(member, type) else type(member) for member in members]
            names = ", ".join(f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
            raise TypeError(
                f"save_model can't store the 'callbacks' of {type(estimator).__name__}: {names}. "
                f"They serve training alone: set callbacks=None on the fitted model and on what "
                f"it was made from, or use pickle."
            )


def _read_entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _describe(model: Any, evaluation: dict[str, Any] | None) -> dict[str, Any]:
    """Return the metadata stored with the model."""
    return {
        "format": FORMAT,
        "model": type(model).__name__,
        "classes": genres_of_model(model),
        "input": input_contract_of(model).to_dict(),
        "versions": package_versions(),
        **({} if evaluation is None else {"evaluation": evaluation}),
    }
