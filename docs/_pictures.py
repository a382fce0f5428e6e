"""Pictures of the guide, drawn when it is built, for light and dark pages.

A Sphinx extension with the directive ``picture``: ``{picture} NAME`` with ``:alt:`` shows what
``draw()`` in ``pictures/NAME.py`` returns, a matplotlib figure. It is drawn twice, with the
colours of a light and of a dark page. Drawings read measured figures from ``benchmarks/results``,
and take everything else from synthetic music.
"""

import importlib.util
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
SCRIPTS = DOCS / "pictures"
DRAWN = "pictures/drawn"
RESULTS = DOCS.parent / "benchmarks" / "results"
SCHEMES = {
    "light": {"ink": "#1b1f24", "grid": "#c9ced6"},
    "dark": {"ink": "#e6e8eb", "grid": "#4a515c"},
}


def draw(script: Path, scheme: str) -> Any:
    """Run ``draw()`` of a script with the colours of a page and return its figure."""
    import matplotlib as mpl

    mpl.use("Agg")
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mpl.rc_context(_style(scheme)):
        spec.loader.exec_module(module)
        figure = module.draw()
    return figure


def save(figure: Any, path: Path, scheme: str) -> None:
    """Write a figure as SVG, the same bytes for the same figure."""
    import matplotlib as mpl

    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_style(scheme)):
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def _style(scheme: str) -> dict[str, Any]:
    ink, grid = SCHEMES[scheme]["ink"], SCHEMES[scheme]["grid"]
    names = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.titlecolor")
    return {
        **dict.fromkeys(names, ink),
        "axes.edgecolor": grid,
        "grid.color": grid,
        "legend.frameon": False,
        "font.size": 9.5,
        "axes.titlesize": 10.5,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "savefig.format": "svg",
        "savefig.dpi": 150,
        "svg.hashsalt": "skgenre",
    }


def _build(name: str) -> dict[str, str]:
    """Draw what is older than its script or the results, and return the addresses."""
    script = SCRIPTS / f"{name}.py"
    sources = [script, Path(__file__), *RESULTS.rglob("*.json"), *RESULTS.rglob("*.md")]
    newest = max(source.stat().st_mtime for source in sources)
    addresses = {}
    for scheme in SCHEMES:
        path = DOCS / DRAWN / f"{name}-{scheme}.svg"
        if not path.exists() or path.stat().st_mtime < newest:
            import matplotlib.pyplot as plt

            figure = draw(script, scheme)
            save(figure, path, scheme)
            plt.close(figure)
        addresses[scheme] = f"/{DRAWN}/{path.name}"
    return addresses


def setup(app: Any) -> dict[str, Any]:
    """Add the directive."""
    from docutils import nodes
    from docutils.parsers.rst import directives
    from sphinx.util.docutils import SphinxDirective

    class Picture(SphinxDirective):
        required_arguments = 1
        option_spec = {"alt": directives.unchanged_required}

        def run(self) -> list[Any]:
            name = self.arguments[0]
            if not (SCRIPTS / f"{name}.py").is_file() or "alt" not in self.options:
                raise self.error(f"The picture {name} needs pictures/{name}.py and :alt:.")
            self.env.note_dependency(str(SCRIPTS / f"{name}.py"))
            images = [
                nodes.image(uri=address, alt=self.options["alt"], classes=[f"only-{scheme}"])
                for scheme, address in _build(name).items()
            ]
            return [nodes.container("", *images, classes=["picture"])]

    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
