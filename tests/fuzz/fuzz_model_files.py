# ruff: noqa: T201 (a command, which prints)
"""Fuzz load_model: ``python tests/fuzz/fuzz_model_files.py --cases 1000``.

Every hostile file has to be refused by a ModelFormatError that names it, or to give a model that
predicts: no crash, no hang, no memory beyond a bound. Cases run in child processes, so that a
crash is seen; what was found is printed with the number of the case, which makes it again
(``--first NUMBER --cases 1 --keep FOLDER``).
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from model_bases import make_bases
from model_cases import Case, make_case, make_recipe

HERE = Path(__file__).parent

# Seconds for one file: generous, a file has some kilobytes.
_HANG = 60.0
_SLOW_CPU = 20.0
# Seconds until the first file, on a busy machine.
_START = 400.0
# kB by which one file may raise the memory.
_MEMORY = 600_000
_CLEAN = ("refused", "predicted")
# The model that the file holds predicts nothing sensible; that harms nobody.
_HARMLESS = ("predict raised", "predicted no numbers", "predicted other rows")


class Found(NamedTuple):
    """Harm done by a model file."""

    name: str
    fault: str
    detail: str


def run_cases(cases: list[Case], bases: dict[str, Path], count: Counter) -> Iterator[Found]:
    """Load files in child processes; yield what is not clean."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for case in cases:
            path = Path(folder, case.name)
            path.write_bytes(case.data)
            files.append((str(path), str(bases[case.base].with_suffix(".npy"))))
        warm = [("warm", str(bases[name].with_suffix(".npy"))) for name in ("mlp", "xgb", "svc")
                if name in bases]  # fmt: skip
        while files:
            lines, ended = _run_child(warm + files, Path(folder, "results"))
            yield from _judge(lines, count)
            begun = [line["begin"] for line in lines if "begin" in line]
            done = {line["path"] for line in lines if "path" in line}
            if begun and begun[-1] not in done:
                count["killed or crashed"] += 1
                yield Found(Path(begun[-1]).name, "crash", ended)
            elif len(done) < len(files):
                count["the worker failed"] += 1
                yield Found("worker", "the worker itself failed", ended)
                return
            files = files[len(begun) :]


def _run_child(files: list[tuple[str, str]], results: Path) -> tuple[list[dict], str]:
    results.write_text("")
    log = results.with_suffix(".log")
    arguments = [part for pair in files for part in pair]
    # Core dumps and reports of crashes stay away; one thread as in the tests.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, HERE / "model_worker.py", results, *arguments],
            stdout=output,
            stderr=output,
            env=environment,
        )
    size, since, ended = 0, time.monotonic(), ""
    while child.poll() is None:
        time.sleep(0.05)
        if results.stat().st_size != size:
            size, since = results.stat().st_size, time.monotonic()
        elif time.monotonic() - since > (_HANG if size else _START):
            child.kill()
            child.wait()
            ended = "hangs"
    tail = log.read_bytes()[-300:].decode(errors="replace")
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    return lines, f"{ended or f'ended with {child.returncode}'}: {tail}"


def _judge(lines: list[dict], count: Counter) -> Iterator[Found]:
    for line in lines:
        if "path" not in line:
            continue
        outcome, name = line["outcome"], Path(line["path"]).name
        if line["memory"] > _MEMORY:
            outcome = "memory"
            line["error"] += f" ({line['memory'] / 1000:.0f} MB)"
        elif line["cpu"] > _SLOW_CPU:
            outcome = "slow"
            line["error"] += f" ({line['cpu']:.0f} s)"
        count[outcome] += 1
        if outcome not in _CLEAN:
            yield Found(name, outcome, line["error"])


def fuzz(
    numbers: list[int],
    batch: int,
    keep: Path | None,
    names: tuple[str, ...] | None = None,
    recipes: tuple[dict, ...] = (),
) -> Counter:
    """Run recipes and cases by their numbers, print what was found, and return the outcomes."""
    count: Counter = Counter()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bases = make_bases(Path(folder), names)
        made = itertools.chain(
            (make_recipe(recipe, bases) for recipe in recipes),
            (make_case(number, bases) for number in numbers),
        )
        done = 0
        while cases := {case.name: case for case in itertools.islice(made, batch)}:
            for found in run_cases(list(cases.values()), bases, count):
                word = "NOTED" if found.fault in _HARMLESS else "FOUND"
                print(f"{word} {found.name}: {found.fault}: {found.detail!r}", flush=True)
                if keep is not None and found.name in cases:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / found.name).write_bytes(cases[found.name].data)
            done += len(cases)
            print(f"{done:,} cases, {time.monotonic() - begin:.0f} s: {_say(count)}", flush=True)
    return count


def _say(count: Counter) -> str:
    return ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(count.items()))


def faults(count: Counter) -> int:
    """Return how many files did harm, or were refused without a clear message."""
    fine = _CLEAN + _HARMLESS
    return sum(number for outcome, number in count.items() if outcome not in fine)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000, help="how many hostile files")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--random", action="store_true", help="begin at a random number")
    parser.add_argument("--batch", type=int, default=200, help="files for one child process")
    parser.add_argument("--models", nargs="+", help="names of model_bases.py; default: all")
    parser.add_argument("--keep", type=Path, help="folder for the files that were not clean")
    args = parser.parse_args()
    first = random.SystemRandom().randrange(10**9) if args.random else args.first
    print(f"cases {first} to {first + args.cases - 1}", flush=True)
    names = tuple(args.models) if args.models else None
    count = fuzz(list(range(first, first + args.cases)), args.batch, args.keep, names)
    print(f"{faults(count)} found in {args.cases:,} cases", flush=True)
    sys.exit(bool(faults(count)))


if __name__ == "__main__":
    main()
