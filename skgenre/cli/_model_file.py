"""Models on disk: in the safe format, or as pickles."""

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._files import replace_file
from .._shown_text import show
from ..exceptions import ModelFormatError
from ._output import refuse_lost_url

if TYPE_CHECKING:
    from ..songs._clip_model import ClipModel
    from ..songs._onnx_clip_model import OnnxClipModel

# Conventional suffixes of pickles; every other name gets the format that is safe to load.
_PICKLES = (".pickle", ".pkl")


def check_model_name(path: Path) -> None:
    """Refuse a name that no model can be written to, before a model is fitted."""
    if not _is_pickle(path):
        from ..persistence._save import check_suffix

        check_suffix(path)


def write_model(model: Any, path: Path, evaluation: dict[str, Any] | None = None) -> int:
    """Save a model and return the file's size in bytes; an old file is replaced only at the end."""
    if _is_pickle(path):
        replace_file(path, pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL))
    else:
        from ..persistence import save_model

        save_model(model, path, evaluation=evaluation)
    return path.stat().st_size


Trusted = Annotated[
    list[str] | None,
    typer.Option(
        "--trusted",
        help="Comma-separated full names of classes and functions of yours that the model may "
        "contain, such as mypackage.nets.Tiny. They are imported and run: Python must find them, "
        "in an installed package or through PYTHONPATH.",
        metavar="NAMES",
        show_default=False,
    ),
]


def read_model(path: Path, trusted: list[str] | None = None) -> Any:
    """Load a model in either format, or report what is wrong with the file."""
    _check_is_file(path)
    # Only by its name, so that no damaged or hostile file is taken for a pickle.
    if not _is_pickle(path):
        from ..persistence import load_model

        names = [name.strip() for text in trusted or () for name in text.split(",")]
        return load_model(path, trusted=names)
    _check_is_pickle(path)
    try:
        with path.open("rb") as file:
            model = pickle.load(file)
    except ModuleNotFoundError as error:
        raise ModelFormatError(
            f"{show(path)}: the pickle needs the module {error.name!r}, which Python doesn't find. "
            f"Install it, or name its folder in PYTHONPATH."
        ) from error
    except Exception as error:
        raise ModelFormatError(
            f"{show(path)}: not a model that can be loaded ({type(error).__name__}: {error}). "
            f"Name a file that 'skgenre fit --save' or pickle wrote."
        ) from error
    if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
        from .._pipelines import describe_task

        raise ModelFormatError(
            f"{show(path)}: holds {describe_task(model)}, not a fitted classifier with "
            f"predict_proba. Name a file of 'skgenre fit', or fit one."
        )
    return model


def read_clip_model(
    path: Path,
    trusted: list[str] | None,
    function: str,
    segment_duration: float | None,
    segment_hop: float | None,
) -> "ClipModel | OnnxClipModel":
    """Load a model in any format to predict songs with; an ONNX file is run in onnxruntime."""
    if path.suffix.lower() != ".onnx":
        from ..songs._clip_model import ClipModel

        return ClipModel(read_model(path, trusted), function, segment_duration, segment_hop)
    from ..persistence._onnx.read import read_onnx
    from ..songs._onnx_clip_model import OnnxClipModel

    if trusted:
        raise typer.BadParameter(
            "an ONNX file contains no classes or functions: leave this out.",
            param_hint="--trusted",
        )
    _check_is_file(path)
    return OnnxClipModel(read_onnx(path), function, segment_duration, segment_hop)


def _check_is_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "not a regular file"
        raise ModelFormatError(f"{show(path)}: this is {what}. Name a file of 'skgenre fit'.")
    refuse_lost_url(path)
    if not path.is_file():
        is_onnx = path.suffix.lower() == ".onnx"
        cure = f"'skgenre {'export' if is_onnx else 'fit'}' makes one."
        raise ModelFormatError(f"{show(path)}: no such file. {cure}")


def read_scores(path: Path) -> dict[str, Any] | None:
    """Return the evaluation stored with a model; a pickle has none."""
    if _is_pickle(path):
        return None
    from ..persistence import read_evaluation

    return read_evaluation(path)


def _is_pickle(path: Path) -> bool:
    return path.suffix.lower() in _PICKLES


def _check_is_pickle(path: Path) -> None:
    """Refuse a file of save_model or of ONNX that is named like a pickle."""
    with path.open("rb") as file:
        start = file.read(1000)
    if start[:4] == b"PK\x03\x04":
        raise ModelFormatError(
            f"{show(path)}: it is a model file that save_model wrote, under the name of a pickle. "
            f"Name it {show(path.with_suffix('.skops').name)}: no pickle is run then."
        )
    if start[:1] == b"\x08":
        from ..persistence._archive import describe_foreign

        raise ModelFormatError(f"{show(path)}: not a pickle: {describe_foreign(start)}")
    if start[:1] != b"\x80":
        raise ModelFormatError(
            f"{show(path)}: not a pickle. Name a file that 'skgenre fit --save' or pickle wrote."
        )
