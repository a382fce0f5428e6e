"""Statistics over the windows of a clip."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

STATISTICS = ("mean", "max", "std")


def check_choices(estimator: Any, parameter: str, allowed: Sequence[str]) -> list[str]:
    """Return the names that a parameter has: one of the allowed ones, or several.

    Raises
    ------
    ValueError
        If there are none, others, or one twice.
    """
    value = getattr(estimator, parameter)
    names = [value] if isinstance(value, str) else list(value)
    if not names or len(set(map(str, names))) < len(names) or not set(names) <= set(allowed):
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
