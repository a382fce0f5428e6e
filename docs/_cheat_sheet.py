"""The cheat sheet: one page, drawn as SVG and PDF from ``cheat_sheet/cheat_sheet.py``.

A Sphinx extension that draws it before pages are read. Each cell of the source, ``# %% Title``, is
a box. A box that does not fit its column, or a line that does not fit its box, fails the build.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
SOURCE = DOCS / "cheat_sheet" / "cheat_sheet.py"
DRAWN = DOCS / "cheat_sheet" / "drawn"

# In points, 1/72 inch. A4 is 297 x 210 mm.
WIDTH, HEIGHT = 841.89, 595.28
MARGIN, GUTTER, PADDING, GAP = 20.0, 10.0, 7.0, 7.0
HEADER, FOOTER = 52.0, 12.0
FONT_SIZE, LINE, TITLE = 6.9, 9.15, 15.0
COLUMNS = 3
COLUMN = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GUTTER) / COLUMNS
CHARACTER = 0.6021 * FONT_SIZE  # of DejaVu Sans Mono, which matplotlib brings along
LONGEST = int((COLUMN - 2 * PADDING) / CHARACTER)

INK, PAPER, RULE, ACCENT, PALE = "#1b1f24", "#ffffff", "#c9ced6", "#0b5e8a", "#f4f7fa"
COLOURS = {
    "Token.Keyword": "#8a2be2",
    "Token.Comment": "#5a6472",
    "Token.Literal.String": "#2e6b2e",
    "Token.Literal.Number": "#a04000",
    "Token.Generic.Prompt": "#0b5e8a",
}
CHAIN = [
    ("sound files", "X: paths"),
    ("feature maps", "(clips, bands, frames)"),
    ("segments", "(clips, segments, bands, frames)"),
    ("classifier", "votes over segments"),
    ("one genre per clip", "y"),
]


class DoesNotFit(Exception):
    """A line or a column is too long for the page."""


@dataclass(frozen=True)
class Box:
    """A cell of the source."""

    title: str
    lines: list[str]

    @property
    def height(self) -> float:
        """Height in points."""
        return TITLE + 2 * PADDING - 3 + len(self.lines) * LINE


def read_boxes(source: Path = SOURCE) -> list[Box]:
    """Read the cells of the source.

    Parameters
    ----------
    source : Path
        A Python file with cells. Commented lines that begin with ``$`` are commands.

    Raises
    ------
    DoesNotFit
        When a line is too long.
    """
    cells = source.read_text(encoding="utf-8").split("# %% ")[1:]
    boxes = []
    for cell in cells:
        title, *lines = cell.strip().split("\n")
        if lines[0].startswith("# $"):
            lines = [line.removeprefix("# ") for line in lines]
        for line in lines:
            if len(line) > LONGEST:
                raise DoesNotFit(f"{len(line)} characters of at most {LONGEST}: {line}")
        boxes.append(Box(title, lines))
    return boxes


def arrange(boxes: list[Box]) -> list[list[Box]]:
    """Divide the boxes into columns, in order, so that the highest column is as low as possible.

    Raises
    ------
    DoesNotFit
        When a column is higher than the page.
    """
    from itertools import combinations

    def height(column: list[Box]) -> float:
        return sum(box.height for box in column) + GAP * (len(column) - 1)

    ways = [
        [boxes[start:end] for start, end in zip((0, *cuts), (*cuts, len(boxes)), strict=True)]
        for cuts in combinations(range(1, len(boxes)), COLUMNS - 1)
    ]
    columns = min(ways, key=lambda way: max(map(height, way)))
    room = HEIGHT - HEADER - FOOTER - MARGIN
    highest = max(map(height, columns))
    if highest > room:
        raise DoesNotFit(f"A column is {highest:.0f} points high, and the page has {room:.0f}.")
    return columns


def draw(columns: list[list[Box]], version: str) -> Any:
    """Return the page as a matplotlib figure."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    ax.axis("off")
    _draw_header(ax)
    room = HEIGHT - HEADER - FOOTER - MARGIN
    for number, column in enumerate(columns):
        left = MARGIN + number * (COLUMN + GUTTER)
        free = room - sum(box.height for box in column)
        gap = min(free / max(len(column) - 1, 1), 3 * GAP)
        top = HEADER
        for box in column:
            _draw_box(ax, box, left, top)
            top += box.height + gap
    note = f"skgenre {version}. Every line of this page is run by the tests."
    ax.text(MARGIN, HEIGHT - 12, note, size=6.5, color="#5a6472", va="center")
    return figure


def _draw_header(ax: Any) -> None:
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

    ax.text(MARGIN, 24, "skgenre", size=21, weight="bold", color=ACCENT, va="center")
    ax.text(MARGIN, 42, "music genre classification with scikit-learn", size=7, color=INK,
            va="center")  # fmt: skip
    left, top, high, gap = 215.0, 13.0, 31.0, 13.0
    widths = [72.0, 112.0, 152.0, 98.0, 112.0]
    for number, ((name, shape), width) in enumerate(zip(CHAIN, widths, strict=True)):
        ax.add_patch(
            FancyBboxPatch(
                (left, top),
                width,
                high,
                boxstyle="round,pad=0,rounding_size=4",
                facecolor=PALE,
                edgecolor=RULE,
                linewidth=0.8,
            )
        )
        centre = left + width / 2
        ax.text(centre, top + 11, name, size=8, weight="bold", color=INK, ha="center", va="center")
        ax.text(centre, top + 22.5, shape, size=6.7, color=INK, ha="center", va="center")
        left += width
        if number < len(CHAIN) - 1:
            arrow = FancyArrowPatch(
                (left + 1, top + high / 2),
                (left + gap - 1, top + high / 2),
                arrowstyle="-|>",
                mutation_scale=7,
                color=ACCENT,
                linewidth=1,
            )
            ax.add_patch(arrow)
        left += gap


def _draw_box(ax: Any, box: Box, left: float, top: float) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle((left, top), COLUMN, box.height, facecolor=PALE, edgecolor=RULE, linewidth=0.8)
    )
    ax.add_patch(Rectangle((left, top), COLUMN, TITLE, facecolor=ACCENT, edgecolor="none"))
    title = {"size": 8.2, "weight": "bold", "color": PAPER, "va": "center"}
    ax.text(left + PADDING, top + TITLE / 2 + 0.5, box.title, **title)
    for number, parts in enumerate(_colour(box.lines)):
        y = top + TITLE + PADDING - 1 + (number + 0.5) * LINE
        x = left + PADDING
        for text, colour in parts:
            if text.strip():
                indent = len(text) - len(text.lstrip())
                font = {"family": "DejaVu Sans Mono", "size": FONT_SIZE, "color": colour}
                ax.text(x + indent * CHARACTER, y, text.strip(), va="center_baseline", **font)
            x += len(text) * CHARACTER


def _colour(lines: list[str]) -> list[list[tuple[str, str]]]:
    """Return the parts of each line with their colours."""
    from pygments.lexers import BashSessionLexer, PythonLexer

    lexer = BashSessionLexer() if lines[0].startswith("$") else PythonLexer(stripnl=False)
    coloured: list[list[tuple[str, str]]] = [[]]
    for kind, text in lexer.get_tokens("\n".join(lines)):
        names = [str(parent) for parent in kind.split()]
        colour = next((COLOURS[name] for name in reversed(names) if name in COLOURS), INK)
        for number, piece in enumerate(text.split("\n")):
            if number:
                coloured.append([])
            if piece:
                coloured[-1].append((piece, colour))
    return coloured[: len(lines)]


def write(version: str, folder: Path = DRAWN) -> list[Path]:
    """Draw the page and write it as ``cheat_sheet.svg`` and ``cheat_sheet.pdf``.

    Parameters
    ----------
    version : str
        The version in the last line.
    folder : Path
        Where to.
    """
    import matplotlib as mpl

    folder.mkdir(parents=True, exist_ok=True)
    figure = draw(arrange(read_boxes()), version)
    svg, pdf = folder / "cheat_sheet.svg", folder / "cheat_sheet.pdf"
    # Text of the PDF can be searched and copied; that of the SVG needs no font.
    with mpl.rc_context({"svg.hashsalt": "skgenre", "svg.fonttype": "path", "pdf.fonttype": 42}):
        figure.savefig(svg, metadata={"Date": None, "Creator": None})
        figure.savefig(pdf, metadata={"CreationDate": None, "Title": "skgenre cheat sheet"})
    return [svg, pdf]


def setup(app: Any) -> dict[str, Any]:
    """Draw the page before the others are read."""

    def make(app: Any) -> None:
        newest = max(path.stat().st_mtime for path in (SOURCE, Path(__file__)))
        drawn = [DRAWN / "cheat_sheet.svg", DRAWN / "cheat_sheet.pdf"]
        if not all(path.exists() and path.stat().st_mtime >= newest for path in drawn):
            write(app.config.release)

    app.connect("builder-inited", make)
    return {"parallel_read_safe": True}
