"""Loads hostile model files in a process of its own; the parent sees how it ends.

``python model_worker.py RESULTS FILE X FILE X ...``; a line of JSON is written to RESULTS before
and after each file.
"""

import contextlib
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from skgenre.exceptions import ModelFormatError
from skgenre.persistence import load_model

# The most address space, beyond what is there at the start.
_SPACE = 3 << 30


def judge(path: str, X: np.ndarray) -> tuple[str, str]:
    """Return the outcome and, where there is one, the error."""
    try:
        model = load_model(path)
    except ModelFormatError as error:
        text = str(error)
        if _has_memory_error(error):
            return "memory", text
        if not text.startswith(path) or len(text) > 3000:
            return "unclear message", text[:500]
        return "refused", text
    except BaseException as error:
        return f"load raised {type(error).__name__}", str(error)[:500]
    try:
        scores = model.predict_proba(X) if hasattr(model, "predict_proba") else None
        genres = model.predict(X)
    except BaseException as error:
        if _has_memory_error(error):
            return "memory", str(error)[:500]
        return "predict raised", f"{type(error).__name__}: {error}"[:500]
    if scores is not None and not np.isfinite(scores).all():
        return "predicted no numbers", ""
    return ("predicted", "") if len(genres) == len(X) else ("predicted other rows", "")


def _has_memory_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def limit_space() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + _SPACE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def forget_peak() -> None:
    # Where that is refused, the peak of the process so far bounds the case's own.
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    results = Path(sys.argv[1]).open("a", buffering=1)  # noqa: SIM115 (for as long as it runs)
    rest = sys.argv[2:]
    for path, data in zip(rest[::2], rest[1::2], strict=True):
        # What is imported on the first call of a kind is not counted as the file's.
        X = np.load(data)
        if path == "warm":
            judge(data.removesuffix(".npy") + ".skops", X)
            continue
        if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
            limit_space()
        results.write(json.dumps({"begin": path}) + "\n")
        forget_peak()
        before, cpu = read_status("VmRSS"), time.process_time()
        outcome, error = judge(path, X)
        line = {
            "path": path, "outcome": outcome, "error": error,
            "cpu": time.process_time() - cpu, "memory": read_status("VmHWM") - before,
        }  # fmt: skip
        results.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
