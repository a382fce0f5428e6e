"""Headers of many files are read at once where that helps."""

import threading
import time

import pytest

from skgenre.datasets import _unreadable
from skgenre.datasets._unreadable import find_unreadable

PATHS = [f"{number}.wav" for number in range(40)]


@pytest.fixture
def threads(monkeypatch):
    """Let each check wait for a disk, and note its thread."""
    seen = {}

    def check(path):
        seen[path.name] = threading.get_ident()
        time.sleep(0.01)
        return f"{path.name} is bad" if path.name.startswith("3") else None

    monkeypatch.setattr(_unreadable, "why_unreadable", check)
    return seen


def test_files_that_are_waited_for_are_checked_at_once_and_in_order(threads):
    reasons = find_unreadable([*PATHS, "3.wav"])
    assert reasons[:4] == [None, None, None, "3.wav is bad"]
    assert [reason is not None for reason in reasons[:40]] == [p.startswith("3") for p in PATHS]
    assert reasons[-1] == "3.wav is bad"
    assert len(threads) == len(PATHS)
    assert {threads[path] for path in PATHS[:16]} == {threading.get_ident()}
    assert len({threads[path] for path in PATHS[16:]}) > 1


def test_one_file_needs_no_thread(threads):
    assert find_unreadable(["3.wav"]) == ["3.wav is bad"]
    assert set(threads.values()) == {threading.get_ident()}


def test_no_files():
    assert find_unreadable([]) == []
