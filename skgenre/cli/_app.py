"""Entry point of the command: subcommands, errors and exit codes."""

import sys
import warnings
from typing import Annotated, Any

import typer

from .. import __version__
from .._public import public
from . import (
    _cache,
    _check,
    _compare,
    _demo,
    _export,
    _features,
    _fit,
    _list_models,
    _predict,
    _weights,
)
from ._console import never_losing, one_line

EXIT_BAD_INPUT = 1

app = typer.Typer(
    name="skgenre",
    help=(
        "Music genre classification: compare models on a folder of music, save the best one, and "
        "predict the genres of other files.\n\n"
        "A folder of music has one subfolder of sound files per genre."
    ),
    epilog=(
        "Begin with 'skgenre compare': without a folder it uses synthetic music. "
        "'skgenre COMMAND --help' shows examples."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=_compare.EXAMPLES)(_compare.compare)
app.command(epilog=_fit.EXAMPLES)(_fit.fit)
app.command(epilog=_predict.EXAMPLES)(_predict.predict)
app.command(epilog=_export.EXAMPLES)(_export.export)
app.command(epilog=_demo.EXAMPLES)(_demo.demo)
app.command(epilog=_features.EXAMPLES)(_features.features)
app.command(epilog=_check.EXAMPLES)(_check.check)
app.command(epilog=_list_models.EXAMPLES)(_list_models.models)
app.add_typer(
    _cache.app,
    name="cache",
    help="Inspect or empty a folder of computed features and finished folds.",
    epilog=_cache.EXAMPLES,
)
app.add_typer(
    _weights.app,
    name="weights",
    help="Convert published weights of pre-trained networks.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skgenre {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _show_warning(message: Any, *_: Any) -> None:
    typer.echo(f"Warning: {one_line(message)}", err=True)


@public
def main() -> None:
    """Run the command; bad input ends in one line on standard error and exit code 1."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    try:
        with never_losing():
            app()
    except (ImportError, OSError, ValueError) as error:
        typer.echo(f"Error: {one_line(error)}", err=True)
        sys.exit(EXIT_BAD_INPUT)
