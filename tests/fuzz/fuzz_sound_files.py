"""Fuzz the readers of sound files: ``python tests/fuzz/fuzz_sound_files.py --cases 5000``.

Every damaged file has to be read, or refused by an AudioDecodeError that names it: nothing is
printed, and time and memory are bounded. Cases are read in child processes, so that a crash, a
hang or a line on standard output is seen; what was found is printed with the number of the case,
which makes it again (``--first NUMBER --cases 1 --keep FOLDER``).
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from sound_cases import make_case

HERE = Path(__file__).parent
CORPUS = HERE / "corpus" / "sound_files"

# Seconds for one call: generous, a file has some kilobytes.
_HANG = 60.0
_SLOW_CPU = 10.0
# kB by which one call may raise the peak.
_MEMORY = 400_000


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Found(NamedTuple):
    """Harm done by one call."""

    name: str
    reader: str
    fault: str
    detail: str


class Count:
    """Calls, and what came of them."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    def __str__(self) -> str:
        return ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(self.outcomes.items()))


def read_all(files: list[Path], count: Count, work: Path) -> Iterator[Found]:
    """Read files with every reader in child processes; yield what is not clean."""
    rest = list(files)
    while rest:
        results, log = work / "results.jsonl", work / "output.txt"
        results.write_text("")
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, HERE / "sound_worker.py", results, *rest],
                stdout=output,
                stderr=output,
                cwd=work,
            )
            ended = _wait(child, results)
        lines = [json.loads(line) for line in results.read_text().splitlines()]
        yield from _judge(lines, count, log)
        last = lines[-1] if lines else {"begin": str(rest[0]), "reader": "start"}
        if "begin" not in last:
            return
        count.outcomes["killed or crashed"] += 1
        tail = log.read_bytes()[-300:].decode(errors="replace")
        yield Found(Path(last["begin"]).name, last["reader"], ended, tail)
        done = [str(file) for file in rest].index(last["begin"])
        rest = rest[done + 1 :]


def _wait(child: subprocess.Popen, results: Path) -> str:
    size, since = 0, time.monotonic()
    while child.poll() is None:
        time.sleep(0.1)
        if results.stat().st_size != size:
            size, since = results.stat().st_size, time.monotonic()
        elif time.monotonic() - since > _HANG:
            child.kill()
            child.wait()
            return "hangs"
    return f"ended with {child.returncode}"


def _judge(lines: list[dict], count: Count, log: Path) -> Iterator[Found]:
    peak = None
    for line in lines:
        if "path" not in line:
            continue
        fault, detail = line["fault"], line["error"]
        if fault == "printed":
            detail = log.read_bytes()[-300:].decode(errors="replace")
        if not fault and line["cpu"] > _SLOW_CPU:
            fault = f"took {line['cpu']:.0f} s of CPU"
        if not fault and peak is not None and line["peak"] - peak > _MEMORY:
            fault = f"took {(line['peak'] - peak) / 1000:.0f} MB"
        peak = line["peak"]
        count.outcomes["unclean" if fault else "refused" if line["error"] else "read"] += 1
        if fault:
            yield Found(Path(line["path"]).name, line["reader"], fault, detail)
    by_path: dict[str, dict[str, int | None]] = {}
    for line in lines:
        if "path" in line and not line["fault"]:
            by_path.setdefault(line["path"], {})[line["reader"]] = line["samples"]
    for path, samples in by_path.items():
        whole = {samples[name] for name in ("load", "stream", "memory", "open") if name in samples}
        if len(whole) > 1:
            count.outcomes["disagreeing"] += 1
            yield Found(Path(path).name, "all", "readers disagree", str(samples))


def predict_all(folder: Path, model: Path, count: Count) -> Iterator[Found]:
    """Run `skgenre predict` over a folder: JSON on standard output, named errors beside it."""
    done = subprocess.run(
        [sys.executable, "-c", "from skgenre.cli import main; main()", "predict",
         *sorted(folder.iterdir()), "--model", model, "--format", "json"],
        capture_output=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    n_files = len(list(folder.iterdir()))
    try:
        songs = json.loads(done.stdout)
    except ValueError:
        yield Found("predict", "cli", "standard output is no JSON", repr(done.stdout[:300]))
        songs = []
    errors = []
    for line in done.stderr.decode(errors="replace").splitlines():
        if line.startswith("Error: "):
            errors.append(line)
        elif not line.startswith("Warning: "):
            yield Found("predict", "cli", "printed", line[:300])
    count.outcomes["predicted by the command"] += len(songs)
    count.outcomes["refused by the command"] += len(errors)
    if len(songs) + len(errors) != n_files or done.returncode not in (0, 1):
        detail = f"{n_files} files, {len(songs)} songs, {len(errors)} errors: {done.returncode}"
        yield Found("predict", "cli", "files are missing", detail)


MAKE_MODEL = """
import sys
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skgenre.features import MFCC, FramePooling
from skgenre.persistence import save_model

rng = np.random.default_rng(0)
X = 0.1 * rng.normal(size=(4, 4000)).astype(np.float32)
mfcc = MFCC(sr=8000, n_mfcc=8, n_mels=32, n_fft=512, hop_length=256)
model = make_pipeline(mfcc, FramePooling(), LogisticRegression())
save_model(model.fit(X, ["jazz", "rock"] * 2), sys.argv[1])
"""


def make_model(folder: Path) -> Path:
    model = folder / "model.skops"
    subprocess.run([sys.executable, "-c", MAKE_MODEL, model], check=True)
    return model


def fuzz(numbers: Iterable[int], batch: int, keep: Path | None, predicts: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        model = make_model(Path(folder)) if predicts else None
        return _fuzz(list(numbers), batch, keep, model)


def _fuzz(numbers: list[int], batch: int, keep: Path | None, model: Path | None) -> int:
    count, n_found = Count(), 0
    begin = time.monotonic()
    for start in range(0, len(numbers), batch):
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work, "files")
            folder.mkdir()
            for number in numbers[start : start + batch]:
                case = make_case(number)
                (folder / case.name).write_bytes(case.data)
            files = sorted(folder.iterdir())
            found = list(read_all(files, count, Path(work)))
            if model is not None:
                found += predict_all(folder, model, count)
            for one in found:
                n_found += 1
                say(f"FOUND {one.name} {one.reader}: {one.fault}: {one.detail!r}")
                if keep is not None and (folder / one.name).is_file():
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / one.name).write_bytes((folder / one.name).read_bytes())
        done = min(start + batch, len(numbers))
        say(f"{done:,} cases, {time.monotonic() - begin:.0f} s: {count}")
    say(f"{n_found} found in {len(numbers):,} cases")
    return n_found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=5000, help="how many damaged files")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--random", action="store_true", help="begin at a random number")
    parser.add_argument("--batch", type=int, default=100, help="files for one child process")
    parser.add_argument("--keep", type=Path, help="folder for the files that were not read cleanly")
    parser.add_argument("--predict", action="store_true", help="run 'skgenre predict', too")
    parser.add_argument("--readers", help="names of readers, with commas between")
    parser.add_argument("--files", type=Path, nargs="+", help="read these instead")
    args = parser.parse_args()
    if args.readers:
        os.environ["SOUND_READERS"] = args.readers
    if args.files:
        count = Count()
        with tempfile.TemporaryDirectory() as work:
            found = list(read_all([file.absolute() for file in args.files], count, Path(work)))
        for one in found:
            say(f"FOUND {one.name} {one.reader}: {one.fault}: {one.detail!r}")
        say(f"{len(found)} found in {len(args.files)} files: {count}")
        sys.exit(bool(found))
    first = random.SystemRandom().randrange(10**9) if args.random else args.first
    say(f"cases {first} to {first + args.cases - 1}")
    numbers = range(first, first + args.cases)
    sys.exit(bool(fuzz(numbers, args.batch, args.keep, args.predict)))


if __name__ == "__main__":
    main()
