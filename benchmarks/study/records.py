"""Finished fits, one a line, so that a run that was stopped goes on where it was."""

import json
import math
from pathlib import Path
from typing import Any

KEY = ("data", "system", "protocol", "seed", "epochs", "clips")


class Records:
    """A file of JSON lines.

    Parameters
    ----------
    path : Path
        The file; it need not be there.
    names : tuple of str
        The entries that tell a fit from all others.
    """

    def __init__(self, path: Path, names: tuple[str, ...] = KEY) -> None:
        self.path = path
        self.names = names

    def read(self) -> list[dict[str, Any]]:
        """Return all records. A last line that was cut off by a kill is no record."""
        if not self.path.exists():
            return []
        records = []
        for line in self.path.read_text().splitlines():
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return records

    def finished(self, limit: float | None = None) -> set[tuple[Any, ...]]:
        """Return the keys of the fits that are done.

        One that failed, or that ran out of a time below `limit` seconds, is to be done again.
        """
        longest = math.inf if limit is None else round(limit)
        return {
            key(record, self.names)
            for record in self.read()
            if "accuracy" in record and not (record.get("is_cut") and record["limit_s"] < longest)
        }

    def append(self, record: dict[str, Any]) -> None:
        """Write a record behind the others."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = self.path.read_text() if self.path.exists() else ""
        torn = bool(text) and not text.endswith("\n")
        with self.path.open("a") as file:
            file.write("\n" * torn + json.dumps(record) + "\n")


def key(record: dict[str, Any], names: tuple[str, ...] = KEY) -> tuple[Any, ...]:
    """Return what tells a fit from all others."""
    return tuple(record.get(name) for name in names)
