"""Read a file of export_onnx, and run it in onnxruntime.

This imports neither torch nor sklearn nor pandas: the command starts in a second.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...exceptions import ModelFormatError
from .._archive import describe_foreign
from .contents import check_contents, read_metadata

if TYPE_CHECKING:
    import onnxruntime

# Protocol buffers are no larger.
_MOST_BYTES = 2**31 - 1
# A clip of three hours at 22,050 Hz.
_MOST_SAMPLES = 2**28
_MOST_GENRES = 100_000
_LONGEST_FACT = 2**24
# Bytes that a model may take. The largest files have half of it.
_MOST_MEMORY = 2**32
_LARGEST = 1e12  # of numbers: seconds are smaller
_RATES = (1, 1_000_000)  # Hz
_ROUNDING = 1e-4  # of probabilities

_EXPORT_AGAIN = "Export the model again, with 'skgenre export' or export_onnx."


@dataclass(frozen=True)
class Facts:
    """Metadata of an exported model of waveforms.

    Parameters
    ----------
    labels : list
        The genres, in the order of the probabilities.
    sr : float
        Sampling rate of the waveforms in Hz.
    duration : float or None
        Seconds that the model cuts or pads clips to, or that they must have. None if it takes
        clips of any length.
    n_samples : int or None
        Samples that a clip must have. None if their number is free.
    segment_duration, segment_hop : float or None
        Seconds of the segments that vote, and from one to the next; None if none vote.
    fit_n_samples : int or None
        Samples of the clips in fit, if the model knows.
    thresholds : list of float or None
        Threshold of each genre if clips may have several; None if they have one.
    """

    labels: list[Any]
    sr: float
    duration: float | None
    n_samples: int | None
    segment_duration: float | None
    segment_hop: float | None
    fit_n_samples: int | None
    thresholds: list[float] | None = None


class OnnxModel:
    """A file of export_onnx that onnxruntime runs.

    Parameters
    ----------
    session : InferenceSession
        The model.
    facts : Facts
        Its metadata.
    name : str
        The file, for error messages.
    """

    def __init__(self, session: "onnxruntime.InferenceSession", facts: Facts, name: str) -> None:
        self._session = session
        self._name = name
        self.facts = facts

    def predict_proba(self, waveforms: np.ndarray) -> np.ndarray:
        """Return the probabilities (n_clips, n_genres) of waveforms (n_clips, n_samples).

        Raises
        ------
        ModelFormatError
            If the file's operations fail, or result in something else.
        """
        waveforms = np.asarray(waveforms, np.float32)
        try:
            (probabilities,) = self._session.run(["probabilities"], {"waveform": waveforms})
        except Exception as error:  # onnxruntime has several kinds
            raise ModelFormatError(
                f"{self._name}: onnxruntime can't run it on {waveforms.shape[1]:,} samples "
                f"({_first_line(error)}). {_EXPORT_AGAIN}"
            ) from error
        shape = (len(waveforms), len(self.facts.labels))
        if np.shape(probabilities) != shape or not _are_probabilities(probabilities):
            raise ModelFormatError(
                f"{self._name}: its results are not probabilities of {shape[1]} genres. "
                f"{_EXPORT_AGAIN}"
            )
        return np.asarray(probabilities)


def _are_probabilities(values: np.ndarray) -> bool:
    """Tell whether all values are within [0, 1], but for rounding; NaN is not."""
    return bool(np.all((values >= -_ROUNDING) & (values <= 1 + _ROUNDING)))


def read_onnx(path: str | os.PathLike) -> OnnxModel:
    """Open a file of export_onnx, after checking its contents.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Raises
    ------
    ModelFormatError
        When the file is damaged, too large, was not written by export_onnx, refers to other files,
        or takes a table instead of waveforms.
    ImportError
        When onnxruntime is missing.
    """
    name, path = os.fspath(path), Path(path)
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise ModelFormatError(
            f"{name}: it has {size:,} bytes, and ONNX files have at most {_MOST_BYTES:,}. Name a "
            f"file of 'skgenre export'."
        )
    data = path.read_bytes()
    if data[:1] != b"\x08":  # the version of the format comes first
        raise ModelFormatError(f"{name}: not an ONNX file: {_describe_other(data)}")
    with _errors_name(name):
        metadata = read_metadata(data)
    facts = _read_facts(metadata, name)  # which says more than the contents of a table's model
    with _errors_name(name):
        check_contents(data)
    session = _open(data, name)
    _check_ends(session, facts, name)
    return OnnxModel(session, facts, name)


@contextmanager
def _errors_name(name: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ModelFormatError(
            f"{name}: not an ONNX file that skgenre runs ({error}). {_EXPORT_AGAIN}"
        ) from error


def _describe_other(data: bytes) -> str:
    if not data:
        return "the file is empty. Copy it again, or export the model again."
    if data[:2] == b"PK":
        return "it is a zip archive, as save_model writes them. Name it ….skops."
    if data[:1] == b"\x80":
        return describe_foreign(data)
    return "Name a file of 'skgenre export'."


def _read_facts(metadata: dict[str, str], name: str) -> Facts:
    """Return the metadata, after checking them."""
    values: dict[str, Any] = {}
    try:
        for key, text in metadata.items():
            if key in _KNOWN and len(text) <= _LONGEST_FACT:
                values[key] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(
            f"{name}: its metadata are damaged ({key!r} is not JSON). {_EXPORT_AGAIN}"
        ) from error
    if "columns" in values:
        raise ModelFormatError(
            f"{name}: this model takes a table of features, which the ONNX file doesn't compute "
            f"from sound files. Name the model file that it was exported from (.skops)."
        )
    missing = [key for key in _NEEDED if key not in values]
    if missing:
        raise ModelFormatError(
            f"{name}: its metadata lack {', '.join(missing)}: another program wrote it, or an "
            f"older skgenre. {_EXPORT_AGAIN}"
        )
    facts = Facts(**values)
    wrong = [key for key, is_right in _judge(facts).items() if not is_right]
    if wrong:
        got = f"{getattr(facts, wrong[0])!r:.100}"
        raise ModelFormatError(
            f"{name}: its metadata are damaged ({wrong[0]!r} is {got}). {_EXPORT_AGAIN}"
        )
    return facts


_NEEDED = (
    "labels",
    "sr",
    "duration",
    "n_samples",
    "segment_duration",
    "segment_hop",
    "fit_n_samples",
)
_KNOWN = (*_NEEDED, "thresholds", "columns")


def _judge(facts: Facts) -> dict[str, bool]:
    """Return for each fact whether it can be true."""
    labels = facts.labels
    is_list = isinstance(labels, list) and 0 < len(labels) <= _MOST_GENRES
    if not is_list or not all(isinstance(label, str | int | float) for label in labels):
        return {"labels": False}
    if not _is_number(facts.sr) or not _RATES[0] <= facts.sr <= _RATES[1]:
        return {"sr": False}
    judged = {"labels": len(set(labels)) == len(labels)}
    for key in ("duration", "segment_duration", "segment_hop"):
        value = getattr(facts, key)
        judged[key] = value is None or (_is_number(value) and value * facts.sr <= _MOST_SAMPLES)
    for key in ("n_samples", "fit_n_samples"):
        value = getattr(facts, key)
        judged[key] = value is None or (type(value) is int and 1 <= value <= _MOST_SAMPLES)
    judged["thresholds"] = facts.thresholds is None or _are_thresholds(facts)
    return judged


def _are_thresholds(facts: Facts) -> bool:
    """Tell whether there is a threshold within [0, 1] for each genre; NaN is not."""
    values = facts.thresholds
    return (
        isinstance(values, list)
        and len(values) == len(facts.labels)
        and all(type(value) in (int, float) and 0 <= value <= 1 for value in values)
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < _LARGEST


def _open(data: bytes, name: str) -> "onnxruntime.InferenceSession":
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(
            "Predicting with an ONNX file needs onnxruntime: pip install 'skgenre[onnx]'."
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors are raised, too
    # Not in onnxruntime's own format, which it would detect, and which was not checked.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    _limit_memory(options)
    try:
        # Without another try after an error, which it would print.
        return onnxruntime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # onnxruntime has several kinds
        raise ModelFormatError(
            f"{name}: onnxruntime {onnxruntime.__version__} can't open it ({_first_line(error)}). "
            f"{_EXPORT_AGAIN} A newer file needs a newer onnxruntime."
        ) from error


def _limit_memory(options: "onnxruntime.SessionOptions") -> None:
    """Let a session take its memory from a pool that ends: a few bytes of a file could fill it."""
    import onnxruntime as ort

    kinds = ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    limit = ort.OrtArenaCfg({"max_mem": _MOST_MEMORY})
    ort.create_and_register_allocator(ort.OrtMemoryInfo("Cpu", *kinds), limit)
    options.add_session_config_entry("session.use_env_allocators", "1")


def _check_ends(session: "onnxruntime.InferenceSession", facts: Facts, name: str) -> None:
    """Refuse other inputs and outputs than those of export_onnx."""
    try:
        inputs = [(end.name, end.type, len(end.shape)) for end in session.get_inputs()]
        outputs = [end for end in session.get_outputs() if end.name == "probabilities"]
    except UnicodeDecodeError as error:
        raise ModelFormatError(
            f"{name}: an input or output has a name that is not UTF-8. {_EXPORT_AGAIN}"
        ) from error
    if inputs != [("waveform", "tensor(float)", 2)]:
        found = ", ".join(f"{end} {kind}" for end, kind, _ in inputs)
        raise ModelFormatError(
            f"{name}: its input must be 'waveform', float32 of shape (n_clips, n_samples). Got "
            f"{found or 'none'}. {_EXPORT_AGAIN}"
        )
    sizes = [end.shape[-1:] for end in outputs if end.type == "tensor(float)"]
    if sizes != [[len(facts.labels)]]:
        raise ModelFormatError(
            f"{name}: its output must be 'probabilities', float32 with a column for each of its "
            f"{len(facts.labels)} genres. {_EXPORT_AGAIN}"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300].rstrip(". ")
