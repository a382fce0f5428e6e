"""Progress on standard error: a bar on a terminal."""

from typing import Any


def has_terminal() -> bool:
    """Return whether standard error is a terminal; a notebook is none."""
    from rich.console import Console

    return Console(stderr=True).is_terminal


class ProgressBar:
    """Show finished items of a `unit`, the time left and a remark, until closed.

    `is_kept` leaves the finished bar on the screen; `n_done` items were finished before.
    """

    def __init__(
        self,
        name: str,
        total: int,
        unit: str,
        *,
        is_shown: bool = True,
        is_kept: bool = False,
        n_done: int = 0,
    ) -> None:
        self._bar: Any = None
        if not is_shown:
            return
        from rich import console, progress, text

        class TimeLeft(progress.TimeRemainingColumn):
            def render(self, task: progress.Task) -> text.Text:
                left = task.fields["left"]
                return (
                    super().render(task) if left is None else text.Text(left, "progress.remaining")
                )

        is_notebook = console.Console(stderr=True).is_jupyter
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn(f"{unit}, left:"),
            TimeLeft(),
            progress.TextColumn("{task.fields[remark]}", markup=False),
            console=console.Console(
                stderr=True, force_jupyter=False, force_terminal=False if is_notebook else None
            ),
            transient=not is_kept,
        )
        self._task = self._bar.add_task(name, total=total, completed=n_done, remark="", left=None)
        self._bar.start()

    def advance(self, remark: str = "", left: str | None = None) -> None:
        """Count an item as finished; `left` replaces the time left as extrapolated."""
        if self._bar is not None:
            self._bar.update(self._task, advance=1, remark=remark, left=left)

    def close(self) -> None:
        """Stop the bar, and clear it unless it is kept."""
        if self._bar is not None:
            self._bar.stop()
