"""Output of the command: tables on standard output, the rest on standard error."""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from .._progress import ProgressBar
from .._shown_text import show

Item = TypeVar("Item")

_UNFOLDED = 10_000


_is_quiet = ContextVar("_is_quiet", default=False)


@contextmanager
def quiet_messages(is_quiet: bool = True) -> Iterator[None]:
    """Print no messages within this block; errors and warnings stay."""
    token = _is_quiet.set(is_quiet)
    try:
        yield
    finally:
        _is_quiet.reset(token)


def say(message: object) -> None:
    """Print a one-line message on standard error, unless messages are off."""
    if _is_quiet.get():
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    console.print(one_line(message), markup=False)


def one_line(message: object) -> str:
    """Return a message without line breaks and with invisible characters escaped.

    Line breaks of the message become spaces; those of names were escaped when it was made.
    """
    return show(re.sub(r"\s*[\r\n]\s*", " ", str(message)).strip())


@contextmanager
def never_losing() -> Iterator[None]:
    """Make standard output accept every character, escaping those it can't encode."""
    with _never_none(), _reconfigured(errors="backslashreplace"):
        yield


@contextmanager
def _never_none() -> Iterator[None]:
    """Replace a stream that was closed before the start, None in Python, by a writable one."""
    with ExitStack() as stack:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
                setattr(sys, name, nowhere)
                stack.callback(setattr, sys, name, None)
        yield


@contextmanager
def in_utf8() -> Iterator[None]:
    """Make standard output UTF-8, whatever the locale: for data that programs read."""
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


@contextmanager
def prints_aside() -> Iterator[None]:
    """Send what other code prints to standard error: standard output has results only.

    Also that of C code, and of processes that are started meanwhile.
    """
    with ExitStack() as stack:
        stream = sys.stdout
        with suppress(AttributeError, OSError, ValueError):  # no descriptor, or a closed one
            if stream.fileno() == 1:
                stream.flush()
                kept = os.dup(1)
                stack.callback(os.close, kept)
                os.dup2(2, 1)
                stack.callback(os.dup2, kept, 1)
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


def has_viewer() -> bool:
    """Return whether standard error is a terminal: elsewhere a bar leaves an empty line."""
    return Console(stderr=True).is_terminal


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Suppress the output of C libraries; Python's own output stays.

    :mod:`skgenre.audio` does so where the C library allows it. Elsewhere this process's descriptors
    are redirected to the null device, and Python's streams to copies of the originals.
    """
    from ..audio._quiet import can_be_quiet

    with ExitStack() as stack:
        if not can_be_quiet():
            for name, number in (("stdout", 1), ("stderr", 2)):
                stack.enter_context(_apart(name, number))
        yield


@contextmanager
def _apart(name: str, number: int) -> Iterator[None]:
    """Redirect a descriptor to the null device for C code; Python's stream keeps its target."""
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
    """Iterate over items with a progress bar on standard error that disappears at the end."""
    with closing(ProgressBar(description, len(items), "files", is_shown=has_viewer())) as bar:
        for item in items:
            yield item
            bar.advance()


def print_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, n_left: int = 1, n_whole: int = 0
) -> None:
    """Print a table on standard output; the columns after the first `n_left` align right.

    On a terminal long cells are wrapped to its width, those of the first `n_whole` columns last.
    Elsewhere a row is one line. Invisible characters in a cell are escaped.
    """
    table = Table()
    for number, name in enumerate(header):
        justify: Literal["left", "right"] = "left" if number < n_left else "right"
        table.add_column(
            _fit_encoding(show(name)), justify=justify, overflow="fold", no_wrap=number < n_whole
        )
    for row in rows:
        table.add_row(*(_fit_encoding(show(cell)) for cell in row))
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _UNFOLDED
    console.print(table)


def print_line(text: object) -> None:
    """Print a line on standard output, with invisible characters escaped."""
    typer.echo(_fit_encoding(one_line(text)))


def _fit_encoding(text: str) -> str:
    """Replace or escape characters that standard output can't encode."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        text = text.replace("±", "+/-")
        return text.encode(encoding, "backslashreplace").decode(encoding)
