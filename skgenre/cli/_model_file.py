"""Pickled models on disk."""

import os
import pickle
from pathlib import Path
from typing import Any

from ..exceptions import ModelFormatError


def write_model(model: Any, path: Path) -> int:
    """Pickle a model and return the file's size in bytes; an older file stays until it is done."""
    data = pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_bytes(data)
    unfinished.replace(path)
    return len(data)


def read_model(path: Path) -> Any:
    """Load a pickled model, or say what is wrong with the file."""
    if not path.is_file():
        raise ModelFormatError(f"{path}: no such file. 'skgenre fit' makes one.")
    try:
        with path.open("rb") as file:
            model = pickle.load(file)
    except Exception as error:
        raise ModelFormatError(
            f"{path}: not a model that can be loaded ({type(error).__name__}: {error}). "
            f"Name a file that 'skgenre fit --save' or pickle wrote."
        ) from error
    if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
        raise ModelFormatError(f"{path}: holds a {type(model).__name__}, not a fitted classifier.")
    return model
