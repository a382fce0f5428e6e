"""The commands, with what they read and write."""

from _flow import draw_flow
from matplotlib.figure import Figure

BOXES = {
    "music": (0.0, 1.0, "genres/, tracks.csv", "clips with genres"),
    "check": (1.2, 0.0, "skgenre check", "faults, duplicates"),
    "compare": (1.2, 1.0, "skgenre compare", "models, same folds"),
    "fit": (1.2, 2.0, "skgenre fit", "one model, all clips"),
    "report": (2.4, 0.4, "report.html", "scores and tests"),
    "model": (2.4, 1.6, "model.skops", "the model"),
    "predict": (3.6, 0.6, "skgenre predict", "genres of songs"),
    "demo": (3.6, 1.5, "skgenre demo", "a web page"),
    "export": (3.6, 2.4, "skgenre export", "model.onnx"),
}
ARROWS = [
    ("music", "check", ""),
    ("music", "compare", ""),
    ("music", "fit", ""),
    ("compare", "report", ""),
    ("compare", "model", ""),
    ("fit", "model", ""),
    ("model", "predict", ""),
    ("model", "demo", ""),
    ("model", "export", ""),
]


def draw() -> Figure:
    """Return the figure."""
    return draw_flow(BOXES, ARROWS, size=(9.4, 2.9))
