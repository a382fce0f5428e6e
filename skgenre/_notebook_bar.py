"""Progress bar of a notebook, as HTML that is replaced: it needs no widgets."""

import threading
import time
from typing import Any

from ._templates import render

_PAUSE = 0.2  # seconds between two updates


class NotebookBar:
    """Show a bar below the cell that runs.

    Parameters
    ----------
    display : callable
        ``IPython.display.display``.
    name : str
        What is done.
    total, n_done : int
        Number of items, and of those finished before.
    unit : str
        What the items are.
    """

    def __init__(self, display: Any, name: str, total: int, unit: str, n_done: int) -> None:
        self._name, self._total, self._unit = name, total, unit
        self._n_before = self._n_done = n_done
        self._remark = self._left = ""
        self._started = self._shown = time.monotonic()
        self._lock = threading.Lock()
        self._handle = display(self, display_id=True)

    def advance(self, remark: str, left: str | None, n_items: int = 1) -> None:
        """Count items as finished; `left` replaces the time left as extrapolated."""
        with self._lock:
            self._n_done += n_items
            now = time.monotonic()
            pace = (now - self._started) / (self._n_done - self._n_before)
            rest = pace * (self._total - self._n_done)
            self._remark, self._left = remark, _format(rest) if left is None else left
            if now - self._shown >= _PAUSE:
                self._show(now)

    def close(self) -> None:
        """Show the last state, with the time that it took."""
        with self._lock:
            now = time.monotonic()
            self._left = ""
            took = f"{_format(now - self._started)}"
            self._remark = f"{took}; {self._remark}" if self._remark else took
            self._show(now)

    def _show(self, now: float) -> None:
        self._shown = now
        if self._handle is not None:
            self._handle.update(self)

    def _text(self) -> str:
        left = f"{self._left} left" if self._left else ""
        facts = [f"{self._n_done}/{self._total} {self._unit}", left, self._remark]
        return f"{self._name}: {', '.join(filter(None, facts))}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = self._text()
        html = render("parts.html", "bar", text=text, n_done=self._n_done, total=self._total)
        return {"text/plain": text, "text/html": html}


def find_display() -> Any:
    """Return IPython's function to display in a notebook, None if no notebook runs."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    # IPython in a terminal has no kernel.
    return display if getattr(get_ipython(), "kernel", None) is not None else None


def _format(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
