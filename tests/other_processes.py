"""Run code and commands in other processes, which have imported all libraries already.

A process that has imported them, once for each worker of pytest, forks for each call: the seconds
of the imports become a fraction. Tests of what is imported, of the environment and of real streams
start an interpreter of their own.
"""

import atexit
import multiprocessing
import multiprocessing.forkserver
import os
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from unittest import mock

import numpy as np

_HERE = Path(__file__).parent


def run_code(code, *arguments, cwd=None, is_text=True):
    """Run code as ``python -c`` does, and return what it printed; an error is raised with it."""
    arguments = list(map(str, arguments))
    if not _has_forks():
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, capture_output=True, text=is_text, cwd=cwd)
    else:
        done = _fork(_run_code, (code, arguments), arguments, cwd, is_text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_command(*arguments, cwd=None):
    """Run ``skgenre``, and return its return code and what it printed."""
    arguments = list(map(str, arguments))
    if not _has_forks():
        command = [Path(sys.executable).parent / "skgenre", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    return _fork(_run_command, (arguments,), arguments, cwd, True)


def _has_forks():
    return "forkserver" in multiprocessing.get_all_start_methods()


def _fork(function, given, arguments, cwd, is_text):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["imported_before_forks"])
    # Its imports are found, and torch starts no threads, which forks would lose.
    folder = os.pathsep.join([str(_HERE), os.environ.get("PYTHONPATH", "")])
    with mock.patch.dict(os.environ, PYTHONPATH=folder, OMP_NUM_THREADS="1"):
        multiprocessing.forkserver.ensure_running()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder, "stdout"), Path(folder, "stderr")]
        inputs = (function, given, cwd or Path.cwd(), outputs, dict(os.environ))
        process = context.Process(target=_in_child, args=inputs)
        process.start()
        process.join()
        printed = [path.read_bytes() for path in outputs]
    if is_text:
        printed = [output.decode() for output in printed]
    return subprocess.CompletedProcess(arguments, process.exitcode, *printed)


def _in_child(function, given, folder, outputs, environment):
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
    np.random.seed()  # noqa: NPY002 (forks have the same state)
    try:
        function(*given)
    finally:
        atexit._run_exitfuncs()


def _run_code(code, arguments):
    sys.argv = ["-c", *arguments]
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), vars(module))


def _run_command(arguments):
    sys.argv = ["skgenre", *arguments]
    from skgenre.cli import main

    main()
