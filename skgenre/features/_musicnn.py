"""Embedding of clips by musicnn, a network that was trained to tag music."""

import os
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from .._published_weights.musicnn import load_network, read_weights
from .._published_weights.musicnn_tags import N_TAGS, tags_of
from ._embeddings.pooling import STATISTICS, check_choices, pool_windows, window_starts
from ._engine.clip_table import ClipTable
from ._engine.spectral import framing_of
from ._mel import MelSpectrogram, mel_filters_of

if TYPE_CHECKING:
    import pandas as pd
    import torch

_SR, _N_FFT, _HOP_LENGTH, _N_MELS = 16000, 512, 256, 96
_LAYERS = ("penultimate", "pool", "tags")
# Patches that a GPU computes at once.
_GPU_PATCHES = 256


@public
@inherit_docs()
class MusicnnEmbedding(ClipTable):
    """Embedding of each clip by musicnn, a CNN trained to tag music: a table.

    The network was trained on 200,000 songs of the Million Song Dataset ("msd") or on 19,000 clips
    of MagnaTagATune ("mtt") to predict fifty tags, among them genres, moods and instruments. The
    values of its last layers are features that small collections can't teach.

    A clip is cut into patches of 3 s; the values of each patch are pooled over the patches.

    Parameters
    ----------
    weights : {"msd", "mtt"}, str, PathLike or None, default="msd"
        Weights: "msd" or "mtt" for those of the package musicnn, which ``pip install --no-deps
        musicnn`` installs; or a path: a file that ``skgenre weights musicnn`` wrote, a checkpoint
        of TensorFlow without its ``.index``, or the folder of one. None is the same network with
        random weights, always the same: a baseline.
    layer : {"penultimate", "pool", "tags"} or a sequence of them, default="penultimate"
        Values of a patch. "penultimate": the 200 of the last hidden layer. "pool": the maxima and
        means over time of all layers before it, 753 each. "tags": the probabilities of the 50 tags.
    pooling : {"mean", "max", "std"} or a sequence of them, default=("mean", "max")
        Statistics over the patches of a clip.
    patch_duration : float, default=3.0
        Duration of a patch in seconds. The network was trained on 3 s.
    sr : float, default=16000
        Sampling rate in Hz: files are resampled to it; arrays are assumed to have it. The network
        needs 16000.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches; "auto" does so if possible.

    Raises
    ------
    ImportError
        In fit and transform, if the package musicnn is not installed, for "msd" and "mtt".
    FileNotFoundError
        If there are no weights at the path.
    ModelFormatError
        If the weights are damaged, or of another network.

    See Also
    --------
    ModuleEmbedding : Embedding by your own network.
    TransformersEmbedding : Embedding by a model of Hugging Face.
    skgenre.nn.Musicnn : The network.

    Notes
    -----
    The input is ``log10(10000 * S + 1)`` of a mel spectrogram of 96 bands, 512 samples per frame
    and 256 from one to the next. The published program rounds the spectrogram to float16 before it
    multiplies, where quiet frames become 0; here all is float32. Its patches of a clip are
    followed by one more here, that ends with the clip, if at least half of it is new. A shorter
    clip is zero-padded to one patch.

    The checkpoint is read without TensorFlow, and nothing in it is executed. The hash of the
    weights is part of the key of the cache.

    References
    ----------
    .. [1] J. Pons, X. Serra, "musicnn: Pre-trained Convolutional Neural Networks for Music Audio
       Tagging", ISMIR late-breaking demo 2019, arXiv:1909.06654.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MusicnnEmbedding
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 4 * 16000))
    >>> MusicnnEmbedding(weights=None).fit_transform(clips).shape
    (2, 400)
    """

    _parameter_constraints: ClassVar[dict] = {
        **ClipTable._parameter_constraints,
        "weights": [str, os.PathLike, None],
        "layer": [str, list, tuple],
        "pooling": [str, list, tuple],
        "patch_duration": [Interval(Real, 0, 600, closed="neither")],
    }

    def __init__(
        self,
        weights: str | os.PathLike | None = "msd",
        *,
        layer: str | Sequence[str] = "penultimate",
        pooling: str | Sequence[str] = ("mean", "max"),
        patch_duration: float = 3.0,
        sr: float = 16000,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.weights = weights
        self.layer = layer
        self.pooling = pooling
        self.patch_duration = patch_duration
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def predict_tags(self, X: Any) -> "pd.DataFrame":
        """Compute the probabilities of musicnn's fifty tags, the means over the patches of a clip.

        Parameters
        ----------
        X : sequence of paths, sequence of waveforms, or array of shape (n_clips, n_samples)
            The clips.

        Returns
        -------
        DataFrame of shape (n_clips, 50)
            Probabilities. The columns are the tags, those of unpublished weights ``tag0`` and so
            on. A clip may have several tags: rows don't sum to 1.

        Examples
        --------
        >>> import numpy as np
        >>> from skgenre.features import MusicnnEmbedding
        >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 4 * 16000))
        >>> MusicnnEmbedding(weights=None).predict_tags(clips).shape
        (2, 50)
        """
        import pandas as pd

        tagger = clone(self).set_params(layer="tags", pooling="mean", dtype="float32")
        table = tagger.set_output(transform="default").transform(X)
        return pd.DataFrame(table, columns=tags_of(self._digest()))

    def _digest(self) -> str:
        name = type(self).__name__
        return "" if self.weights is None else read_weights(self.weights, name).digest

    def _contents(self) -> dict[str, Any]:
        return {"weights": self._digest()}

    def _check_parameters(self) -> None:
        name = type(self).__name__
        check_choices(self, "layer", _LAYERS)
        check_choices(self, "pooling", STATISTICS)
        if self.sr != _SR:
            raise ValueError(
                f"The 'sr' parameter of {name} must be {_SR}, the rate that musicnn was trained "
                f"at. Got {self.sr!r} instead: files are resampled; resample arrays before."
            )
        if self.weights is not None:
            read_weights(self.weights, name)

    def _mel(self) -> MelSpectrogram:
        return MelSpectrogram(
            sr=_SR,
            n_fft=_N_FFT,
            hop_length=_HOP_LENGTH,
            n_mels=_N_MELS,
            pad_mode="reflect",
            scale="power",
        )

    def _patch_frames(self) -> int:
        """Return the frames of a patch, as many as musicnn's own program takes."""
        return max(1, int((self.patch_duration * _SR - _N_FFT // 2) // _HOP_LENGTH) + 1)

    def _window_length(self) -> int:
        return max(_N_FFT, (self._patch_frames() - 1) * _HOP_LENGTH)

    def _starts(self, n_frames: int) -> list[int]:
        """Return the first frame of each patch."""
        return window_starts(n_frames, self._patch_frames())

    def compute(self, y: np.ndarray) -> np.ndarray:
        import torch

        y = np.pad(y, (0, max(0, self._window_length() - len(y))))
        with torch.inference_mode():
            mel = torch.from_numpy(self._mel().compute(y))
            return self._embed(mel.unsqueeze(0))[0].numpy()

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        import torch

        from .torch_kernels import _spectrum

        n_missing = max(0, self._window_length() - waveforms.shape[1])
        waveforms = torch.nn.functional.pad(waveforms, (0, n_missing))
        mel = self._mel()
        filters = mel_filters_of(mel, mel.norm)
        return self._embed(_spectrum.filter_spectrum(waveforms, filters, **framing_of(mel)))

    def _embed(self, mel: "torch.Tensor") -> "torch.Tensor":
        """Return the pooled values of the mel spectrograms of clips of one length."""
        import torch

        network = load_network(self.weights, mel.device.type, type(self).__name__)
        log_mel = torch.log10(10000 * mel + 1)
        length = self._patch_frames()
        starts = self._starts(mel.shape[2])
        patches = torch.stack([log_mel[:, :, start : start + length] for start in starts], 1)
        layers = check_choices(self, "layer", _LAYERS)
        values = []
        for some in patches.flatten(0, 1).split(_GPU_PATCHES):
            pooled, penultimate = network.embed(some)
            # Maxima and means alternate.
            found = {"pool": pooled.unflatten(1, (-1, 2)).transpose(1, 2).flatten(1)}
            found["penultimate"] = penultimate
            if "tags" in layers:
                found["tags"] = torch.sigmoid(network.output(penultimate))
            values.append(torch.cat([found[layer] for layer in layers], 1))
        windows = torch.cat(values).unflatten(0, patches.shape[:2])
        return pool_windows(windows, check_choices(self, "pooling", STATISTICS))

    def _names(self) -> list[str]:
        from ..nn import Musicnn

        n_channels = Musicnn.n_pooled // 2
        names = {
            "penultimate": [f"penultimate{k}" for k in range(Musicnn.n_penultimate)],
            "pool": [f"{kind}_pool{k}" for kind in ("max", "mean") for k in range(n_channels)],
            "tags": [f"tag{k}" for k in range(N_TAGS)],
        }
        columns = [name for layer in check_choices(self, "layer", _LAYERS) for name in names[layer]]
        statistics = check_choices(self, "pooling", STATISTICS)
        return [f"{column}_{statistic}" for statistic in statistics for column in columns]
