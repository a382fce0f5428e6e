"""The table of the jobs that people wait for, and its file."""

import importlib
import json
from collections.abc import Sequence

import pandas as pd

from ... import RESULTS
from ..._origin import get_origin
from ._row import Row

# One module a job, each with measure(is_quick) -> list[Row]; imported when it is measured.
JOBS = (
    "features",
    "decoding",
    "cold_predict",
    "warm_predict",
    "compare",
    "training",
    "search",
    "memory",
    "demo",
)
TABLE = RESULTS / "jobs.json"


def run(is_quick: bool = False, names: Sequence[str] = JOBS) -> None:
    """Print the table and keep it in ``benchmarks/results/jobs.json``, unless `is_quick`.

    A job that isn't among `names` keeps the rows that the file has of it, each with its commit and
    date; those of the file are of the last job that was measured.
    """
    kept = json.loads(TABLE.read_text())["rows"] if TABLE.exists() else []
    by_job = {name: [row for row in kept if row["name"] == name] for name in JOBS}
    for name in names:
        origin = get_origin()
        measured = _measure(name, is_quick)
        by_job[name] = [
            {"name": name, **row.to_dict(), "commit": origin["commit"], "date": origin["date"]}
            for row in measured
        ]
        print(_show(by_job[name]), flush=True)
        if not is_quick:
            _write([row for rows in by_job.values() for row in rows])


def _measure(name: str, is_quick: bool) -> list[Row]:
    measured: list[Row] = importlib.import_module(f".{name}", __package__).measure(is_quick)
    return measured


def _show(rows: list[dict[str, object]]) -> str:
    shown = pd.DataFrame(rows).drop(columns=["name", "commit", "date"]).dropna(axis=1, how="all")
    return f"\n{shown.to_string(index=False)}"


def _write(rows: list[dict[str, object]]) -> None:
    TABLE.write_text(json.dumps({**get_origin(), "rows": rows}, indent=1) + "\n")
