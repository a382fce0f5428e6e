"""A small run of the fuzzer of model files, and what it once found."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Numbers of cases whose files once crashed, hung or filled the memory.
ONCE_FOUND = (19, 21, 40, 49, 67, 80, 81, 107, 117, 127, 132, 137, 201)


@pytest.fixture(scope="module")
def fuzzer():
    """The command's module, which finds its neighbours as a command does."""
    sys.path.insert(0, str(HERE))
    try:
        spec = importlib.util.spec_from_file_location(
            "fuzz_model_files", HERE / "fuzz_model_files.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(HERE))


@pytest.mark.slow
def test_hostile_model_files_do_no_harm(fuzzer):
    n_cases = int(os.environ.get("FUZZ_CASES", "100"))
    numbers = [*ONCE_FOUND, *range(1000, 1000 + n_cases)]
    count = fuzzer.fuzz(numbers, 200, None)
    assert count.total() == len(numbers)
    assert fuzzer.faults(count) == 0
