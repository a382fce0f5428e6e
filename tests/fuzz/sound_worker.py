"""Reads damaged files in a process of its own; the parent sees how it ends.

``python sound_worker.py RESULTS FILE ...``; a line of JSON is written to RESULTS before and after
each call. Standard output and error belong to whoever prints there: nothing is to come.
"""

import contextlib
import io
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from skgenre.audio import load_audio, stream_audio
from skgenre.datasets import check_files
from skgenre.exceptions import AudioDecodeError

# The most address space, beyond what is there at the start: what a header claims is not believed.
_SPACE = 3 << 30
_LOUDEST = 1000.0


def read_whole(path):
    return load_audio(path)


def read_beginning(path):
    return load_audio(path, sr=8000, duration=0.2)


def read_stream(path):
    pieces = list(stream_audio(path))
    return np.concatenate(pieces)


def read_memory(path):
    return load_audio(io.BytesIO(Path(path).read_bytes()))


def read_open_file(path):
    with Path(path).open("rb") as stream:
        return np.concatenate(list(stream_audio(stream)))


def read_check(path):
    report = check_files([path])
    error = report["error"].iloc[0]
    if error:
        raise AudioDecodeError(error, path=str(path))
    return np.ones(1, np.float32)


READERS = {
    "load": read_whole,
    "beginning": read_beginning,
    "stream": read_stream,
    "memory": read_memory,
    "open": read_open_file,
    "check": read_check,
}


def judge(reader, path):
    """Return what a call gave: the number of samples or the error, and what is wrong with it."""
    try:
        y = READERS[reader](path)
    except AudioDecodeError as error:
        text = str(error)
        # A report of check_files has the paths in a column of their own.
        named = reader in ("memory", "open", "check") or text.startswith(f"{path}: ")
        fault = "" if named and "\n" not in text else "the message does not name the file"
        return None, text, fault
    except BaseException as error:
        return None, f"{type(error).__name__}: {error}", f"raised {type(error).__name__}"
    if y.dtype != np.float32 or y.ndim != 1 or not len(y):
        return None, "", f"gave {y.dtype} of shape {y.shape}"
    if not np.isfinite(y).all():
        return None, "", "gave samples that are not finite"
    if np.abs(y).max() > _LOUDEST * 1.5:
        return None, "", "gave samples that are too loud"
    return y, "", ""


def sizes_of_output():
    return [os.fstat(fd).st_size for fd in (1, 2)]


def limit_space():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + _SPACE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main():
    warnings.simplefilter("ignore")
    with Path(sys.argv[1]).open("a", buffering=1) as results:
        read_all(sys.argv[2:], results)


def read_all(paths, results):
    readers = os.environ.get("SOUND_READERS", ",".join(READERS)).split(",")
    # What is imported and compiled on the first call is not counted.
    with contextlib.suppress(Exception):
        check_files(paths[:1])
    limit_space()
    for path in paths:
        lengths = {}
        for reader in readers:
            results.write(json.dumps({"begin": path, "reader": reader}) + "\n")
            before = sizes_of_output()
            cpu, begin = time.process_time(), time.monotonic()
            y, error, fault = judge(reader, path)
            cpu = time.process_time() - cpu
            sys.stdout.flush()
            sys.stderr.flush()
            if not fault and sizes_of_output() != before:
                fault = "printed"
            lengths[reader] = len(y) if y is not None else None
            line = {
                "path": path, "reader": reader, "error": error, "fault": fault, "cpu": cpu,
                "wall": time.monotonic() - begin, "samples": lengths[reader],
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }  # fmt: skip
            results.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
