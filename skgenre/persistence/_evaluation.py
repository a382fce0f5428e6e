"""Scores of a model and their protocol, stored with it."""

import math
import os
from pathlib import Path
from typing import Any

from .._public import public
from .._shown_text import show
from ..exceptions import ModelFormatError

_KEYS = {"scores", "protocol"}
_NUMBERS = ("mean", "low", "high")
_MAX_SCORES = 50
_MAX_NAME = 100
_MAX_PROTOCOL = 2000


@public
def read_evaluation(path: str | os.PathLike) -> dict[str, Any] | None:
    """Read the scores that :func:`save_model` stored with a model.

    The model is not built, and nothing in the file is executed.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Returns
    -------
    dict or None
        ``scores``, the ``mean`` of each score with its 95 % interval from ``low`` to ``high`` (None
        if unknown); and ``protocol``, how they were measured. None if none were stored.

    Raises
    ------
    FileNotFoundError
        When the file does not exist.
    ModelFormatError
        When the file is damaged or was not written by save_model.

    See Also
    --------
    save_model : Stores them.
    skgenre.model_selection.Comparison.evaluation : Returns those of a compared pipeline.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.persistence import read_evaluation, save_model
    >>> model = LogisticRegression().fit([[0.0], [1.0]], ["jazz", "pop"])
    >>> accuracy = {"mean": 0.75, "low": 0.6, "high": 0.86}
    >>> evaluation = {"scores": {"accuracy": accuracy}, "protocol": "60 clips, 5 folds by artist"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, Path(folder) / "model.skops", evaluation=evaluation)
    ...     found = read_evaluation(Path(folder) / "model.skops")
    >>> found["scores"]["accuracy"]["mean"]
    0.75
    """
    from ._archive import read_archive
    from ._load import read_info

    name = os.fspath(path)
    data = Path(path).read_bytes()
    info = read_info(read_archive(data, name), len(data), name)
    if info.get("evaluation") is None:
        return None
    try:
        return check_evaluation(info["evaluation"], "the evaluation in it")
    except (TypeError, ValueError) as error:
        raise ModelFormatError(
            f"{name}: {show(str(error)[:500])} Save the model again with its evaluation."
        ) from error


def check_evaluation(evaluation: Any, what: str) -> dict[str, Any]:
    """Return an equal evaluation of plain text and numbers.

    Parameters
    ----------
    evaluation : object
        A dict as :func:`read_evaluation` returns it.
    what : str
        What it is called in error messages.

    Raises
    ------
    TypeError, ValueError
        When it is not one.
    """
    if not isinstance(evaluation, dict):
        raise TypeError(
            f"{what} must be a dict with 'scores' and 'protocol', such as "
            f"Comparison.evaluation returns. Got {type(evaluation).__name__} instead."
        )
    if set(evaluation) != _KEYS:
        keys = ", ".join(repr(key)[:_MAX_NAME] for key in list(evaluation)[:_MAX_SCORES])
        raise ValueError(f"{what} must have 'scores' and 'protocol'. Got {keys or 'none'} instead.")
    scores, protocol = evaluation["scores"], evaluation["protocol"]
    if not isinstance(protocol, str) or not 0 < len(protocol) <= _MAX_PROTOCOL:
        raise ValueError(
            f"{what}: 'protocol' must be text of at most {_MAX_PROTOCOL} characters that says how "
            f"the scores were measured."
        )
    if not isinstance(scores, dict) or not 0 < len(scores) <= _MAX_SCORES:
        raise ValueError(f"{what}: 'scores' must be a dict of up to {_MAX_SCORES} scores.")
    return {
        "scores": {
            _name(name, what): _numbers(name, score, what) for name, score in scores.items()
        },
        "protocol": protocol,
    }


def describe_scores(evaluation: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the name of each score, and its mean and interval in words."""
    described = []
    for name, score in evaluation["scores"].items():
        text = f"{score['mean']:.3f}"
        if score["low"] is not None and score["high"] is not None:
            text += f" (95 % interval {score['low']:.3f} to {score['high']:.3f})"
        described.append((name, text))
    return described


def _name(name: Any, what: str) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME:
        raise ValueError(f"{what}: the name of a score must be text, got {repr(name)[:_MAX_NAME]}.")
    return name


def _numbers(name: str, score: Any, what: str) -> dict[str, float | None]:
    """Return mean, low and high of a score."""
    if not isinstance(score, dict) or "mean" not in score or not set(score) <= set(_NUMBERS):
        raise ValueError(f"{what}: {name!r} must be a dict with 'mean', and with 'low' and 'high'.")
    numbers: dict[str, float | None] = {}
    for key in _NUMBERS:
        value = score.get(key)
        if value is None and key != "mean":
            numbers[key] = None
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # A long integer is too large for a float.
        if not is_number or not abs(value) < 1e300 or not math.isfinite(value):
            raise ValueError(
                f"{what}: {key!r} of {name!r} must be a finite number. Got {repr(value)[:50]}."
            )
        numbers[key] = float(value)
    return numbers
