"""Models of the command, by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

DEFAULT_MODELS = "svm,cnn,crnn,lstm,xgb"
# Written out: the table of models is imported only by a command that needs it.
MODELS_HELP = (
    "best, best-embedding, fast, svm, svm-mfcc, covnet, cnn, crnn, lstm, vote, xgb, or reference "
    "systems such as yaacob2020-crnn"
)


def make_model(
    name: str,
    *,
    epochs: int | None,
    random_state: int,
    memory: Path | None = None,
    verbose: int = 0,
) -> "Pipeline":
    """Return an unfitted pipeline by name; `epochs` applies only to networks."""
    from ..systems import make_system

    model = make_system(name)
    chosen = {"random_state": random_state}
    if epochs is not None:
        chosen["max_epochs"] = epochs
    names = model.get_params(deep=True)
    model.set_params(
        **{
            parameter: chosen[last]
            for parameter in names
            if (last := parameter.rpartition("__")[2]) in chosen
        }
    )
    for reader in _readers(model):
        reader.set_params(memory=memory, verbose=verbose)
    for network in _networks(model):
        network.set_params(verbose=verbose)
    return model


def forget_run_settings(model: "Pipeline") -> "Pipeline":
    """Reset the run-specific settings of a fitted model: cache folder and verbosity."""
    for reader in _readers(model):
        reader.set_params(memory=None, verbose=0)
    for network in _networks(model):
        network.set_params(verbose=0)
    return model


def _readers(model: "Pipeline") -> Iterator[Any]:
    """Yield the parts that read files: those of the parameters, and fitted ones."""
    from .._pipelines import outermost_parts, paths_of
    from ..features import AudioTransformer

    yield from outermost_parts(model, AudioTransformer)
    yield from (path[0] for path in paths_of(model) if isinstance(path[0], AudioTransformer))


def _networks(model: "Pipeline") -> Iterator[Any]:
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
        find_card(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_model(name: str) -> str:
    """Check the name of one model."""
    names = parse_models(name)
    if len(names) > 1:
        raise typer.BadParameter("name one model; 'skgenre compare' takes several.")
    return names[0]
