"""Run `skgenre` as its users do, each time in a process of its own."""

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Imported once, in a process that forks for each command: seconds for each become a fraction.
_IMPORTED = [
    "numba",
    "pandas",
    "rich.progress",
    "scipy.signal",
    "scipy.stats",
    "skgenre.cli",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "skops.io",
    "skorch",
    "torch",
    "xgboost",
]


def _main(arguments, folder, outputs, environment):
    # That of the process that forks is older.
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(outputs, 1):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    # As Python sets them up where no terminal is.
    sys.stdout = sys.__stdout__ = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stderr = sys.__stderr__ = os.fdopen(
        os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace"
    )
    os.chdir(folder)
    sys.argv = ["skgenre", *arguments]
    from skgenre.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()


def run(*arguments, cwd=None):
    """Return what a command printed, and its return code."""
    arguments = list(map(str, arguments))
    if "forkserver" not in multiprocessing.get_all_start_methods():
        command = [Path(sys.executable).parent / "skgenre", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder, "stdout"), Path(folder, "stderr")]
        inputs = (arguments, cwd or Path.cwd(), outputs, dict(os.environ))
        process = context.Process(target=_main, args=inputs)
        process.start()
        process.join()
        texts = [path.read_text(encoding="utf-8") for path in outputs]
    return subprocess.CompletedProcess(arguments, process.exitcode, *texts)
