"""One-hot labels as several genres per clip, against one genre per clip, with the same network."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import StratifiedGroupKFold

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import genre_matrix

from .. import RESULTS
from .._origin import get_origin
from .data import Collection, as_decibels, draw, load

_N_FOLDS = 5


def run(
    data: Path | str,
    *,
    device: str = "cpu",
    epochs: int | None = None,
    n_seeds: int = 3,
    n_clips: int | None = None,
    results: Path = RESULTS / "one_hot.json",
) -> dict[str, Any]:
    """Fit a CNN on both forms of the same labels, and compare its top-1 accuracy, paired.

    A seed draws the folds, of which the first is tested, and the initial weights. The interval of
    the difference is of its mean over test clips, with the groups as clusters, by their t
    distribution.

    Parameters
    ----------
    data : Path or str
        A log-mel file (.npz).
    device : str, default="cpu"
        Where the network is trained.
    epochs : int, default=None
        Epochs. None takes the default of the network.
    n_seeds : int, default=3
        Number of seeds.
    n_clips : int, default=None
        About how many clips to take, of groups drawn at random. None takes all.
    results : Path
        The file of the results.

    Returns
    -------
    dict
        What is written to the file.

    Raises
    ------
    ValueError
        When the data are no log-mel file.
    """
    collection = load(data)
    if collection.kind != "mel":
        raise ValueError(f"{data} is no log-mel file (.npz): check --data.")
    if n_clips is not None:
        collection = draw(collection, n_clips)
    print(f"{collection.name}: {collection.description}", flush=True)
    tested = [_fit_both(collection, seed, epochs, device) for seed in range(n_seeds)]
    clips = pd.concat([table for table, _ in tested])
    low, high, mean = interval_by_group(
        (clips["several"] - clips["one"]).to_numpy(), clips["group"].to_numpy()
    )
    document = {
        "origin": get_origin(device),
        "data": collection.name,
        "about": collection.description,
        "epochs": epochs,
        "n_seeds": n_seeds,
        "accuracy_one": float(clips["one"].mean()),
        "accuracy_several": float(clips["several"].mean()),
        "difference": mean,
        "interval": [low, high],
        "fits": [fit for _, fits in tested for fit in fits],
    }
    for form, words in (("one", "one genre per clip"), ("several", "one-hot as several")):
        seconds = sum(fit["seconds"] for fit in document["fits"] if fit["labels"] == form)
        print(f"{words}: accuracy {document[f'accuracy_{form}']:.3f}, {seconds:.0f} s of CPU time")
    print(
        f"difference {100 * mean:+.1f} points, 95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
    )
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(document, indent=1) + "\n")
    return document


def interval_by_group(
    differences: np.ndarray, groups: Sequence[Any] | np.ndarray
) -> tuple[float, float, float]:
    """Return the 95 % interval of a mean whose rows are alike within a group, and the mean.

    Raises
    ------
    ValueError
        When there is a single group.
    """
    _, numbers = np.unique(groups, return_inverse=True)
    n_groups = int(numbers.max()) + 1
    if n_groups < 2:
        raise ValueError("An interval needs test clips of at least two groups.")
    mean = float(differences.mean())
    sums = np.bincount(numbers, weights=differences - mean)
    error = np.sqrt((sums**2).sum() * n_groups / (n_groups - 1)) / len(differences)
    half = float(stats.t.ppf(0.975, n_groups - 1) * error)
    return mean - half, mean + half, mean


def _fit_both(
    collection: Collection, seed: int, epochs: int | None, device: str
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return whether each test clip is right in both forms of the labels, and the fits."""
    y, groups = collection.y, collection.groups
    folds = StratifiedGroupKFold(_N_FOLDS, shuffle=True, random_state=seed)
    train, test = next(iter(folds.split(y, y, groups)))
    genres = np.unique(y)
    targets = {"one": y, "several": genre_matrix([{genre} for genre in y], genres=genres)}
    right: dict[str, Any] = {"group": groups[test]}
    fits = []
    for labels, target in targets.items():
        params: dict[str, Any] = {} if epochs is None else {"max_epochs": epochs}
        network = CNNClassifier(random_state=seed, device=device, **params)
        start = time.process_time()
        rows = target.iloc[train] if hasattr(target, "iloc") else target[train]
        network.fit(as_decibels(collection.X[train]), rows, groups=groups[train])
        found = network.predict_proba(as_decibels(collection.X[test])).argmax(axis=1)
        seconds = time.process_time() - start
        right[labels] = (genres[found] == y[test]).astype(float)
        accuracy = float(right[labels].mean())
        fits.append(
            {"seed": seed, "labels": labels, "accuracy": accuracy, "seconds": round(seconds, 1)}
        )
        print(f"seed {seed}, {labels}: {accuracy:.3f}, {seconds:.0f} s", flush=True)
    return pd.DataFrame(right), fits
