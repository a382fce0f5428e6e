"""Defaults, chosen by grouped cross-validation: every claim is a table that this makes."""

import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import RESULTS
from .choose_fit import KEY, describe_settings, prepare, run_fold
from .choose_questions import QUESTIONS, Question
from .choose_report import write_report
from .data import load
from .records import Records, key
from .splits import repeated_folds


def run(
    data: Path | str,
    *,
    questions: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    n_repeats: int = 3,
    budget: float | None = None,
    device: str = "cpu",
    results: Path = RESULTS / "choices",
) -> None:
    """Fit the configurations of questions in repeated grouped folds, and write tables and log.

    Each repeat has five stratified folds of all clips. Clips of one group are in one fold: runs of
    ten consecutive clip numbers where clips have one, else the groups of the data. Fits that are in
    the records with the same settings are not repeated.

    Parameters
    ----------
    data : Path or str
        A file of log-mel maps.
    questions : sequence of str, default=None
        Names of questions. None runs the cheap ones.
    models : sequence of str, default=None
        Names of configurations; the reference of each question is always run. None runs all.
    n_repeats : int, default=3
        Repeats of the five folds.
    budget : float, default=None
        CPU minutes after which no fit is begun. None sets no limit.
    device : str, default="cpu"
        Where networks are trained.
    results : Path
        Folder of records, verdicts and tables.
    """
    collection = load(data)
    if collection.kind != "mel":
        raise ValueError(f"choose takes log-mel maps (.npz), and {data} has none.")
    chosen = _select(questions, models)
    records = Records(results / "records.jsonl", KEY)
    about = {"data": collection.name, "about": collection.description}
    if about not in records.read():
        records.append(about)
    groups = collection.groups if collection.neighbours is None else collection.neighbours
    folds = [repeated_folds(collection.y, groups, repeat) for repeat in range(n_repeats)]
    finished = records.finished()
    end = np.inf if budget is None else time.process_time() + 60 * budget
    for question in chosen:
        prepared: dict[str, Any] = {}
        for repeat in range(n_repeats):
            for name, make in question.configurations.items():
                which = {"data": collection.name, "question": question.name, "configuration": name}
                label = f"{question.name}: {name}, repeat {repeat}"
                try:
                    model = make(collection.frame_rate)
                    settings = describe_settings(model)
                    ids = [
                        {**which, "settings": settings, "repeat": repeat, "fold": fold}
                        for fold in range(len(folds[repeat]))
                    ]
                    if all(key(one, KEY) in finished for one in ids):
                        print(f"{label}: done before", flush=True)
                        continue
                    if time.process_time() > end:
                        print(f"{label}: not begun, the budget is used", flush=True)
                        continue
                    features = prepare(model, collection, prepared, seed=repeat, device=device)
                except Exception as error:
                    _note_failure(records, {**which, "repeat": repeat}, label, error)
                    continue
                for one, (train, test) in zip(ids, folds[repeat], strict=True):
                    if key(one, KEY) in finished or time.process_time() > end:
                        continue
                    try:
                        record = run_fold(features, collection.y, groups, train, test)
                    except Exception as error:
                        _note_failure(records, one, label, error)
                        continue
                    records.append({**one, **record, "device": device})
                    print(
                        f"{label}, fold {one['fold']}: {record['accuracy']:.3f} of "
                        f"{record['n_test']}, {record['fit_s']:.1f} s",
                        flush=True,
                    )
    write_report(records.read(), results)


def _select(questions: Sequence[str] | None, models: Sequence[str] | None) -> list[Question]:
    cheap = [name for name, question in QUESTIONS.items() if not question.is_slow]
    chosen = []
    for name in questions or cheap:
        if name not in QUESTIONS:
            raise ValueError(f"There is no question {name!r}. There are {', '.join(QUESTIONS)}.")
        chosen.append(QUESTIONS[name])
    if models is None:
        return chosen
    known = {name for question in chosen for name in question.configurations}
    for name in models:
        if name not in known:
            raise ValueError(f"There is no model {name!r}. There are {', '.join(sorted(known))}.")
    parts = [question.restricted(models) for question in chosen]
    return [part for part in parts if set(part.configurations) & set(models)]


def _note_failure(records: Records, which: dict[str, Any], label: str, error: Exception) -> None:
    traceback.print_exc()
    records.append({**which, "error": f"{type(error).__name__}: {error}"})
    print(f"{label}: failed", flush=True)
