"""A table of jobs that are measured one by one, and its file."""

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .._origin import get_origin
from ._row import Row


@dataclass(frozen=True)
class Table:
    """Jobs, and the file of their rows.

    Parameters
    ----------
    package : str
        The package of the jobs: each is a module with ``measure(is_quick) -> list[Row]``, which is
        imported when it is measured.
    jobs : tuple of str
        Names of the modules.
    file : Path
        The file.
    """

    package: str
    jobs: tuple[str, ...]
    file: Path

    def run(self, is_quick: bool = False, names: Sequence[str] | None = None) -> None:
        """Print the table and keep it in the file, unless `is_quick`.

        A job that isn't among `names` keeps the rows that the file has of it, each with its commit
        and date; those of the file are of the last job that was measured. None measures all.
        """
        kept = json.loads(self.file.read_text())["rows"] if self.file.exists() else []
        by_job = {name: [row for row in kept if row["name"] == name] for name in self.jobs}
        for name in self.jobs if names is None else names:
            origin = get_origin()
            by_job[name] = [
                {"name": name, **row.to_dict(), "commit": origin["commit"], "date": origin["date"]}
                for row in self._measure(name, is_quick)
            ]
            print(_show(by_job[name]), flush=True)
            if not is_quick:
                self._write([row for rows in by_job.values() for row in rows])

    def _measure(self, name: str, is_quick: bool) -> list[Row]:
        job = importlib.import_module(f".{name}", self.package)
        measured: list[Row] = job.measure(is_quick)
        return measured

    def _write(self, rows: list[dict[str, object]]) -> None:
        self.file.write_text(json.dumps({**get_origin(), "rows": rows}, indent=1) + "\n")


def _show(rows: list[dict[str, object]]) -> str:
    shown = pd.DataFrame(rows).drop(columns=["name", "commit", "date"]).dropna(axis=1, how="all")
    return f"\n{shown.to_string(index=False)}"
