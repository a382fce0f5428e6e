"""Progress: a bar on a terminal's standard error, or below a notebook's cell."""

from typing import Any

from ._notebook_bar import NotebookBar, find_display


def has_terminal() -> bool:
    """Return whether standard error is a terminal; a notebook is none."""
    from rich.console import Console

    return Console(stderr=True).is_terminal


def has_bar() -> bool:
    """Return whether a bar can be seen to move: on a terminal, or in a notebook."""
    return find_display() is not None or has_terminal()


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
        self._notebook_bar: NotebookBar | None = None
        if not is_shown:
            return
        display = find_display()
        if display is not None:
            self._notebook_bar = NotebookBar(display, name, total, unit, n_done)
            return
        from rich import console, progress, table, text

        class TimeLeft(progress.TimeRemainingColumn):
            def render(self, task: progress.Task) -> text.Text:
                if task.fields["left"] is None:
                    return super().render(task)
                return text.Text(task.fields["left"], style="progress.remaining")

        class Remark(progress.ProgressColumn):
            # The only column that a narrow terminal shortens.
            def render(self, task: progress.Task) -> text.Text:
                return text.Text(task.fields["remark"], no_wrap=True, overflow="ellipsis")

        # Elsewhere in a notebook, rich would ask for a widget: the bar is printed at the end.
        is_notebook = console.Console(stderr=True).is_jupyter
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(8),
            progress.MofNCompleteColumn(table_column=table.Column(no_wrap=True)),
            progress.TextColumn(f"{unit}, left:"),
            TimeLeft(table_column=table.Column(no_wrap=True)),
            Remark(),
            console=console.Console(
                stderr=True, force_jupyter=False, force_terminal=False if is_notebook else None
            ),
            transient=not is_kept,
        )
        self._task = self._bar.add_task(name, total=total, completed=n_done, remark="", left=None)
        self._bar.start()

    def advance(self, remark: str = "", left: str | None = None, n_items: int = 1) -> None:
        """Count items as finished; `left` replaces the time left as extrapolated."""
        if self._notebook_bar is not None:
            self._notebook_bar.advance(remark, left, n_items)
        if self._bar is not None:
            self._bar.update(self._task, advance=n_items, remark=remark, left=left)

    def close(self) -> None:
        """Stop the bar; on a terminal, clear it unless it is kept."""
        if self._notebook_bar is not None:
            self._notebook_bar.close()
            self._notebook_bar = None
        if self._bar is not None:
            self._bar.stop()
