"""Embedding of clips by a model of Hugging Face transformers."""

import os
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

from .._docstrings import inherit_docs
from .._public import public
from ._embeddings.hugging_face import hidden_states, load_model_of
from ._embeddings.windows import WindowEmbedding

if TYPE_CHECKING:
    import torch

# Seconds of a window, for models that take any length; attention needs their square of memory.
_WINDOW = 10.0
_SHORTEST = 0.1


@public
@inherit_docs()
class TransformersEmbedding(WindowEmbedding):
    """Embedding of each clip by an audio model of Hugging Face transformers: a table.

    A clip is cut into windows as long as the model takes; the values of one of its layers are
    pooled over time and windows. Models of audio alone work (AST, Wav2Vec2, HuBERT, WavLM), the
    encoder of Whisper, and the part of CLAP for audio. Needs the extra ``skgenre[pretrained]``.

    Only weights in the format safetensors are read, and no Python code of a model is run: a model
    that needs either is refused. Load such a model yourself and use :class:`ModuleEmbedding`.

    Parameters
    ----------
    model : str or PathLike
        Folder of the model, as ``save_pretrained`` writes it for the model and its feature
        extractor, or its name on the Hugging Face Hub, from where it is downloaded on first use.
    layer : int, default=-1
        Number of the layer: 0 is the input of the first block, -1 the result of the last. Middle
        layers of models of speech often hold more on music.
    revision : str, default=None
        Version of a model on the Hub: a commit, branch or tag. A commit always gives the same
        weights.
    sr : float, default=16000
        Sampling rate in Hz, which must be that of the model: most take 16000, CLAP 48000. Files are
        resampled to it; arrays are assumed to have it.
    window_duration : float, default=None
        Duration of a window in seconds. None means what the model takes: 10.24 s for AST, 30 s for
        Whisper, 10 s for CLAP and for models that take any length.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches; "auto" does so if possible.

    Raises
    ------
    ImportError
        In fit and transform, if transformers is not installed.
    OSError
        If there is no such model.
    ValueError
        If the model needs code of its own, or has no weights in the format safetensors, if it is
        not of audio, or of another sampling rate.

    See Also
    --------
    MusicnnEmbedding : A small network trained on music.
    ModuleEmbedding : Embedding by your own network.

    Notes
    -----
    The key of the cache has a hash of the weights and of all settings of the model.

    A model file of :func:`skgenre.persistence.save_model` names the model and doesn't contain it.
    It is read only if it names one on the Hub by its commit: a file must not say which folder of a
    machine is opened.

    References
    ----------
    .. [1] Y. Gong, Y.-A. Chung, J. Glass, "AST: Audio Spectrogram Transformer", Interspeech 2021.
    .. [2] A. Baevski, H. Zhou, A. Mohamed, M. Auli, "wav2vec 2.0: A Framework for Self-Supervised
       Learning of Speech Representations", NeurIPS 2020.
    .. [3] Y. Wu et al., "Large-scale Contrastive Language-Audio Pretraining with Feature Fusion and
       Keyword-to-Caption Augmentation", ICASSP 2023.

    Examples
    --------
    >>> from skgenre.features import TransformersEmbedding
    >>> embedding = TransformersEmbedding(
    ...     "MIT/ast-finetuned-audioset-10-10-0.4593", layer=-1, memory="cache/"
    ... )
    >>> table = embedding.fit_transform(paths)  # doctest: +SKIP
    """

    _parameter_constraints: ClassVar[dict] = {
        **WindowEmbedding._parameter_constraints,
        "model": [str, os.PathLike],
        "layer": [Integral],
        "revision": [str, None],
    }

    def __init__(
        self,
        model: str | os.PathLike,
        *,
        layer: int = -1,
        pooling: str | Sequence[str] = "mean",
        revision: str | None = None,
        window_duration: float | None = None,
        batch_size: int = 8,
        sr: float = 16000,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.model = model
        self.layer = layer
        self.pooling = pooling
        self.revision = revision
        self.window_duration = window_duration
        self.batch_size = batch_size
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _contents(self) -> dict[str, Any]:
        # The size of batches does not change the values.
        return {"model": load_model_of(self).digest, "revision": None, "batch_size": None}

    def _check_parameters(self) -> None:
        super()._check_parameters()
        name, loaded = type(self).__name__, load_model_of(self)
        if self.sr != loaded.sr:
            raise ValueError(
                f"The 'sr' parameter of {name} must be {loaded.sr}, the rate of "
                f"{os.fspath(self.model)!r}. Got {self.sr!r} instead: files are resampled; "
                f"resample arrays before."
            )
        longest = loaded.window_duration
        if longest is not None and (self.window_duration or 0) > longest:
            raise ValueError(
                f"The 'window_duration' parameter of {name} must be at most {longest:g} s, which "
                f"{os.fspath(self.model)!r} takes. Got {self.window_duration!r} instead."
            )

    def _window_samples(self) -> int:
        loaded = load_model_of(self)
        seconds = self.window_duration or loaded.window_duration or _WINDOW
        return max(1, round(seconds * loaded.sr))

    def _fewest_samples(self) -> int:
        return round(_SHORTEST * self.sr)

    def _steps(self, windows: "torch.Tensor") -> "torch.Tensor":
        return hidden_states(load_model_of(self), windows, self.layer, type(self).__name__)
