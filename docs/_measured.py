"""Tables of measurements, made from ``benchmarks/results`` when the documentation is built.

A Sphinx extension with the directive ``measured``, whose argument names the table. A table without
results fails the build.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def write_significance(results: Path = RESULTS) -> str:
    """Return the error rates and the power of the tests of a comparison, as Markdown.

    Parameters
    ----------
    results : Path
        The folder of results.
    """
    import pandas as pd

    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from benchmarks.study.significance import summarize

    report = json.loads((results / "significance.json").read_text(encoding="utf-8"))
    source = (
        f"`benchmarks/results/significance.json`: {report['runs']:,} draws per case, "
        f"{report['cpu_seconds']} s of CPU time in all."
    )
    return f"{summarize(pd.DataFrame(report['rows']))}\n\n{source}\n"


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "significance": ("significance.json", write_significance),
}


def setup(app: Any) -> dict[str, Any]:
    """Add the directive."""
    from sphinx.errors import ExtensionError
    from sphinx.util.docutils import SphinxDirective

    class Measured(SphinxDirective):
        required_arguments = 1

        def run(self) -> list[Any]:
            name = self.arguments[0]
            if name not in TABLES:
                raise ExtensionError(f"No table is called {name!r}: {', '.join(TABLES)}.")
            file, write = TABLES[name]
            self.env.note_dependency(str(RESULTS / file))
            try:
                text = write()
            except (OSError, ValueError, KeyError) as error:
                raise ExtensionError(f"The table {name!r} can't be made: {error!r}.") from error
            return self.parse_text_to_nodes(text)

    app.add_directive("measured", Measured)
    return {"parallel_read_safe": True}
