"""A small run of the fuzzer of model files, and what it once found."""

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Recipes of files that once crashed, hung or filled the memory; each names its model and change.
ONCE_FOUND = tuple(json.loads((HERE / "corpus/model_files/recipes.json").read_text()))
# Models that are fitted and loaded in a moment, and those that the recipes need.
CHEAP = ("encoder", "forest", "hist", "knn", "logistic", "nmf", "process", "svc", "xgb")


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


def test_a_few_hostile_model_files_do_no_harm(fuzzer):
    count = fuzzer.fuzz(list(range(2000, 2040)), 200, None, CHEAP, ONCE_FOUND)
    assert count.total() == 40 + len(ONCE_FOUND)
    assert fuzzer.faults(count) == 0, count


@pytest.mark.slow
def test_hostile_model_files_do_no_harm(fuzzer):
    n_cases = int(os.environ.get("FUZZ_CASES", "100"))
    count = fuzzer.fuzz(list(range(1000, 1000 + n_cases)), 200, None)
    assert count.total() == n_cases
    assert fuzzer.faults(count) == 0, count
