"""Features of segments: the segments are an axis; a row stays a clip."""

import os
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._pipelines import steps_of
from .._public import public
from ..audio import fix_duration
from ..exceptions import ShapeMismatchError
from ._engine.base import AudioTransformer
from ._engine.wrapper import check_inner

if TYPE_CHECKING:
    import torch

DEFAULT_SEGMENT_DURATION = 3.0

SEGMENT_CONSTRAINTS: dict = {
    "segment_duration": [Interval(Real, 0, None, closed="neither")],
    "segment_hop": [Interval(Real, 0, None, closed="neither"), None],
    "n_segments": [Interval(Integral, 1, None, closed="left"), None],
}


@public
@inherit_docs()
class Segmenter(AudioTransformer):
    """Cut each clip into segments and compute a feature of each.

    The segments become the second axis of the result. A last segment that is at least half full is
    zero-padded and kept; a shorter one is dropped. A clip shorter than one segment is padded. So
    the clips of GTZAN, 660,000 to 675,808 samples long, all have ten segments of 3 s.

    Parameters
    ----------
    feature : transformer or Pipeline
        Feature of each segment: a transformer of clips such as :class:`MelSpectrogram` or
        :class:`FeatureStack`, or a Pipeline of one and of transformers of feature maps that need no
        fitting, such as :class:`FramePooling`. It must have the same `sr` and no `memory` or
        `duration` of its own: the Segmenter decodes and caches.
    segment_duration : float, default=3.0
        Duration of a segment in seconds. Ignored if `n_segments` is given.
    segment_hop : float, default=None
        Seconds from the beginning of one segment to the next. None means `segment_duration`: no
        overlap.
    n_segments : int, default=None
        Cut each clip into this many segments of the same length instead.
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are; clips of different lengths then give a ragged result.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches, if `feature` can; "auto" does so if
        possible.

    See Also
    --------
    FrameSegmenter : Cut a feature map instead of the waveform.
    skgenre.classifiers.SegmentVotingClassifier : Learn from segments, predict clips.

    Notes
    -----
    The result has the shape (n_clips, n_segments, n_bands, n_frames). When clips have different
    numbers of segments it is ragged: a 1-D object array of (n_segments, n_bands, n_frames).

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MelSpectrogram, Segmenter
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 5 * 22050))
    >>> segmenter = Segmenter(MelSpectrogram(n_mels=32), segment_duration=1.0)
    >>> segmenter.fit_transform(clips).shape
    (2, 5, 32, 44)
    >>> [maps.shape for maps in segmenter.fit_transform([clips[0], clips[1, :44100]])]
    [(5, 32, 44), (2, 32, 44)]
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        **SEGMENT_CONSTRAINTS,
        "feature": [AudioTransformer, Pipeline],
    }
    _is_ragged_allowed = True

    def __init__(
        self,
        feature: Any,
        *,
        segment_duration: float = 3.0,
        segment_hop: float | None = None,
        n_segments: int | None = None,
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.feature = feature
        self.segment_duration = segment_duration
        self.segment_hop = segment_hop
        self.n_segments = n_segments
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        check_segment_parameters(self)
        name = type(self).__name__
        expected = (
            "a transformer of clips, such as MelSpectrogram, or a Pipeline that begins with one"
        )
        check_inner(self, self._first, "feature", expected)
        if self._first._is_ragged_allowed:
            raise ValueError(
                f"The 'feature' parameter of {name} must not make segments itself, as "
                f"{type(self._first).__name__} does: leave out one of the two."
            )
        for step in self._rest:
            if get_tags(step).requires_fit:
                raise ValueError(
                    f"The 'feature' parameter of {name} must not need fitting, but "
                    f"{type(step).__name__} in it does: put it after the Segmenter instead, "
                    f"where it is fitted on the training clips of each fold."
                )

    @property
    def _first(self) -> BaseEstimator:
        return steps_of(self.feature)[0]

    @property
    def _rest(self) -> list[BaseEstimator]:
        return steps_of(self.feature)[1:]

    def _name_band(self, band: int) -> str:
        return super()._name_band(band) if self._rest else self._first._name_band(band)

    def _segment_samples(self) -> int:
        return max(1, round(self.segment_duration * self.sr))

    def _window_length(self) -> int:
        return self._first._window_length()

    def _is_short(self, n_samples: int) -> bool:
        if self.n_segments is not None:
            return self._first._is_short(n_samples // self.n_segments)
        return self._first._is_short(min(n_samples, self._segment_samples()))

    def compute(self, y: np.ndarray) -> np.ndarray:
        segments = [self._first.compute(segment) for segment in self._cut(y)]
        shapes = {np.shape(segment) for segment in segments}
        if len(shapes) > 1:
            raise ShapeMismatchError(
                f"The 'feature' of {type(self).__name__} has to make an array of the same shape of "
                f"each segment of a clip. It made {' and '.join(map(str, sorted(shapes)))}."
            )
        return self._apply_rest(np.stack(segments).astype(np.float32, copy=False))

    def _apply_rest(self, maps: np.ndarray) -> np.ndarray:
        """Apply the other steps to the maps of a clip's segments."""
        n_segments = len(maps)
        for step in self._rest:
            maps = _as_arrays(step).transform(maps)
        maps = np.asarray(maps)
        if maps.ndim not in (2, 3) or len(maps) != n_segments:
            raise ShapeMismatchError(
                f"The 'feature' of {type(self).__name__} has to make one feature map or row of "
                f"each segment. Of {n_segments} segments it made an array of shape {maps.shape}."
            )
        # A table has one column per feature: a map of one frame.
        return maps[..., np.newaxis] if maps.ndim == 2 else maps

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        import torch

        # Cutting the sample indices, from 1, gives the positions of each segment's samples; 0 marks
        # zero-padding.
        places = np.stack(self._cut(np.arange(1, waveforms.shape[1] + 1)))
        padded = torch.nn.functional.pad(waveforms, (1, 0))
        segments = padded[:, torch.from_numpy(places).to(waveforms.device)]
        maps = self._first._compute_batch(segments.flatten(0, 1))
        maps = maps.unflatten(0, segments.shape[:2]).to(torch.float32)
        if not self._rest and maps.ndim == 4:
            return maps
        # Steps after the first run on the CPU.
        rows = [self._apply_rest(clip) for clip in maps.cpu().numpy()]
        return torch.from_numpy(np.stack(rows))

    def _cut(self, y: np.ndarray) -> list[np.ndarray]:
        if self.n_segments is not None:
            length = len(y) // self.n_segments
            if length == 0:
                raise ValueError(
                    f"{type(self).__name__} can't cut a clip of {len(y)} samples into "
                    f"n_segments={self.n_segments}."
                )
            return [y[k * length : (k + 1) * length] for k in range(self.n_segments)]
        length = self._segment_samples()
        hop = length if self.segment_hop is None else max(1, round(self.segment_hop * self.sr))
        if len(y) <= length:
            return [fix_duration(y, length, 1)]
        n_full = 1 + (len(y) - length) // hop
        segments = [y[k * hop : k * hop + length] for k in range(n_full)]
        is_covered = (n_full - 1) * hop + length >= len(y)
        last = y[n_full * hop :]
        if not is_covered and 2 * len(last) >= length:
            segments.append(fix_duration(last, length, 1))
        return segments


def _as_arrays(step: Any) -> Any:
    """Return a transformer of maps that gives arrays, whatever its `set_output`."""
    return clone(step).set_output(transform="default") if hasattr(step, "set_output") else step


def check_segment_parameters(estimator: Any) -> None:
    """Refuse incompatible ways of cutting."""
    name = type(estimator).__name__
    if estimator.n_segments is not None:
        if estimator.segment_duration != DEFAULT_SEGMENT_DURATION:
            raise ValueError(
                f"{name} takes n_segments or segment_duration, not both. Got "
                f"n_segments={estimator.n_segments} and "
                f"segment_duration={estimator.segment_duration}."
            )
        if estimator.segment_hop is not None:
            raise ValueError(
                f"{name} with n_segments cuts without overlap: it takes no segment_hop. Got "
                f"segment_hop={estimator.segment_hop}."
            )
