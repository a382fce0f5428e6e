"""Settings that hold for the whole test run."""

import importlib.util
import os
import signal

import pytest

# scikit-learn runs its array API checks only with this set, before scipy is imported.
os.environ["SCIPY_ARRAY_API"] = "1"
# No display is needed to draw.
os.environ.setdefault("MPLBACKEND", "Agg")

# A shell ignores interrupts for what it starts in the background, and servers that the tests
# interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skip a test without the package it needs, before its fixtures start anything."""
    for mark in item.iter_markers("needs"):
        if importlib.util.find_spec(mark.args[0]) is None:
            pytest.skip(f"needs {mark.args[0]}")
