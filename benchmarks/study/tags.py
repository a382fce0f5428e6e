"""Models of several genres per clip on MTG-Jamendo's published split, beside the baseline."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.utils import get_tags

from skgenre.datasets import load_mtg_jamendo
from skgenre.systems import list_models, make_system

from .. import RESULTS
from .._origin import get_origin
from .fit import name_groups
from .models import set_parameters

NAME = "mtg-jamendo"
# Means over the 87 genres of the baseline's ROC AUC and PR AUC, in the repository of the data set.
PUBLISHED = {"system": "baseline of the data set, a CNN", "roc_auc": 0.780, "pr_auc": 0.111}
_COLUMNS = ("system", "seed", "genres", "train", "test", "ROC AUC", "PR AUC", "CPU time (s)")


def run(
    path: Path | str,
    *,
    device: str = "cpu",
    epochs: int | None = None,
    n_seeds: int = 1,
    systems: Sequence[str] | None = None,
    n_clips: int | None = None,
    split: int = 0,
    duration: float = 30.0,
    results: Path = RESULTS / "mtg_jamendo.json",
) -> list[dict[str, Any]]:
    """Fit models on the train part, score them on the test part, and print both averages.

    Parameters
    ----------
    path : Path or str
        The folder of MTG-Jamendo, as :func:`skgenre.datasets.load_mtg_jamendo` takes it.
    device : str, default="cpu"
        Where networks are trained.
    epochs : int, default=None
        Epochs of the networks. None takes those of the models.
    n_seeds : int, default=1
        Number of seeds.
    systems : sequence of str, default=None
        Names of models. None takes all that take several genres per clip.
    n_clips : int, default=None
        About how many clips to take of all, of artists drawn at random. None takes all.
    split : int, default=0
        Number of the published split.
    duration : float, default=30.0
        Seconds of each track from its beginning; shorter ones are padded.
    results : Path
        The file of the results.

    Returns
    -------
    list of dict
        A record for each model and seed.

    Raises
    ------
    ValueError
        When a model is unknown or takes one genre per clip, or no clip is left in a part.
    """
    names = _choose(systems)
    music = load_mtg_jamendo(path, split=split)
    rows = _draw(music.groups, n_clips)
    train, test = (rows[music.split[rows] == part] for part in ("train", "test"))
    if not len(train) or not len(test):
        raise ValueError("No clip is left in the train or the test part: take more with --clips.")
    target = music.target.to_numpy()
    # A genre that the test clips all have, or none, has no score.
    share = target[test].mean(axis=0)
    is_scored = (share > 0) & (share < 1)
    if not is_scored.any():
        raise ValueError("No genre has test clips with and without it: take more with --clips.")
    shared = music.shared_groups["train and test"]
    print(
        f"MTG-Jamendo genre, split {split}: {len(train)} train, {len(test)} test clips, first "
        f"{duration:g} s; {is_scored.sum()} of {len(is_scored)} genres scored, {shared} artists in "
        f"both parts."
    )
    records = []
    for seed in range(n_seeds):
        for name in names:
            model = make_system(name)
            set_parameters(model, {"random_state": seed, "device": device})
            if epochs is not None:
                set_parameters(model, {"max_epochs": epochs})
            model.set_params(segmenter__duration=duration)
            start = time.process_time()
            params = name_groups(model, music.groups[train])
            model.fit([music.paths[row] for row in train], music.target.iloc[train], **params)
            found = model.predict_proba([music.paths[row] for row in test])
            truth, found = target[test][:, is_scored], found[:, is_scored]
            records.append(
                {
                    "system": name,
                    "seed": seed,
                    "split": split,
                    "n_genres": int(is_scored.sum()),
                    "n_train": len(train),
                    "n_test": len(test),
                    "roc_auc": float(roc_auc_score(truth, found, average="macro")),
                    "pr_auc": float(average_precision_score(truth, found, average="macro")),
                    "chance_pr_auc": float(truth.mean()),
                    "seconds": round(time.process_time() - start, 1),
                    "epochs": epochs,
                    "duration": duration,
                }
            )
            print(_row(records[-1]), flush=True)
    print("\n" + to_markdown(records))
    results.parent.mkdir(parents=True, exist_ok=True)
    document = {"origin": get_origin(device), "published": PUBLISHED, "records": records}
    results.write_text(json.dumps(document, indent=1) + "\n")
    return records


def to_markdown(records: Sequence[dict[str, Any]]) -> str:
    """Return a table of the records, below the published baseline."""
    first = [PUBLISHED["system"], "", "87", "", ""]
    first += [f"{PUBLISHED['roc_auc']:.3f}", f"{PUBLISHED['pr_auc']:.3f}", ""]
    lines = [" | ".join(_COLUMNS), " | ".join(["---"] * len(_COLUMNS)), " | ".join(first)]
    lines += [_row(record) for record in records]
    return "\n".join(f"| {line} |" for line in lines)


def _row(record: dict[str, Any]) -> str:
    cells = [record["system"], record["seed"], record["n_genres"], record["n_train"]]
    cells += [record["n_test"], f"{record['roc_auc']:.3f}", f"{record['pr_auc']:.3f}"]
    return " | ".join(map(str, [*cells, record["seconds"]]))


def _choose(systems: Sequence[str] | None) -> list[str]:
    able = [
        name
        for name in list_models()["name"]
        if get_tags(make_system(name)).classifier_tags.multi_label
    ]
    if strange := [name for name in systems or () if name not in able]:
        raise ValueError(
            f"No model {strange[0]!r} takes several genres per clip. There are {', '.join(able)}."
        )
    return list(systems or able)


def _draw(groups: np.ndarray, n_clips: int | None) -> np.ndarray:
    """Return about `n_clips` rows, of groups at random."""
    if n_clips is None or n_clips >= len(groups):
        return np.arange(len(groups))
    names = np.random.default_rng(0).permutation(np.unique(groups))
    sizes = np.cumsum([np.count_nonzero(groups == name) for name in names])
    return np.flatnonzero(np.isin(groups, names[: int(np.searchsorted(sizes, n_clips)) + 1]))
