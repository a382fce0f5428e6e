"""A model behind a server: who checks what."""

from _flow import draw_flow
from matplotlib.figure import Figure

BOXES = {
    "visitors": (0.0, 0.5, "browsers, programs", "POST /predict"),
    "proxy": (1.2, 0.5, "your proxy", "TLS, password, rate"),
    "server": (2.4, 0.5, "skgenre demo", "size, time, queue"),
    "one": (3.6, 0.0, "process 1", "decodes, predicts"),
    "two": (3.6, 1.0, "process 2", "decodes, predicts"),
}
ARROWS = [
    ("visitors", "proxy", ""),
    ("proxy", "server", ""),
    ("server", "one", ""),
    ("server", "two", ""),
]


def draw() -> Figure:
    """Return the figure."""
    return draw_flow(BOXES, ARROWS, size=(9.4, 1.9))
