"""Models of the command, by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from ._own_models import is_own, make_own

DEFAULT_MODEL = "svm"
DEFAULT_MODELS = "svm,cnn,crnn,xgb"
# Written out: the table of models is imported only by a command that needs it.
MODELS_HELP = (
    "best, best-embedding, fast, svm, svm-mfcc, covnet, cnn, crnn, lstm, vote, xgb, reference "
    "systems such as yaacob2020-crnn ('skgenre models' lists all), or your own: FILE.py:NAME, an "
    "estimator or a function that returns one"
)


def make_model(
    name: str,
    *,
    epochs: int | None,
    random_state: int,
    memory: Path | None = None,
    verbose: int = 0,
) -> Any:
    """Return an unfitted pipeline by name; `epochs` applies only to networks."""
    from ..systems import make_system

    is_users = is_own(name)
    model = make_own(name) if is_users else make_system(name)
    for parameter, value in model.get_params(deep=True).items():
        last = parameter.rpartition("__")[2]
        # What users set in their own models stays, unless they give an option as well.
        if last == "random_state" and not (is_users and value is not None):
            model.set_params(**{parameter: random_state})
        elif last == "max_epochs" and epochs is not None:
            model.set_params(**{parameter: epochs})
    for reader in _readers(model):
        if memory is not None or not is_users:
            reader.set_params(memory=memory)
        reader.set_params(verbose=verbose)
    for network in _networks(model):
        network.set_params(verbose=verbose)
    return model


def fit_on_all(model: Any, X: Any, y: Any, groups: Any = None) -> Any:
    """Fit a model on all clips; its inner folds keep groups together, as those of compare do."""
    from sklearn import config_context

    from ..model_selection._compare.preparation import request_groups

    with config_context(enable_metadata_routing=True):
        params = {"groups": groups} if groups is not None and request_groups(model) else {}
        return model.fit(X, y, **params)


def check_takes(name: str, model: Any, target: Any, option: str = "--model") -> None:
    """Refuse a model for one genre per clip if clips may have several.

    Raises
    ------
    BadParameter
        When it is one; the message names the models for several.
    """
    if not hasattr(target, "columns"):
        return
    from .._several_genres import takes_several_genres

    if takes_several_genres(model):
        return
    from ..systems import list_models, make_system

    known = [other for other in list_models()["name"] if takes_several_genres(make_system(other))]
    raise typer.BadParameter(
        f"{name!r} takes one genre per clip, and the table has several. Choose one of "
        f"{', '.join(known)}, or an estimator of your own whose tag multi_label is set.",
        param_hint=option,
    )


def forget_run_settings(model: Any) -> Any:
    """Reset the run-specific settings of a fitted model: cache folder and verbosity."""
    for reader in _readers(model):
        reader.set_params(memory=None, verbose=0)
    for network in _networks(model):
        network.set_params(verbose=0)
    return model


def _readers(model: Any) -> Iterator[Any]:
    """Yield the parts that read files: those of the parameters, and fitted ones."""
    from .._pipelines import outermost_parts, paths_of
    from ..features import AudioTransformer

    yield from outermost_parts(model, AudioTransformer)
    yield from (path[0] for path in paths_of(model) if isinstance(path[0], AudioTransformer))


def _networks(model: Any) -> Iterator[Any]:
    from .._pipelines import outermost_parts
    from ..classifiers import TorchClassifier

    return outermost_parts(model, TorchClassifier)


def parse_models(names: str) -> list[str]:
    """Split a comma-separated list of models; an unknown one is a usage error."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise typer.BadParameter(f"name at least one model: {MODELS_HELP}.")
    for name in wanted:
        _check_name(name)
    return list(dict.fromkeys(wanted))


def _check_name(name: str) -> None:
    from ..systems._systems import find_card

    try:
        if is_own(name):
            make_own(name)  # so that its errors come before the work
        else:
            find_card(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_model(name: str) -> str:
    """Check the name of one model."""
    names = parse_models(name)
    if len(names) > 1:
        raise typer.BadParameter("name one model; 'skgenre compare' takes several.")
    return names[0]
