"""A small run of the fuzzer of sound files, and the files that once were not read cleanly."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def run(*arguments, timeout):
    done = subprocess.run(
        [sys.executable, HERE / "fuzz_sound_files.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_once_failed_is_clean():
    """TypeErrors, lines on standard output, samples of 1e20, readers that did not agree."""
    files = sorted((HERE / "corpus" / "sound_files").iterdir())
    assert len(files) > 10
    output = run("--files", *files, timeout=300)
    assert f"0 found in {len(files)} files" in output


@pytest.mark.parametrize("n_cases", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_damaged_files_are_read_or_refused(n_cases):
    output = run("--cases", n_cases, "--readers", "load,stream,memory,check", timeout=60 + n_cases)
    assert f"0 found in {n_cases:,} cases" in output
    # Neither is all refused, nor nothing noticed.
    assert " read" in output
    assert " refused" in output
