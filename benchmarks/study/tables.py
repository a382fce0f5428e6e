"""The tables of the systems, made of the records alone."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .models import cards
from .recipes import RECIPES

# Of a normal distribution, 95 %.
_Z = 1.96

_NUMBERS = {"accuracy", "95 %", "spread", "macro F1", "parameters", "naive", "honest", "vote"}
_NUMBERS |= {"CPU seconds", "seeds", "train / test"}
_SAME_IN_ALL = {"train / test": "{} clips to train, {} to test.", "seeds": "Seeds: {}."}

_CONDITIONS = ("data", "system", "protocol", "seed")


def write_tables(records: list[dict[str, Any]], folder: Path) -> None:
    """Write ``<data>_honest.md``, ``<data>_gap.md`` and ``<data>_choice.md``.

    Parameters
    ----------
    records : list of dict
        As :class:`benchmarks.study.records.Records` reads them.
    folder : Path
        Where to.
    """
    for name, about in _abouts(records).items():
        fits = latest(record for record in records if record["data"] == name)
        kinds = {
            "honest": accuracy_table(fits, "honest"),
            "choice": accuracy_table(fits, "choice"),
            "gap": gap_table(fits),
        }
        for kind, table in kinds.items():
            if table.empty:
                continue
            left_out = _left_out(about["obstacles"], kind, table["system"])
            text = "\n".join(filter(None, [to_markdown(table), left_out]))
            (folder / f"{name}_{kind}.md").write_text(text)


def latest(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return one row for each fit: the last one, where there are several."""
    fits = {
        tuple(record[name] for name in _CONDITIONS): record
        for record in records
        if "about" not in record
    }
    return pd.DataFrame(fits.values())


def accuracy_table(fits: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Return accuracy under a protocol: means over seeds, spread, and what it took.

    The interval is of the clips that were tested, as if others had been drawn; the spread is the
    standard deviation between seeds.
    """
    rows = []
    for system, all_seeds in _by_system(fits, protocol):
        runs, row = _check_runs(all_seeds), {"system": system}
        if runs.empty:
            rows.append({**row, "changed": all_seeds["error"].iloc[-1]})
            continue
        half = _Z * np.sqrt(runs["variance"].mean())
        rows.append(
            {
                **row,
                "accuracy": _number(runs["accuracy"].mean()),
                "95 %": f"±{half:.3f}",
                "spread": _number(runs["accuracy"].std()) if len(runs) > 1 else "",
                "macro F1": _number(runs["macro_f1"].mean()),
                "parameters": _count(runs["parameters"].iloc[0]),
                **_cost(runs),
            }
        )
    return pd.DataFrame(rows).fillna("")


def gap_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Return each system's accuracy as stated and honest, and what lies between.

    Naive and honest accuracy count the same things, segments or clips; `vote` is the honest one of
    clips where the others are of segments. `gap` is naive less honest, recipe and split together;
    `split alone` is that of the stated recipe. Intervals take the two tests as independent.
    """
    rows = []
    for system, all_seeds in _by_system(fits, "naive"):
        row = {"system": system, "stated": _stated(system)}
        naive, honest, recipe = (
            _check_runs(_select(fits, system, protocol))
            for protocol in ("naive", "honest", "recipe")
        )
        seeds = sorted(set(naive["seed"]) & set(honest["seed"]))
        if not seeds:
            error = all_seeds["error"].iloc[-1] if naive.empty else "honest: not run"
            rows.append({**row, "changed": error})
            continue
        naive, honest, recipe = (runs[runs["seed"].isin(seeds)] for runs in (naive, honest, recipe))
        kind = "segment_" if naive["unit"].iloc[0] == "segments" else ""
        parts = (naive, honest)
        epochs = dict.fromkeys(_cost(runs)["epochs"] for runs in parts)
        rows.append(
            {
                **row,
                "of": naive["unit"].iloc[0],
                "naive": _number(naive["accuracy"].mean()),
                "honest": _number(honest[f"{kind}accuracy"].mean()),
                "gap (95 % interval)": _difference(naive, honest, kind),
                "split alone (95 % interval)": _difference(naive, recipe, kind),
                "vote": _number(honest["accuracy"].mean()) if kind else "",
                **_cost(pd.concat([honest, naive])),
                "epochs": "; ".join(epochs),
                "seeds": str(len(seeds)),
            }
        )
    table = pd.DataFrame(rows).fillna("")
    optional = [name for name in ("split alone (95 % interval)", "vote") if name in table]
    return table.drop(columns=[name for name in optional if not (table[name] != "").any()])


def to_markdown(table: pd.DataFrame) -> str:
    """Return a table of strings as Markdown, and below it what would make it too wide.

    These are the columns that are the same in all rows, and what was changed in some systems.
    """
    notes = []
    score = next((name for name in ("accuracy", "naive") if name in table), None)
    rows = table.iloc[:0] if score is None else table[table[score] != ""]
    for name, words in _SAME_IN_ALL.items():
        if name in table and rows[name].nunique() == 1:
            notes.append(words.format(*rows[name].iloc[0].split(" / ")))
            table = table.drop(columns=name)
    empty = [name for name in ("spread", "epochs") if name in table and not table[name].any()]
    table = table.drop(columns=empty)
    changes = table[table["changed"] != ""].groupby("changed", sort=False)["system"]
    notes += [f"{', '.join(systems)}: {changed}." for changed, systems in changes]
    table = table.drop(columns="changed")
    return rows_to_markdown(table, _NUMBERS) + "".join(f"\n{note}\n" for note in notes)


def rows_to_markdown(table: pd.DataFrame, numbers: Collection[str]) -> str:
    """Return the lines of a table of strings; columns named in `numbers` are aligned right."""
    lines = [
        "| " + " | ".join(table.columns) + " |",
        "| " + " | ".join("---:" if name in numbers else "---" for name in table.columns) + " |",
    ]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in table.to_numpy().tolist()]
    return "\n".join(lines) + "\n"


def _abouts(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {record["data"]: record for record in records if "about" in record}


def _stated(system: str) -> str:
    if system in RECIPES:
        return "none"
    return cards().loc[system, "stated_score"] or "none"


def _difference(naive: pd.DataFrame, other: pd.DataFrame, kind: str) -> str:
    if other.empty:
        return ""
    gap = naive["accuracy"].mean() - other[f"{kind}accuracy"].mean()
    half = _Z * np.sqrt(naive["variance"].mean() + other[f"{kind}variance"].mean())
    return f"{_signed(gap)} ({_signed(gap - half)} to {_signed(gap + half)})"


def _select(fits: pd.DataFrame, system: str, protocol: str) -> pd.DataFrame:
    return fits[(fits["system"] == system) & (fits["protocol"] == protocol)]


def _by_system(fits: pd.DataFrame, protocol: str) -> list[tuple[str, pd.DataFrame]]:
    if fits.empty:
        return []
    found_names = fits["system"].unique().tolist()
    order = [*cards().index, *RECIPES]
    known = sorted(found_names, key=order.index)
    found = [(name, _select(fits, name, protocol)) for name in known]
    return [(name, runs) for name, runs in found if len(runs)]


def _check_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the fits that did not fail."""
    return runs[runs["accuracy"].notna()] if "accuracy" in runs else runs.iloc[:0]


def _cost(runs: pd.DataFrame) -> dict[str, Any]:
    epochs, seconds = "", runs["seconds"].mean()
    if runs["epochs_run"].notna().all():
        least, most = runs["epochs_run"].min(), runs["epochs_run"].max()
        span = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        epochs = f"{span} / {runs['epochs_stated'].iloc[0]:g}"
        if runs["is_cut"].any():
            epochs += ", cut"
    return {
        "CPU seconds": f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}",
        "epochs": epochs,
        "seeds": str(len(runs)),
        "train / test": f"{runs['n_train'].iloc[0]:g} / {runs['n_test'].iloc[0]:g}",
        "changed": "; ".join(dict.fromkeys(note for note in runs["changed"] if note)),
    }


def _left_out(obstacles: dict[str, str], kind: str, done: Iterable[str]) -> str:
    """Return which reference systems a table lacks, and why."""
    reasons: dict[str, list[str]] = {}
    for system, reason in obstacles.items():
        if kind != "choice" and system not in {*done, *RECIPES}:
            reasons.setdefault(reason.split(":")[0] or "left out of this run", []).append(system)
    parts = [f"{', '.join(systems)} ({reason})" for reason, systems in reasons.items()]
    return f"Not in this table: {'; '.join(parts)}.\n" if parts else ""


def _number(value: float) -> str:
    return f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}"


def _count(value: Any) -> str:
    return "" if value is None or pd.isna(value) else f"{int(value):,}"
