"""Progress bar for training."""


class ProgressBar:
    """Show epochs, the time left, and the last epoch's results on standard error.

    Parameters
    ----------
    name : str
        Name of the estimator.
    n_epochs : int
        Number of epochs.
    """

    def __init__(self, name: str, n_epochs: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.completed}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[state]}"),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(name, total=n_epochs, state="")
        self._progress.start()

    def end_epoch(self, row: dict) -> None:
        """Show an epoch's loss and accuracy."""
        kind = "valid" if "valid_loss" in row else "train"
        state = f"{kind} loss {row[f'{kind}_loss']:.3f}, accuracy {row[f'{kind}_accuracy']:.3f}"
        self._progress.update(self._task, advance=1, state=state)

    def stop(self) -> None:
        """Clear the bar."""
        self._progress.stop()
