"""Imports of the process that forks for `other_processes`, and the first calls of compiled code."""

import contextlib
import importlib
from pathlib import Path

import numpy as np

import skgenre

_LIBRARIES = (
    *("librosa", "markdown_it", "pandas", "pyarrow", "pydantic.type_adapter", "rich.markdown"),
    *("rich.progress", "scipy.signal", "scipy.stats", "sklearn.ensemble", "sklearn.linear_model"),
    *("sklearn.model_selection", "sklearn.pipeline", "sklearn.svm", "skops.io", "skorch", "soxr"),
    *("torch", "typer.rich_utils", "xgboost"),
)
_PARTS = (
    *("audio", "classifiers", "cli", "datasets", "features", "metrics", "model_selection", "nn"),
    *("persistence", "songs", "stores", "systems"),
)


def _import_all():
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    package = Path(skgenre.__file__).parent
    for part in _PARTS:
        for path in sorted((package / part).rglob("*.py")):
            name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
            with contextlib.suppress(ImportError):
                importlib.import_module(name.removesuffix(".__init__"))


def _compile():
    from skgenre.features import MFCC

    MFCC().fit_transform(np.zeros((1, 22050), dtype=np.float32) + 0.1)


_import_all()
_compile()
