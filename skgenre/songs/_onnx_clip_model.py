"""Clip length of an exported model, and the probabilities of such clips."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ..persistence._onnx.read import OnnxModel
from ._seconds import check_seconds


class OnnxClipModel:
    """Wrap an exported model to take clips of a fixed length.

    The clips are those that :class:`~skgenre.songs._clip_model.ClipModel` cuts for the model that
    was exported.

    Parameters
    ----------
    model : OnnxModel
        The model.
    function : str
        Name of the caller, for error messages.
    segment_duration : float or None
        Clip length in seconds. None takes it from the model.
    segment_hop : float or None
        Seconds from clip to clip. None takes that of the model's segments, or `segment_duration`.

    Attributes
    ----------
    sr : float
        Sampling rate of the clips in Hz.
    n_samples : int
        Samples per clip.
    hop : int
        Samples from the beginning of one clip to the next.
    is_padded : bool
        Whether a clip at the end of a song is padded to `n_samples`.
    classes_ : ndarray of shape (n_genres,)
        The genres.
    thresholds_ : ndarray of shape (n_genres,) or None
        Thresholds of the genres, if clips may have several.

    Raises
    ------
    ValueError
        When the duration is unknown or not that of the model.
    """

    def __init__(
        self,
        model: OnnxModel,
        function: str,
        segment_duration: float | None = None,
        segment_hop: float | None = None,
    ) -> None:
        for name, value in (("segment_duration", segment_duration), ("segment_hop", segment_hop)):
            check_seconds(function, name, value)
        facts = model.facts
        self._function = function
        self._model = model
        self.sr = facts.sr
        self.classes_ = np.array(facts.labels, dtype=object)
        self.thresholds_ = None if facts.thresholds is None else np.array(facts.thresholds, float)
        duration, hop = segment_duration, segment_hop
        votes = facts.segment_duration is not None and duration in (None, facts.segment_duration)
        if votes:
            # Each segment is predicted on its own: the timeline consists of segments.
            self._refuse_cut_segments()
            duration = facts.segment_duration
            hop = facts.segment_hop if hop is None else hop
        self.n_samples = self._find_n_samples(duration)
        self.hop = self.n_samples if hop is None else max(1, round(hop * self.sr))
        # Segments of padding would be segments of silence.
        self.is_padded = votes or facts.segment_duration is None

    def predict_proba(self, clips: Sequence[np.ndarray]) -> np.ndarray:
        """Return the probabilities (n_clips, n_genres) of clips; the last may be shorter."""
        batches = [np.stack(list(batch)) for _, batch in groupby(clips, len)]
        return np.concatenate([self._model.predict_proba(batch) for batch in batches])

    def _refuse_cut_segments(self) -> None:
        """Refuse a model that pads a single segment to a whole clip."""
        facts = self._model.facts
        if facts.duration is not None:
            raise ValueError(
                f"{self._function} can't predict single segments of {facts.segment_duration:g} s "
                f"with this ONNX file, which pads all clips to {facts.duration:g} s. Predict whole "
                f"clips, with --segment-duration {facts.duration:g}, or name the model file that "
                f"it was exported from (.skops)."
            )

    def _find_n_samples(self, duration: float | None) -> int:
        """Return the samples per clip; refuse a duration that the model can't take."""
        facts = self._model.facts
        fixed = facts.n_samples
        if facts.duration is not None and fixed is None:
            fixed = max(1, round(facts.duration * self.sr))
        wanted = None if duration is None else max(1, round(duration * self.sr))
        if fixed is not None and wanted not in (None, fixed):
            raise ValueError(
                f"{self._function} got segment_duration={duration:g}, but this ONNX file takes "
                f"clips of {fixed / self.sr:g} s: leave segment_duration out."
            )
        n_samples = fixed or wanted or facts.fit_n_samples
        if n_samples is None:
            raise ValueError(
                f"{self._function} cuts a song into clips as long as those that the model was "
                f"fitted on, and this ONNX file doesn't say. Give their length in seconds as "
                f"segment_duration= (in a shell --segment-duration)."
            )
        return n_samples
