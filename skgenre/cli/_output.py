"""Files that the command writes."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .._files import output_file
from .._secrets import hide_secrets
from .._shown_text import show, to_unicode
from .._urls import Url, has_lost_slash

if TYPE_CHECKING:
    import pandas as pd


def prepare_output(path: Path, *inputs: Path | Url | None) -> None:
    """Report why an output file can't be written, if so.

    Call it before the work, whose only result is the file. It must not replace one of `inputs`.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{show(path)}: this is a folder, not a file name.")
    refuse_lost_url(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"{show(path)}: there is no folder {show(path.parent)}. Make it first, or name another."
        )
    target = Path(os.path.realpath(path))
    if target.is_file() and any(
        isinstance(file, Path) and file.is_file() and file.samefile(target) for file in inputs
    ):
        raise ValueError(
            f"{show(path)}: this is the file that is read, and would be replaced. Name another."
        )
    # A new file takes the place of an old one in its folder; a pipe is written to.
    is_special = target.exists() and not target.is_file()
    needed = [] if is_special else [target.parent]
    if not all(os.access(place, os.W_OK) for place in [*needed, target] if place.exists()):
        raise PermissionError(f"{show(path)}: this can't be written there. Name another file.")


def refuse_lost_url(path: Path) -> None:
    """Refuse the URL of a file that has to be on this computer."""
    if has_lost_slash(path) and not path.parent.is_dir():
        url = show(hide_secrets(os.fspath(path).replace(":/", "://", 1)))
        raise ValueError(f"{url}: this can't be a URL. Name a file on this computer.")


def check_table_name(path: Path, option: str) -> None:
    """Refuse a file for a table that is neither .csv nor .parquet, or that pyarrow must write."""
    if path.suffix not in (".csv", ".parquet"):
        raise typer.BadParameter(
            f"the file's name must end in .csv or .parquet, got {show(path)}.", param_hint=option
        )
    if path.suffix == ".parquet":
        require_pyarrow()


def require_pyarrow() -> None:
    """Raise ImportError if pyarrow is missing."""
    try:
        import pyarrow as pa  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Writing .parquet needs pyarrow: pip install 'skgenre[parquet]', or write .csv."
        ) from error


def writable_text(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table whose text can be written as UTF-8, see `to_unicode`."""
    texts = table.select_dtypes(exclude="number").columns
    table = table.assign(
        **{
            name: [to_unicode(value) if isinstance(value, str) else value for value in table[name]]
            for name in texts
        }
    )
    table.columns = [to_unicode(name) for name in table.columns]
    return table


def write_csv(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV in UTF-8, whatever the locale."""
    with output_file(path) as file:
        writable_text(table).to_csv(file, index=False, encoding="utf-8")


def write_table(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV or Parquet, by the name of the file."""
    if path.suffix == ".parquet":
        with output_file(path) as file:
            writable_text(table).to_parquet(file, index=False)
    else:
        write_csv(table, path)
