"""Results kept for files that don't change."""

import os
import time

import pytest

from skgenre import _unchanged_files
from skgenre._unchanged_files import UnchangedFiles


@pytest.fixture
def old_file(tmp_path, monkeypatch):
    monkeypatch.setattr(_unchanged_files, "_LEAST_AGE", 0)
    path = tmp_path / "file"
    path.write_bytes(b"one")
    return path


def test_a_result_is_found_again_while_the_file_stays_the_same(old_file):
    files = UnchangedFiles()
    files.keep(str(old_file), old_file.stat(), "result")
    assert files.get(str(old_file), old_file.stat()) == "result"
    assert files.get(str(old_file) + "x", old_file.stat()) is None


def test_a_file_that_is_replaced_or_written_to_is_another(old_file):
    files = UnchangedFiles()
    files.keep(str(old_file), old_file.stat(), "result")
    before = old_file.stat()
    other = old_file.with_name("other")
    other.write_bytes(b"two")
    # Of the same size and the same times.
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(old_file)
    assert files.get(str(old_file), old_file.stat()) is None

    files.keep(str(old_file), old_file.stat(), "result")
    os.utime(old_file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert files.get(str(old_file), old_file.stat()) is None


def test_a_young_file_is_not_kept(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    future = time.time_ns() + 10**12
    os.utime(path, ns=(future, future))
    files = UnchangedFiles()
    files.keep(str(path), path.stat(), "result")
    assert files.get(str(path), path.stat()) is None


@pytest.mark.parametrize(
    ("are_complete", "fraction", "age", "is_kept"),
    [
        (True, 1, 2 * 10**8, True),
        (True, 1, 10**7, False),
        # A file system that may know whole seconds alone.
        (True, 0, 10**9, False),
        (False, 1, 10**9, False),
        (False, 0, 4 * 10**9, True),
    ],
)
def test_a_complete_file_is_kept_earlier(
    are_complete, fraction, age, is_kept, tmp_path, monkeypatch
):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    changed = (path.stat().st_ctime_ns // 10**9 + 10) * 10**9 + fraction
    os.utime(path, ns=(changed, changed))
    monkeypatch.setattr(time, "time_ns", lambda: changed + age)
    files = UnchangedFiles(are_complete=are_complete)
    files.keep(str(path), path.stat(), "result")
    assert (files.get(str(path), path.stat()) == "result") == is_kept


def test_no_more_results_are_kept_than_allowed(old_file, monkeypatch):
    monkeypatch.setattr(_unchanged_files, "_MOST_FILES", 2)
    files = UnchangedFiles()
    for name in "abc":
        files.keep(name, old_file.stat(), name)
    assert [files.get(name, old_file.stat()) for name in "abc"] == [None, None, "c"]
