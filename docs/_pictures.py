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
SCHEMES = ("light", "dark")


def load(script: Path) -> Any:
    """Return the module of a script: what it caches is computed once for both schemes."""
    import matplotlib as mpl

    mpl.use("Agg")
    spec = importlib.util.spec_from_file_location(f"pictures_{script.stem}", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def draw(module: Any, scheme: str) -> Any:
    """Return the figure of a script with the colours of a page."""
    import matplotlib as mpl

    with mpl.rc_context(_style(scheme)):
        return module.draw()


def save(figure: Any, path: Path, scheme: str) -> None:
    """Write a figure as SVG, the same bytes for the same figure."""
    import matplotlib as mpl

    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_style(scheme)):
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def _style(scheme: str) -> dict[str, Any]:
    from cycler import cycler

    from skgenre._plot_style import THEMES

    theme = THEMES[scheme]
    names = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.titlecolor")
    return {
        **dict.fromkeys(names, theme.text),
        "axes.prop_cycle": cycler(color=theme.palette),
        "axes.edgecolor": theme.muted,
        "grid.color": theme.line,
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
        "savefig.dpi": 110,
        "svg.hashsalt": "skgenre",
    }


def sources_of(name: str) -> list[Path]:
    """Return the files that a picture depends on: its script, the plots' style and the results."""
    import skgenre._plot_style

    own = [SCRIPTS / f"{name}.py", Path(__file__), Path(skgenre._plot_style.__file__)]
    return own + sorted(path for path in RESULTS.rglob("*") if path.is_file())


def _build(name: str) -> dict[str, str]:
    """Draw what is older than its sources, and return the addresses."""
    script = SCRIPTS / f"{name}.py"
    newest = max(source.stat().st_mtime for source in sources_of(name))
    paths = {scheme: DOCS / DRAWN / f"{name}-{scheme}.svg" for scheme in SCHEMES}
    if any(not path.exists() or path.stat().st_mtime < newest for path in paths.values()):
        import matplotlib.pyplot as plt

        module = load(script)
        for scheme, path in paths.items():
            figure = draw(module, scheme)
            save(figure, path, scheme)
            plt.close(figure)
    return {scheme: f"/{DRAWN}/{path.name}" for scheme, path in paths.items()}


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
            for source in sources_of(name):
                self.env.note_dependency(str(source))
            images = [
                nodes.image(uri=address, alt=self.options["alt"], classes=[f"only-{scheme}"])
                for scheme, address in _build(name).items()
            ]
            return [nodes.container("", *images, classes=["picture"])]

    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
