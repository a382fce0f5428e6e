"""Embedding of clips by a torch module of the user's."""

import copy
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.utils._param_validation import InvalidParameterError

from .._docstrings import inherit_docs
from .._public import public
from ._embeddings.content import digest_of_module
from ._embeddings.windows import WindowEmbedding, as_steps

if TYPE_CHECKING:
    import torch
    from torch import nn


@public
@inherit_docs()
class ModuleEmbedding(WindowEmbedding):
    """Embedding of each clip by a torch module: a table.

    Any network that takes waveforms becomes a transformer: files are decoded and resampled, clips
    are cut into windows, values are pooled, and results are cached.

    Parameters
    ----------
    module : torch.nn.Module
        Network of waveforms (n_windows, n_samples), float32 at `sr`, to vectors (n_windows,
        n_values) or to sequences (n_windows, n_steps, n_values). It must be in evaluation mode
        (``module.eval()``), so that a row depends on its clip alone. It is not changed.
    sr : float
        Sampling rate in Hz that the module was trained at: files are resampled to it; arrays are
        assumed to have it.
    window_duration : float, default=None
        Duration of a window in seconds: a last window that is at least half new ends with the clip;
        a shorter clip is zero-padded to one. None gives whole clips to the module.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches; "auto" does so if possible.

    See Also
    --------
    TransformersEmbedding : Embedding by a model of Hugging Face.
    FunctionFeature : A function of a waveform as a transformer.

    Notes
    -----
    The key of the cache has a hash of the weights, the layers, their plain attributes and the code
    of their classes. After a change to a function that they call, use :func:`clear_cache`.

    :func:`skgenre.persistence.save_model` refuses a module, which could run code when it is loaded:
    pickle the pipeline, or save the steps after the embedding.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from skgenre.features import ModuleEmbedding
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Unflatten(1, (1, -1)),
    ...     torch.nn.Conv1d(1, 16, kernel_size=400, stride=160),
    ...     torch.nn.ReLU(),
    ...     torch.nn.AdaptiveAvgPool1d(1),
    ...     torch.nn.Flatten(),
    ... ).eval()
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 3 * 16000))
    >>> embedding = ModuleEmbedding(module, sr=16000, window_duration=1.0, pooling=["mean", "std"])
    >>> embedding.fit_transform(clips).shape
    (2, 32)
    """

    _parameter_constraints: ClassVar[dict] = {
        **WindowEmbedding._parameter_constraints,
        # Checked in _check_parameters: a module in a message would fill the screen.
        "module": "no_validation",
    }

    def __init__(
        self,
        module: Any,
        *,
        sr: float,
        pooling: str | Sequence[str] = "mean",
        window_duration: float | None = None,
        batch_size: int = 8,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.module = module
        self.sr = sr
        self.pooling = pooling
        self.window_duration = window_duration
        self.batch_size = batch_size
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _contents(self) -> dict[str, Any]:
        # The size of batches does not change the values.
        return {"module": digest_of_module(self.module), "batch_size": None}

    def _check_parameters(self) -> None:
        from torch import nn

        super()._check_parameters()
        name, module = type(self).__name__, self.module
        if not isinstance(module, nn.Module):
            got = f"the class {module.__name__}" if isinstance(module, type) else repr(module)
            raise InvalidParameterError(
                f"The 'module' parameter of {name} must be a torch.nn.Module, ready for use. Got "
                f"{got:.100} instead."
            )
        if any(layer.training for layer in module.modules()):
            raise ValueError(
                f"The 'module' parameter of {name} is in training mode, where dropout is random "
                f"and batch normalization mixes clips: call module.eval() first."
            )

    def _steps(self, windows: "torch.Tensor") -> "torch.Tensor":
        values = self._module_on(windows.device)(windows)
        source = f"forward of {type(self.module).__name__}"
        return as_steps(values, self, source, len(windows))

    def _module_on(self, device: "torch.device") -> "nn.Module":
        """Return the module, or a copy of it if it is on another device."""
        module = self.module
        tensors = [*module.parameters(), *module.buffers()]
        if all(tensor.device.type == device.type for tensor in tensors):
            return module
        return copy.deepcopy(module).to(device)
