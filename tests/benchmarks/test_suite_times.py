"""What is kept of a run of pytest."""

import pytest

from benchmarks.speed.jobs._suite import parse_output

OUTPUT = """\
============================= slowest 20 durations =============================
30.50s call     tests/a.py::test_of_two_words[x y]
2.00s setup    tests/b.py::test_it
=========================== short test summary info ============================
XFAIL tests/a.py::test_c - 3 passed over
1 failed, 11227 passed, 64 skipped, 16 xfailed in 673.90s (0:11:13)
"""


def test_tests_of_all_outcomes_are_counted_with_seconds_and_the_slowest():
    run = parse_output(OUTPUT.splitlines(keepends=True))
    assert run["tests"] == 1 + 11227 + 64 + 16
    assert run["counts"]["skipped"] == 64
    assert run["seconds"] == 673.9
    assert run["slowest"] == [
        [30.5, "call", "tests/a.py::test_of_two_words[x y]"],
        [2.0, "setup", "tests/b.py::test_it"],
    ]


def test_other_text_is_refused():
    with pytest.raises(ValueError, match="no output of pytest"):
        parse_output(["collected 3 items"])
