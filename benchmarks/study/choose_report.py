"""The tables of the choices and the log of all of them, made of records and verdicts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skgenre.model_selection._compare.significance import corrected_t_test

from .choose_questions import QUESTIONS
from .choose_sizes import MODELS, SIZES, as_curves, join_fits
from .tables import rows_to_markdown

_NUMBERS = {"accuracy", "CPU s", "kB", "folds"}
_FOLD = ["repeat", "fold"]

# Of a normal distribution, 95 %.
_Z = 1.96

_HEAD = """# How the defaults were chosen: all choices

Made by `python -m benchmarks choose` of `records.jsonl` and `verdicts.json`; do not edit.

Each table answers one question on one data set, by stratified grouped cross-validation: five folds
a repeat, groups never in two folds of it. Accuracy is the mean over folds, ± its 95 % interval over
groups: it is for other artists, and the clips of a group count as dependent. The difference is
paired, fold by fold, with the first row, and has the 95 % interval of the corrected resampled
t-test, one row at a time. It is significant if this interval excludes 0; "no" does not mean equal.
CPU s is of one fit, on one thread, with the features of its clips; kB is the size of the pickled
model.
"""


def write_report(records: list[dict[str, Any]], folder: Path) -> None:
    """Write ``<data>_<question>.md`` for each question and data set, and ``log.md``.

    Parameters
    ----------
    records : list of dict
        As :class:`benchmarks.study.records.Records` reads them.
    folder : Path
        Where to. Its ``verdicts.json`` has a sentence for data sets and questions, by their names.
    """
    abouts = {record["data"]: record["about"] for record in records if "about" in record}
    verdicts = _read_verdicts(folder / "verdicts.json")
    parts = [_HEAD]
    for name, question in QUESTIONS.items():
        for data, about in abouts.items():
            fits = _latest(records, data, name)
            if name == "sizes":
                fits = join_fits(fits, _latest(records, data, "named"))
            # Kernel machines have more repeats than networks, which take longer.
            table, note = choice_table(
                fits,
                question.reference,
                list(question.configurations),
                same_folds=name != "sizes",
            )
            if table.empty:
                continue
            text = rows_to_markdown(table, _NUMBERS) + f"\n{note}\n"
            (folder / f"{data}_{name}.md").write_text(text)
            if name == "sizes":
                _write_curves(fits, table, note, folder / f"{data}_curves.md")
            verdict = verdicts.get(data, {}).get(name, "no verdict yet")
            parts.append(
                f"## {question.title} ({name}, {data})\n\n{about}.\n\n{text}\n"
                f"**Verdict:** {verdict}\n"
            )
    (folder / "log.md").write_text("\n".join(parts))


def choice_table(
    fits: pd.DataFrame, reference: str, order: list[str], *, same_folds: bool = True
) -> tuple[pd.DataFrame, str]:
    """Return one row for each configuration, and what is said below the table.

    Parameters
    ----------
    fits : DataFrame
        Records of one question and data set, one a fold.
    reference : str
        The configuration that others are compared with.
    order : list of str
        Configurations in the order of the rows; others that the records have come last.
    same_folds : bool, default=True
        Whether all rows are of the same folds, as some are harder than others: configurations that
        lack a fold of the reference are then named below the table. Else a column counts the folds.
    """
    if fits.empty:
        return pd.DataFrame(), ""
    names = [*order, *sorted(set(fits["configuration"]) - set(order))]
    done = {
        name: folds.set_index(_FOLD).sort_index()
        for name, folds in fits[fits["accuracy"].notna()].groupby("configuration")
    }
    if not done:
        return pd.DataFrame(), _name_failures(fits)
    most = max(done.values(), key=len)
    shared = done.get(reference, most).index
    finished = {
        name: folds.loc[shared] if same_folds else folds
        for name, folds in done.items()
        if not same_folds or shared.isin(folds.index).all()
    }
    rows = []
    for name in names:
        if name in finished:
            base = finished.get(reference) if name != reference else None
            rows.append({"configuration": name, **_row(finished[name], base)})
            if name == reference:
                rows[-1]["difference (95 %)"] = "reference"
            if not same_folds:
                rows[-1]["folds"] = str(len(finished[name]))
    kept = pd.concat(finished.values())
    train, test = (kept[name].mean() for name in ("n_train", "n_test"))
    commits = kept["commit"].dropna().unique().tolist()
    table = pd.DataFrame(rows).fillna("")
    parts = []
    if same_folds or table["folds"].nunique() == 1:
        parts.append(f"{len(next(iter(finished.values())))} folds")
        table = table.drop(columns="folds", errors="ignore")
    parts += [
        f"{train:.0f} clips to train and {test:.0f} to test in each",
        f"commit {', '.join(commits)}" if commits else "commit unknown",
    ]
    left = {
        name: shared.isin(folds.index).sum() for name, folds in done.items() if name not in finished
    }
    note = f"{', '.join(parts)}."
    elsewhere = kept.loc[~_is_on_cpu(kept), ["configuration", "device"]]
    if len(elsewhere):
        counts = ", ".join(
            f"{name} ({n} fold{'s' if n > 1 else ''} on {device})"
            for (name, device), n in elsewhere.value_counts(sort=False).items()
        )
        note += f" Trained on another device, without CPU s: {counts}."
    if left:
        counts = ", ".join(f"{name} ({n} of {len(shared)} folds)" for name, n in left.items())
        note += f" Not finished: {counts}."
    return table, f"{note} {_name_failures(fits)}".strip()


def _name_failures(fits: pd.DataFrame) -> str:
    """Return which configurations failed in all folds, and why."""
    done = set(fits.loc[fits["accuracy"].notna(), "configuration"])
    failures = fits[~fits["configuration"].isin(done)].groupby("configuration")["error"].last()
    named = [f"{name} ({error})" for name, error in failures.items()]
    return f"Failed: {', '.join(named)}." if named else ""


def _write_curves(fits: pd.DataFrame, table: pd.DataFrame, note: str, path: Path) -> None:
    """Write the accuracies by number of clips, and the differences from the first model."""
    numbers = {*map(str, SIZES), "all"}
    curves = as_curves(table, table["accuracy"] + " " + table["95 %"])
    size = fits["configuration"].str.split(", ").str[1]
    parts = [
        choice_table(part, f"{MODELS[0]}, {name}", [], same_folds=False)[0]
        for name, part in fits.groupby(size)
    ]
    rows = pd.concat(parts, ignore_index=True).drop(columns="folds", errors="ignore")
    differences = as_curves(rows, rows["difference (95 %)"])
    differences = differences[differences["model"] != MODELS[0]]
    path.write_text(
        f"{rows_to_markdown(curves, numbers)}\n{note}\n\n"
        f"Difference from `{MODELS[0]}` with as many clips, paired, with its 95 % interval:\n\n"
        f"{rows_to_markdown(differences, numbers)}"
    )


def _row(folds: pd.DataFrame, base: pd.DataFrame | None) -> dict[str, str]:
    accuracy = folds["accuracy"].mean()
    # Of fits whose networks were trained on the CPU: others are not comparable.
    seconds = folds.loc[_is_on_cpu(folds), "fit_s"].mean()
    return {
        "accuracy": f"{accuracy:.3f}",
        "95 %": f"±{_half_width(folds['right'], accuracy):.3f}",
        **_difference(folds, base),
        "CPU s": "" if np.isnan(seconds) else f"{seconds:.{2 if seconds < 10 else 0}f}",
        "kB": f"{folds['bytes'].mean() / 1000:,.0f}",
    }


def _is_on_cpu(folds: pd.DataFrame) -> "pd.Series[bool]":
    return folds["device"].isin(["cpu"]) | folds["device"].isna()


def _half_width(right: pd.Series, accuracy: float) -> float:
    """Return half the 95 % interval of an accuracy; clips of a group are not independent."""
    residuals: dict[str, float] = {}
    n_clips = 0
    for by_group in right:
        for group, marks in by_group.items():
            excess = marks.count("1") - accuracy * len(marks)
            residuals[group] = residuals.get(group, 0.0) + excess
            n_clips += len(marks)
    squares = np.square(list(residuals.values())).sum()
    correction = len(residuals) / max(len(residuals) - 1, 1)
    return _Z * float(np.sqrt(correction * squares)) / n_clips


def _difference(folds: pd.DataFrame, base: pd.DataFrame | None) -> dict[str, str]:
    """Return the difference, paired fold by fold, and its significance."""
    both = [] if base is None else folds.index.intersection(base.index)
    if base is None or len(both) < 2:
        return {"difference (95 %)": "", "significant": ""}
    ours, others = folds.loc[both], base.loc[both]
    found = corrected_t_test(
        (ours["accuracy"] - others["accuracy"]).to_numpy(),
        ours["n_train"].mean(),
        ours["n_test"].mean(),
    )
    verdict = "better" if found.low > 0 else "worse" if found.high < 0 else "no"
    text = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return {"difference (95 %)": text, "significant": verdict}


def _latest(records: list[dict[str, Any]], data: str, question: str) -> pd.DataFrame:
    """Return the last record of each fold with the last settings of each configuration."""
    ours = [
        record
        for record in records
        if record.get("question") == question and record["data"] == data
    ]
    settings = {record["configuration"]: record.get("settings") for record in ours}
    fits = {
        (record["configuration"], record["repeat"], record.get("fold")): record
        for record in ours
        if record.get("settings") == settings[record["configuration"]]
    }
    columns = ["accuracy", "n_train", "n_test", "commit", "error", "device"]
    table = pd.DataFrame(fits.values())
    return table.reindex(columns=table.columns.union(columns)) if len(table) else table


def _read_verdicts(path: Path) -> dict[str, dict[str, str]]:
    return json.loads(path.read_text()) if path.exists() else {}
