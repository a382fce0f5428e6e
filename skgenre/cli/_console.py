"""Where the command prints: tables on standard output, the rest on standard error."""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import typer
from rich.console import Console
from rich.progress import track as _track
from rich.table import Table

from .._shown_text import show

Item = TypeVar("Item")

_UNFOLDED = 10_000


def say(message: object) -> None:
    """Tell the user what happens, in one line on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    console.print(one_line(message), markup=False)


def one_line(message: object) -> str:
    """Return a message without line breaks, and with escapes for what can't be seen.

    Line breaks of the message become spaces; those of names were escaped when it was made.
    """
    return show(re.sub(r"\s*[\r\n]\s*", " ", str(message)).strip())


@contextmanager
def never_losing() -> Iterator[None]:
    """Let standard output take every character: where it has none for it, an escape."""
    with _never_none(), _reconfigured(errors="backslashreplace"):
        yield


@contextmanager
def _never_none() -> Iterator[None]:
    """Give a stream that was closed before the start, None in Python, somewhere to write to."""
    with ExitStack() as stack:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
                setattr(sys, name, nowhere)
                stack.callback(setattr, sys, name, None)
        yield


@contextmanager
def in_utf8() -> Iterator[None]:
    """Let standard output be UTF-8, whatever the locale says: for data that programs read."""
    with _reconfigured(encoding="utf-8", errors="backslashreplace"):
        yield


@contextmanager
def _reconfigured(**settings: str) -> Iterator[None]:
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):  # a notebook's, which takes all of Unicode
        yield
        return
    before = {name: getattr(stream, name) for name in settings}
    stream.reconfigure(**settings)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if not stream.closed:
            stream.reconfigure(**before)


def has_viewer() -> bool:
    """Tell whether standard error is a terminal: elsewhere a progress bar leaves an empty line."""
    return Console(stderr=True).is_terminal


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Keep off the output what libraries in C print; Python's own lines stay.

    :mod:`skgenre.audio` does so wherever the C library lets it. Elsewhere the descriptors of this
    process are turned to the null device, and Python's streams to copies of them.
    """
    from ..audio._quiet import can_be_quiet

    with ExitStack() as stack:
        if not can_be_quiet():
            for name, number in (("stdout", 1), ("stderr", 2)):
                stack.enter_context(_apart(name, number))
        yield


@contextmanager
def _apart(name: str, number: int) -> Iterator[None]:
    """Let a stream of Python write to what a descriptor is, and C code to the null device."""
    stream = getattr(sys, name)
    try:
        is_ours = stream.fileno() == number
    except (AttributeError, io.UnsupportedOperation):
        is_ours = False
    if not is_ours:
        yield
        return
    stream.flush()
    encoding, errors = stream.encoding, stream.errors
    is_lined = stream.line_buffering or number == 2
    with (
        os.fdopen(os.dup(number), "w", 1 if is_lined else -1, encoding, errors) as kept,
        Path(os.devnull).open("w") as nowhere,
    ):
        os.dup2(nowhere.fileno(), number)
        setattr(sys, name, kept)
        try:
            yield
        finally:
            kept.flush()
            setattr(sys, name, stream)
            os.dup2(kept.fileno(), number)


def track(items: Sequence[Item], description: str) -> Iterator[Item]:
    """Go through items under a progress bar on standard error that goes away at the end."""
    if has_viewer():
        console = Console(stderr=True)
        yield from _track(items, description=description, console=console, transient=True)
    else:
        yield from items


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, n_left: int = 1) -> None:
    """Print a table on standard output; the columns after the first `n_left` align right.

    On a terminal long cells are folded to its width. Elsewhere a row is one line. What can't be
    seen in a cell is escaped.
    """
    table = Table()
    for number, name in enumerate(header):
        justify: Literal["left", "right"] = "left" if number < n_left else "right"
        table.add_column(_fit_encoding(show(name)), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(_fit_encoding(show(cell)) for cell in row))
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _UNFOLDED
    console.print(table)


def print_line(text: object) -> None:
    """Print a line on standard output, with escapes for what can't be seen."""
    typer.echo(_fit_encoding(one_line(text)))


def _fit_encoding(text: str) -> str:
    """Return text in which what standard output's encoding lacks is replaced or escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        text = text.replace("±", "+/-")
        return text.encode(encoding, "backslashreplace").decode(encoding)
