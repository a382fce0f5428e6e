"""The reference systems, run: as stated, and under a split that holds."""

import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from .. import RESULTS
from .data import draw, load
from .fit import run_fit
from .models import find_systems
from .recipes import RECIPES
from .records import Records, key
from .splits import PROTOCOLS
from .tables import write_tables

# No fit takes longer, in CPU seconds.
_LONGEST = 600.0


def run(
    data: Path | str,
    *,
    device: str = "cpu",
    epochs: int | None = None,
    n_seeds: int = 1,
    budget: float | None = None,
    systems: Sequence[str] | None = None,
    n_clips: int | None = None,
    protocols: Sequence[str] = ("naive", "honest"),
    results: Path = RESULTS / "systems",
) -> None:
    """Run systems, and write the tables again.

    Fits that are in the file of records already are not repeated, unless they ran out of a time
    that was shorter than it would be now.

    Parameters
    ----------
    data : Path or str
        A log-mel file, a table of features, a folder of genres, or "embedded".
    device : str, default="cpu"
        Where networks are trained.
    epochs : int, default=None
        The most to run. None runs as many as stated.
    n_seeds : int, default=1
        Every system is run with the first seed before the next one begins.
    budget : float, default=None
        CPU minutes that all fits may take together, finished ones included: each gets the same
        share, 10 minutes at the most. A network trains until its share is used.
    systems : sequence of str, default=None
        Names. None means all that the data have the input for.
    n_clips : int, default=None
        About how many clips to take, of groups drawn at random. None takes all.
    protocols : sequence of {"naive", "recipe", "honest"}, default=("naive", "honest")
        What to run.
    results : Path
        Folder of the records and tables.
    """
    collection = load(data)
    if n_clips is not None:
        collection = draw(collection, n_clips)
    obstacles = find_systems(collection)
    able = (name for name, reason in obstacles.items() if not reason and name not in RECIPES)
    names = list(systems or able)
    _check(names, list(protocols), obstacles, collection.name)
    records = Records(results / "records.jsonl")
    plan = [
        (name, protocol, seed)
        for seed in range(n_seeds)
        for protocol in protocols
        for name in names
    ]
    limit = _LONGEST if budget is None else min(60 * budget / len(plan), _LONGEST)
    about = {
        "data": collection.name,
        "about": collection.description,
        "obstacles": obstacles,
    }
    if about not in records.read():
        records.append(about)
    print(f"{collection.name}: {collection.description}")
    print(f"{len(plan)} fits, {limit:.0f} s of CPU time each at the most")
    for number, (name, protocol, seed) in enumerate(plan, 1):
        which = {
            "data": collection.name,
            "system": name,
            "protocol": protocol,
            "seed": seed,
            "epochs": epochs,
            "clips": n_clips,
        }
        label = f"{number}/{len(plan)} {name}, {protocol}, seed {seed}"
        if key(which) in records.finished(limit):
            print(f"{label}: done before", flush=True)
            continue
        start = time.perf_counter()
        try:
            record = run_fit(
                collection, name, protocol, seed, epochs=epochs, limit=limit, device=device
            )
        except Exception as error:
            traceback.print_exc()
            records.append({**which, "error": f"{type(error).__name__}: {error}"})
            print(f"{label}: failed", flush=True)
            continue
        records.append({**which, **record, "wall_s": round(time.perf_counter() - start, 1)})
        print(
            f"{label}: {record['accuracy']:.3f} of {record['n_test']}, epochs "
            f"{record['epochs_run']}/{record['epochs_stated']}, {record['seconds']:.0f} s",
            flush=True,
        )
    write_tables(records.read(), results)


def _check(
    names: list[str], protocols: list[str], obstacles: dict[str, str], collection: str
) -> None:
    for name in names:
        if name not in obstacles:
            raise ValueError(f"There is no system {name!r}. There are {', '.join(obstacles)}.")
        if obstacles[name]:
            raise ValueError(f"{name} can't be run on {collection}: it {obstacles[name]}.")
    for protocol in protocols:
        if protocol not in PROTOCOLS:
            raise ValueError(
                f"There is no protocol {protocol!r}. There are {', '.join(PROTOCOLS)}."
            )
