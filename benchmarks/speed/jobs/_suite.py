"""Seconds of the tests and the slowest ones, before and after, from what pytest printed.

``make test PYTEST_ARGS="-q --durations=20" | python -m benchmarks.speed.jobs._suite after``
"""

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from ... import RESULTS
from ..._origin import get_origin

SUITE = RESULTS / "tests.json"
_SLOW = re.compile(r"([\d.]+)s (setup|call|teardown) +(\S.*)")
_COUNT = re.compile(r"(\d+) (passed|skipped|xfailed|failed|error)")
_SECONDS = re.compile(r" in ([\d.]+)s")


def read_suite() -> dict[str, Any]:
    """Return what is kept: ``before`` and ``after``, each with tests, seconds and slowest."""
    suite: dict[str, Any] = json.loads(SUITE.read_text()) if SUITE.exists() else {}
    return suite


def parse_output(lines: Iterable[str]) -> dict[str, Any]:
    """Return number of tests, seconds and the slowest tests of a run of pytest."""
    slowest, summary = [], ""
    for line in lines:
        if found := _SLOW.match(line):
            slowest.append([float(found[1]), found[2], found[3].strip()])
        if _SECONDS.search(line) and _COUNT.search(line):
            summary = line
    if not summary:
        raise ValueError("this is no output of pytest: no line says '... passed in ... s'.")
    counts = {kind: int(number) for number, kind in _COUNT.findall(summary)}
    seconds = float(_SECONDS.search(summary)[1])  # type: ignore[index]
    return {"tests": sum(counts.values()), "counts": counts, "seconds": seconds, "slowest": slowest}


if __name__ == "__main__":
    kept = read_suite()
    kept[sys.argv[1]] = {**get_origin(), **parse_output(sys.stdin)}
    SUITE.write_text(json.dumps(kept, indent=1) + "\n")
