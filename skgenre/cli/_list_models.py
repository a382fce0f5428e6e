"""``skgenre models``: list the models and reference systems."""

import enum
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._console import in_utf8, print_line, print_table

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = """Examples:

skgenre models

skgenre models --format csv > models.csv
"""


class Format(enum.StrEnum):
    """Format of the list."""

    table = "table"
    csv = "csv"
    json = "json"


def models(
    format_: Annotated[
        Format, typer.Option("--format", help="Format of the list on standard output.")
    ] = Format.table,
) -> None:
    """List the names that --models and --model take, with accuracy and cost.

    Your own models are named by a Python file and a name in it, as in mymodels.py:tiny.
    """
    import pandas as pd

    own, systems = _list_own(), _list_systems()
    if format_ is Format.table:
        _print(own, "model", ["kB"])
        _print(systems, "reference system", [])
        return
    table = pd.concat([own.assign(kind="model"), systems.assign(kind="system")], ignore_index=True)
    table.insert(1, "kind", table.pop("kind"))
    with in_utf8():
        if format_ is Format.csv:
            sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
        else:
            sys.stdout.write(table.to_json(orient="records", force_ascii=False, indent=2) + "\n")


def _list_own() -> "pd.DataFrame":
    from ..systems import list_models

    table = list_models().rename(columns={"classifier": "description"})
    columns = ["name", "description", "input", "advice"]
    return table[[*columns, "accuracy", "margin", "fit_seconds", "kilobytes", "protocol"]]


def _list_systems() -> "pd.DataFrame":
    from ..systems._systems import describe_systems

    table = describe_systems().drop(columns="protocol")
    table = table.rename(columns={"network": "description", "measured_on": "protocol"})
    columns = ["name", "description", "input", "source"]
    return table[[*columns, "accuracy", "margin", "fit_seconds", "protocol"]]


def _print(table: "pd.DataFrame", kind: str, more: list[str]) -> None:
    protocols = [protocol for protocol in table["protocol"].unique() if protocol]
    notes = dict(zip(protocols, "abc", strict=False)) if len(protocols) > 1 else {}
    rows: list[tuple[str, ...]] = []
    for row in table.to_dict("records"):
        costs = [_show(row["fit_seconds"]), *([_show(row["kilobytes"])] if more else [])]
        rows.append((row["name"], row["description"], _show_accuracy(row, notes), *costs))
    header = (kind, "what it is", "accuracy", "fit (s)", *more)
    print_table(header, rows, n_left=2, n_whole=1)
    for protocol in protocols:
        mark = f"{notes[protocol]}: " if notes else ""
        margins = table.loc[table["protocol"] == protocol, "margin"].dropna()
        about = f"; 95 % intervals of up to ± {margins.max():.2f}" if len(margins) else ""
        print_line(f"{mark}{protocol}{about}.")


def _show_accuracy(row: dict[Any, Any], notes: dict[str, str]) -> str:
    accuracy = row["accuracy"]
    if accuracy != accuracy:
        return ""
    mark = f" {notes[row['protocol']]}" if notes else ""
    return f"{accuracy:.3f}{mark}"


def _show(number: float) -> str:
    return "" if number != number else f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
