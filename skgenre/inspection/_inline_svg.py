"""Figures of matplotlib as SVG inside a page, in the page's fonts and colours."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"

# Colours that a figure is drawn with, and the variables of the style sheet in their place.
TEXT, MUTED, LINE, MARK, PAGE = (f"#01020{number}" for number in range(5))
_VARIABLES = {TEXT: "text", MUTED: "muted", LINE: "line", MARK: "mark", PAGE: "page"}
SERIES = tuple(f"#01030{number}" for number in range(10))
_VARIABLES |= {color: f"genre-{number}" for number, color in enumerate(SERIES)}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "skgenre",
    "font.size": 10.0,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.unicode_minus": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "grid.color": LINE,
    "figure.facecolor": "none",
}
# CSS pixels per point: an SVG inside a page is measured in pixels.
_PIXELS = 96 / 72


@contextmanager
def page_style() -> Iterator[None]:
    """Draw figures for pages within this block: their text and lines follow the style sheet."""
    import warnings

    import matplotlib as mpl

    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # The browser has other fonts, so it may know a character that matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def page_label(text: object, most: int = 28) -> str:
    """Return a name as a label in a figure: in one line, cut if long."""
    from ._axes import label_of

    shown = "".join(c if c.isprintable() else "\ufffd" for c in label_of(text))
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def inline_svg(figure: Any, title: str) -> str:
    """Return a figure as an SVG element without scripts, styles, links or files.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure, drawn within :func:`page_style`.
    title : str
        What it shows, for screen readers.

    Returns
    -------
    Markup
        The element, as wide as the page and not wider than it was drawn.
    """
    from markupsafe import Markup

    file = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    root = ET.fromstring(file.getvalue())
    _inline_markers(root)
    for element in root.iter():
        element.tag = str(element.tag).removeprefix(_SVG)
        attributes = {name: _restyle(value) for name, value in element.attrib.items()}
        for name in ("id", "clip-path", "version", "transform"):
            if name != "transform" or attributes.get(name, "").startswith("rotate(-0"):
                attributes.pop(name, None)
        element.attrib.clear()
        element.attrib.update(attributes)
        element.tail = None
    for parent in root.iter():
        for child in [c for c in parent if c.tag in ("defs", "metadata")]:
            parent.remove(child)
    width = float(root.get("width", "0pt").removesuffix("pt")) * _PIXELS
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", title)
    root.set("style", f"width: 100%; max-width: {width:.0f}px; min-width: {0.62 * width:.0f}px")
    return Markup(ET.tostring(root, encoding="unicode"))


def _inline_markers(root: ET.Element) -> None:
    """Replace references to shapes by the shapes: an id could occur twice in a page."""
    shapes = {element.get("id"): element for element in root.iter(f"{_SVG}path")}
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            if child.tag != f"{_SVG}use":
                continue
            shape = shapes[child.get(_LINK, "").removeprefix("#")]
            x, y = child.get("x", "0"), child.get("y", "0")
            attributes = {
                "d": shape.get("d", ""),
                "transform": f"translate({x} {y})",
                "style": child.get("style", shape.get("style", "")),
            }
            parent[place] = ET.Element(f"{_SVG}path", attributes)


def _restyle(value: str) -> str:
    value = re.sub(r"font-family: [^;]*;? ?|font: (\d+px) [^;]*", _keep_size, value)
    for color, variable in _VARIABLES.items():
        value = value.replace(color, f"var(--{variable})")
    return " ".join(value.split())


def _keep_size(found: re.Match[str]) -> str:
    return f"font-size: {found[1]}" if found[1] else ""
