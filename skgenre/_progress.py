"""Progress bar on standard error."""

from typing import Any, Self


class ProgressBar:
    """Show the number of finished items, the time left and a remark, until closed.

    Parameters
    ----------
    name : str
        What is going on.
    total : int
        Number of items.
    unit : str
        What is counted, such as "clips".
    is_shown : bool, default=True
        False shows nothing.
    is_kept : bool, default=False
        Whether the finished bar stays on the screen.
    """

    def __init__(
        self, name: str, total: int, unit: str, *, is_shown: bool = True, is_kept: bool = False
    ) -> None:
        self._bar: Any = None
        if not is_shown:
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"{unit}, left:"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[remark]}"),
            console=Console(stderr=True),
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
