"""Progress bar on standard error."""

from typing import Any


class ProgressBar:
    """Show finished items of a `unit`, the time left and a remark, until closed.

    `is_kept` leaves the finished bar on the screen.
    """

    def __init__(
        self, name: str, total: int, unit: str, *, is_shown: bool = True, is_kept: bool = False
    ) -> None:
        self._bar: Any = None
        if not is_shown:
            return
        from rich import console, progress

        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn(f"{unit}, left:"),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[remark]}"),
            console=console.Console(stderr=True),
            transient=not is_kept,
        )
        self._task = self._bar.add_task(name, total=total, remark="")
        self._bar.start()

    def advance(self, remark: str = "") -> None:
        """Count an item as finished."""
        if self._bar is not None:
            self._bar.update(self._task, advance=1, remark=remark)

    def close(self) -> None:
        """Stop the bar, and clear it unless it is kept."""
        if self._bar is not None:
            self._bar.stop()
