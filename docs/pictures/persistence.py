"""The three kinds of files of a fitted pipeline, and what reads them."""

from _flow import draw_flow
from matplotlib.figure import Figure

BOXES = {
    "model": (0.0, 1.0, "a fitted pipeline", "file → genre"),
    "skops": (1.5, 0.0, "model.skops", "runs no code"),
    "onnx": (1.5, 1.0, "model.onnx", "prediction only"),
    "pickle": (1.5, 2.0, "model.pkl", "runs code"),
    "ours": (2.9, 0.0, "skgenre", "any later version"),
    "any": (2.9, 1.0, "onnxruntime", "Python, C++, JavaScript"),
    "same": (2.9, 2.0, "the same versions", "from people you trust"),
}
ARROWS = [
    ("model", "skops", "save_model"),
    ("model", "onnx", "export_onnx"),
    ("model", "pickle", "pickle"),
    ("skops", "ours", "load_model"),
    ("onnx", "any", ""),
    ("pickle", "same", ""),
]


def draw() -> Figure:
    """Return the figure."""
    return draw_flow(BOXES, ARROWS, size=(9, 2.9))
