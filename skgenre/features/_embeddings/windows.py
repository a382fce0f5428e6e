"""Base of embeddings by a network that takes waveforms: windows, batches, pooling."""

from abc import abstractmethod
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from ...exceptions import ShapeMismatchError
from .._engine.clip_table import ClipTable
from .pooling import STATISTICS, check_choices, pool_windows, window_starts

if TYPE_CHECKING:
    import torch


class WindowEmbedding(ClipTable):
    """Base of embeddings by a network: clips are cut into windows, and its values are pooled.

    Parameters
    ----------
    pooling : {"mean", "max", "std"} or a sequence of them, default="mean"
        Statistics over the windows of a clip, and over time if the network gives sequences.
    window_duration : float, default=None
        Duration of a window in seconds. A last window that is at least half new ends with the clip;
        a shorter clip is zero-padded to one.
    batch_size : int, default=8
        Number of windows that the network gets at once.
    """

    _parameter_constraints: ClassVar[dict] = {
        **ClipTable._parameter_constraints,
        "pooling": [str, list, tuple],
        "window_duration": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    }

    pooling: str | Sequence[str]
    window_duration: float | None
    batch_size: int

    @abstractmethod
    def _steps(self, windows: "torch.Tensor") -> "torch.Tensor":
        """Return the values of windows (n_windows, n_samples): (n_windows, n_steps, n_values)."""

    def _window_samples(self) -> int | None:
        """Return the samples of a window; None for the whole clip."""
        return (
            None if self.window_duration is None else max(1, round(self.window_duration * self.sr))
        )

    def _fewest_samples(self) -> int:
        """Return the length that a shorter clip is zero-padded to."""
        return self._window_samples() or 1

    def _window_length(self) -> int:
        return self._fewest_samples()

    def _check_parameters(self) -> None:
        check_choices(self, "pooling", STATISTICS)

    def compute(self, y: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            return self._compute_batch(torch.from_numpy(np.array(y[np.newaxis])))[0].numpy()

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        import torch

        n_missing = max(0, self._fewest_samples() - waveforms.shape[1])
        waveforms = torch.nn.functional.pad(waveforms, (0, n_missing))
        n_samples = waveforms.shape[1]
        length = min(self._window_samples() or n_samples, n_samples)
        starts = window_starts(n_samples, length)
        windows = torch.stack([waveforms[:, start : start + length] for start in starts], 1)
        steps = torch.cat(
            [self._steps(some) for some in windows.flatten(0, 1).split(self.batch_size)]
        )
        steps = steps.unflatten(0, windows.shape[:2]).flatten(1, 2).to(torch.float32)
        return pool_windows(steps, check_choices(self, "pooling", STATISTICS))

    def _names(self) -> list[str]:
        n_values = self._count_values()
        statistics = check_choices(self, "pooling", STATISTICS)
        return [f"embedding{k}_{statistic}" for statistic in statistics for k in range(n_values)]

    def _count_values(self) -> int:
        """Return the number of values of the network, found by giving it silence."""
        import torch

        seconds = self.window_duration or self.duration or 1.0
        n_samples = getattr(self, "n_features_in_", round(seconds * self.sr))
        with torch.inference_mode():
            row = self._compute_batch(torch.zeros(1, max(1, n_samples)))
        return row.shape[1] // len(check_choices(self, "pooling", STATISTICS))


def as_steps(values: Any, estimator: Any, source: str, n_windows: int) -> "torch.Tensor":
    """Return the result of a network as (n_windows, n_steps, n_values), or refuse it.

    Parameters
    ----------
    values : object
        The result: a tensor (n_windows, n_values) or (n_windows, n_steps, n_values).
    estimator : object
        Who asks, for messages.
    source : str
        What gave the result, for messages.
    n_windows : int
        Number of windows it got.
    """
    import torch

    if (
        isinstance(values, torch.Tensor)
        and values.ndim in (2, 3)
        and values.numel()
        and values.shape[0] == n_windows
        and not values.is_complex()
    ):
        return values if values.ndim == 3 else values.unsqueeze(1)
    got = (
        f"a tensor of shape {tuple(values.shape)}"
        if isinstance(values, torch.Tensor)
        else f"a {type(values).__name__}"
    )
    raise ShapeMismatchError(
        f"{type(estimator).__name__}: {source} must return a tensor (n_windows, n_values), or "
        f"(n_windows, n_steps, n_values) for a sequence. Of {n_windows} windows it returned {got}: "
        f"return the tensor that you need from its forward."
    )
