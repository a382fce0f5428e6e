"""From a collection to the arguments of a comparison."""

from _flow import draw_flow
from matplotlib.figure import Figure

BOXES = {
    "folder": (0.0, 0.0, "a folder per genre", "load_genre_folder"),
    "table": (0.0, 1.0, "a table of tracks", "load_manifest"),
    "known": (0.0, 2.0, "GTZAN, FMA", "load_gtzan, load_fma"),
    "bunch": (1.2, 1.0, "music", "a Bunch"),
    "X": (2.4, 0.0, "music.paths", "X: one row per clip"),
    "y": (2.4, 0.8, "music.target", "y: genres"),
    "groups": (2.4, 1.6, "music.groups", "artists, duplicates"),
    "split": (2.4, 2.4, "music.split", "the official split"),
    "compare": (3.6, 1.2, "compare", "pipelines, tested"),
}
ARROWS = [
    ("folder", "bunch", ""),
    ("table", "bunch", ""),
    ("known", "bunch", ""),
    *(("bunch", name, "") for name in ("X", "y", "groups", "split")),
    *((name, "compare", "") for name in ("X", "y", "groups", "split")),
]


def draw() -> Figure:
    """Return the figure."""
    return draw_flow(BOXES, ARROWS, size=(9.4, 2.9))
