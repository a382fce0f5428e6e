"""Windows of a clip, and statistics over them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

STATISTICS = ("mean", "max", "std")


def window_starts(n_steps: int, length: int) -> list[int]:
    """Return where windows of a clip start, without overlap.

    A last window that ends with the clip is added if at least half of it is new.

    Parameters
    ----------
    n_steps : int
        Samples or frames of the clip, at least `length`.
    length : int
        Samples or frames of a window.
    """
    starts = list(range(0, n_steps - length + 1, length))
    n_left = n_steps - starts[-1] - length
    return [*starts, n_steps - length] if 2 * n_left >= length else starts


def check_choices(estimator: Any, parameter: str, allowed: Sequence[str]) -> list[str]:
    """Return the names that a parameter has: one of the allowed ones, or several.

    Raises
    ------
    ValueError
        If there are none, others, or one twice.
    """
    value = getattr(estimator, parameter)
    names = [value] if isinstance(value, str) else list(value)
    is_known = all(name in allowed for name in names)
    if not names or not is_known or len(set(names)) < len(names):
        raise ValueError(
            f"The {parameter!r} parameter of {type(estimator).__name__} must be one or several of "
            f"{', '.join(map(repr, allowed))}. Got {value!r} instead."
        )
    return names


def pool_windows(values: "torch.Tensor", statistics: Sequence[str]) -> "torch.Tensor":
    """Return statistics over the windows of each clip, one after the other.

    Parameters
    ----------
    values : Tensor of shape (n_clips, n_windows, n_values)
        Values of each window.
    statistics : sequence of {"mean", "max", "std"}
        The statistics.

    Returns
    -------
    Tensor of shape (n_clips, n_statistics * n_values)
        The statistics of all values, then the next statistic of all.
    """
    import torch

    functions = {
        "mean": lambda: values.mean(1),
        "max": lambda: values.amax(1),
        "std": lambda: values.std(1, correction=0),
    }
    return torch.cat([functions[name]() for name in statistics], 1)
