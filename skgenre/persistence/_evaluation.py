"""Scores of a model and their protocol, stored with it."""

import math
import os
from numbers import Real
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
    if not isinstance(protocol, str) or not protocol.strip() or len(protocol) > _MAX_PROTOCOL:
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
        text = _write(score["mean"])
        if score["low"] is not None and score["high"] is not None:
            text += f" (95 % interval {_write(score['low'])} to {_write(score['high'])})"
        described.append((name, text))
    return described


def _write(value: float) -> str:
    """Write a score; a large one, such as a perplexity, with an exponent."""
    return f"{value:z.3f}" if abs(value) < 1e6 else f"{value:.3g}"


def _name(name: Any, what: str) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > _MAX_NAME:
        raise ValueError(
            f"{what}: the name of a score must be text of at most {_MAX_NAME} characters. Got "
            f"{repr(name)[:_MAX_NAME]}."
        )
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
        numbers[key] = _finite(value)
        if numbers[key] is None:
            raise ValueError(
                f"{what}: {key!r} of {name!r} must be a finite number. Got {_shorten(value)}."
            )
    low, high = numbers["low"], numbers["high"]
    if low is not None and high is not None and low > high:
        raise ValueError(
            f"{what}: the 'low' of {name!r} must not be above its 'high'. Got {low:g} and {high:g}."
        )
    return numbers


def _finite(value: Any) -> float | None:
    """Return a number of Python or NumPy as a float, or None for anything else."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:  # a long integer
        return None
    return number if math.isfinite(number) else None


def _shorten(value: Any) -> str:
    try:
        return repr(value)[:50]
    except ValueError:  # Python writes no integers of thousands of digits
        return type(value).__name__
