"""Defaults, chosen by grouped cross-validation: every claim is a table that this makes."""

import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .. import RESULTS
from .choose_audio import load_variants
from .choose_fit import KEY, SAME_FIT, describe_settings, prepare, run_fold
from .choose_questions import QUESTIONS, Question
from .choose_report import write_report
from .data import Collection, load
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
    frame_rate: float | None = None,
    results: Path = RESULTS / "choices",
) -> None:
    """Fit the configurations of questions in repeated grouped folds, and write tables and log.

    Each repeat has five stratified folds of all clips. Clips of one group are in one fold: runs of
    ten consecutive clip numbers where clips have one, else the groups of the data. Fits that are in
    the records with the same settings are not repeated; those of another question are copied.

    Parameters
    ----------
    data : Path or str
        A file of log-mel maps; for questions of audio a folder of genres.
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
    frame_rate : float, default=None
        Frames of a map per second, if the file does not say it.
    results : Path
        Folder of records, verdicts and tables.
    """
    chosen = _select(questions, models)
    collection = _load(data, chosen)
    collection.frame_rate = collection.frame_rate or frame_rate
    if collection.frame_rate is None:
        raise ValueError(f"{data} does not say its frames per second: give --frame-rate.")
    records = Records(results / "records.jsonl", KEY)
    about = {"data": collection.name, "about": _describe(collection)}
    if about not in records.read():
        records.append(about)
    end = np.inf if budget is None else time.process_time() + 60 * budget
    for question in chosen:
        runner = _Runner(collection, question, records, device, end)
        for repeat in range(n_repeats):
            for name in question.configurations:
                runner.run(name, repeat)
        write_report(records.read(), results)


class _Runner:
    """Fits the configurations of one question.

    Parameters
    ----------
    collection : Collection
        The clips.
    question : Question
        The configurations.
    records : Records
        Where fits are written to.
    device : str
        Where networks are trained.
    end : float
        CPU time of the process, in seconds, after which no fit is begun.
    """

    def __init__(
        self,
        collection: Collection,
        question: Question,
        records: Records,
        device: str,
        end: float,
    ) -> None:
        self.collection = collection
        self.question = question
        self.records = records
        self.device = device
        self.end = end
        neighbours = collection.neighbours
        self.groups = collection.groups if neighbours is None else neighbours
        self.finished = records.finished()
        # Of any question: the settings say what was fitted.
        self.fits = {
            key(record, SAME_FIT): record for record in records.read() if "accuracy" in record
        }
        self.features: dict[str, Any] = {}

    def run(self, name: str, repeat: int) -> None:
        """Fit a configuration in the folds of one repeat that are not done."""
        label = f"{self.question.name}: {name}, repeat {repeat}"
        which = {
            "data": self.collection.name,
            "question": self.question.name,
            "configuration": name,
            "repeat": repeat,
        }
        try:
            model = self.question.configurations[name](self.collection.frame_rate)
        except Exception as error:
            self._note_failure(which, label, error)
            return
        which["settings"] = describe_settings(model)
        folds = repeated_folds(self.collection.y, self.groups, repeat)
        left = [
            (fold, train, test)
            for fold, (train, test) in enumerate(folds)
            if key({**which, "fold": fold}, KEY) not in self.finished
        ]
        if not left:
            print(f"{label}: done before", flush=True)
            return
        for fold, train, test in left:
            known = self.fits.get(key({**which, "fold": fold}, SAME_FIT))
            if known is not None:
                self.records.append({**known, **which, "fold": fold})
                print(f"{label}, fold {fold}: as in {known['question']}", flush=True)
                continue
            if time.process_time() > self.end:
                print(f"{label}, fold {fold}: not begun, the budget is used", flush=True)
                return
            self._fit({**which, "fold": fold}, model, train, test, f"{label}, fold {fold}")

    def _fit(
        self,
        which: dict[str, Any],
        model: BaseEstimator,
        train: np.ndarray,
        test: np.ndarray,
        label: str,
    ) -> None:
        try:
            prepared = prepare(
                model, self.collection, self.features, seed=which["repeat"], device=self.device
            )
            record = run_fold(prepared, self.collection.y, self.groups, train, test)
        except Exception as error:
            self._note_failure(which, label, error)
            return
        self.records.append({**which, **record, "device": self.device})
        print(
            f"{label}: {record['accuracy']:.3f} of {record['n_test']}, {record['fit_s']:.1f} s",
            flush=True,
        )

    def _note_failure(self, which: dict[str, Any], label: str, error: Exception) -> None:
        traceback.print_exc()
        self.records.append({**which, "error": f"{type(error).__name__}: {error}"})
        print(f"{label}: failed", flush=True)


def _load(data: Path | str, questions: list[Question]) -> Collection:
    of_audio = [question.name for question in questions if question.is_of_audio]
    if len(of_audio) == len(questions):
        return load_variants(data)
    if of_audio:
        raise ValueError(f"Ask questions of audio alone: {', '.join(of_audio)}.")
    collection = load(data)
    if collection.kind != "mel":
        raise ValueError(f"choose takes log-mel maps (.npz), and {data} has none.")
    return collection


def _describe(collection: Collection) -> str:
    neighbours = collection.neighbours
    if neighbours is None:
        return collection.description
    return f"{collection.description}, {len(np.unique(neighbours))} runs of ten clip numbers"


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
