import inspect
import re
from pathlib import Path

from skgenre import features

PAGE = Path(__file__).parents[2] / "docs" / "user_guide" / "features_and_cost.md"


def test_the_tables_of_costs_have_the_first_lines_of_the_docstrings():
    # ``python -m benchmarks cost`` prints them.
    rows = re.findall(r"^\| `(\w+)\(.*\| (\D[^|]*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(rows) > 20
    stated = {
        name: inspect.getdoc(getattr(features, name)).partition("\n")[0].rstrip(".")
        for name, _ in rows
    }
    assert dict(rows) == stated
