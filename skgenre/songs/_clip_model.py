"""Clip length of a fitted model, and the probabilities of such clips."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from .._pipelines import (
    describe_task,
    genres_of_model,
    last_models,
    open_search,
    paths_of,
    steps_of,
    thresholds_of_model,
)
from .._several_genres import join_probabilities
from ._seconds import check_seconds


class ClipModel:
    """Wrap a fitted model to take clips of a fixed length.

    Parameters
    ----------
    model : classifier or Pipeline
        Fitted, with sound files as its X.
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
        When the model is not suitable, or the duration is unknown or not that of the model.
    """

    def __init__(
        self,
        model: Any,
        function: str,
        segment_duration: float | None = None,
        segment_hop: float | None = None,
    ) -> None:
        from ..classifiers import SegmentVotingClassifier

        duration, hop = segment_duration, segment_hop
        for name, value in (("segment_duration", duration), ("segment_hop", hop)):
            check_seconds(function, name, value)
        self._function = function
        model = open_search(model)
        check_is_fitted(model)
        self._model = model
        if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
            cure = ": use one that has them, or wrap it in SegmentVotingClassifier(voting='hard')"
            cure = cure if is_classifier(model) else ""
            raise ValueError(
                f"{function} needs a fitted classifier with predict_proba, got "
                f"{describe_task(model)}{cure}."
            )
        readers = self._find_readers()
        # One that cuts segments tells how long a clip is.
        cutting = [part for part in readers if getattr(part, "n_segments", 0) is None]
        self._reader = (cutting or readers)[0]
        self.classes_ = np.asarray(genres_of_model(model))
        self.thresholds_ = thresholds_of_model(model)
        self.sr = self._reader.sr
        steps = steps_of(model, opened=True)
        votes = isinstance(steps[-1], SegmentVotingClassifier)
        voting = steps[0] if votes and getattr(steps[0], "n_segments", 0) is None else None
        if voting is not None and duration in (None, voting.segment_duration):
            # Each segment is predicted on its own: the timeline consists of segments.
            duration = voting.segment_duration
            hop = voting.segment_hop if hop is None else hop
        self._refuse_other_duration(duration, voting)
        if voting is not None:
            # The same fitted steps, for clips of any length.
            segmenter = copy.copy(voting).set_params(duration=None, verbose=0)
            self._model = make_pipeline(segmenter, *steps[1:])
        self.n_samples = self._find_n_samples(duration, readers)
        self.hop = self.n_samples if hop is None else max(1, round(hop * self.sr))
        # A Segmenter would turn the padding into segments of silence.
        self.is_padded = not cutting

    def predict_proba(self, clips: Sequence[np.ndarray]) -> np.ndarray:
        """Return the probabilities (n_clips, n_genres) of clips; the last may be shorter."""
        # A list, since the length of an array would be compared with that in fit.
        found = self._model.predict_proba(list(clips))
        return join_probabilities(found, self._model.classes_)

    def _find_readers(self) -> list[Any]:
        """Return the transformers that see X first."""
        from ..features import AudioTransformer

        readers = [path[0] for path in paths_of(self._model)]
        for reader in readers:
            if not isinstance(reader, AudioTransformer):
                raise ValueError(
                    f"{self._function} needs a model that takes sound files, such as a pipeline "
                    f"that begins with MelSpectrogram, Segmenter or GTZANFeatures. This one begins "
                    f"with {type(reader).__name__}: if it was fitted on features, put the "
                    f"transformer that computes them before it, as in "
                    f"make_pipeline(MelSpectrogram(duration=30), model)."
                )
            if reader.sr != readers[0].sr:
                raise ValueError(
                    f"{self._function} cuts a song once for all parts of the model, and they have "
                    f"different rates, sr={readers[0].sr:g} and sr={reader.sr:g}."
                )
        return readers

    def _refuse_other_duration(self, duration: float | None, voting: Any) -> None:
        fitted = self._reader.duration
        if voting is None and None not in (fitted, duration) and fitted != duration:
            raise ValueError(
                f"{self._function} got segment_duration={duration:g}, but the model's "
                f"{type(self._reader).__name__} cuts or pads every clip to {fitted:g} s: leave "
                f"segment_duration out."
            )

    def _find_n_samples(self, duration: float | None, readers: list[Any]) -> int:
        if duration is not None:
            return max(1, round(duration * self.sr))
        durations = {reader.duration for reader in readers} - {None}
        if len(durations) > 1:
            raise ValueError(
                f"{self._function} cuts a song once for all parts of the model, and they take "
                f"clips of different durations: {', '.join(f'{d:g} s' for d in sorted(durations))}."
            )
        if durations:
            return max(1, round(durations.pop() * self.sr))
        if getattr(self._reader, "n_segments", 0) is None:
            segment, hop = self._reader.segment_duration, self._reader.segment_hop
            n_more = _n_pooled_segments(self._model) - 1
            return max(1, round((segment + n_more * (segment if hop is None else hop)) * self.sr))
        n_samples = getattr(self._reader, "n_features_in_", None)
        # An ensemble may give its members some of the columns.
        n_samples = getattr(steps_of(self._model, opened=True)[0], "n_features_in_", n_samples)
        if n_samples is None:
            n_samples = _n_samples_of_network(self._model)
        if n_samples is not None:
            return int(n_samples)
        raise ValueError(
            f"{self._function} cuts a song into clips as long as those that the model was fitted "
            f"on, and this model doesn't tell: it was fitted on files, and its "
            f"{type(self._reader).__name__} has duration=None. Give their length in seconds as "
            f"segment_duration= (in a shell --segment-duration), or fit a model with duration= in "
            f"{type(self._reader).__name__}."
        )


def _n_pooled_segments(model: Any) -> int:
    """Return the number of segments of a training clip that were pooled; 1 if none were."""
    from ..features import SegmentPooling

    numbers = [
        getattr(part, "n_segments_", 1)
        for path in paths_of(model)
        for part in path
        if isinstance(part, SegmentPooling)
    ]
    return max(numbers, default=1)


def _n_samples_of_network(model: Any) -> int | None:
    """Return the number of samples that gives the input maps of a network, if there is one."""
    from ..classifiers import TorchClassifier
    from ..persistence._onnx.features import fitted_length

    for reader, *_, last in filter(lambda path: len(path) > 1, paths_of(model)):
        for network in last_models(last):
            if not isinstance(network, TorchClassifier):
                continue
            n_frames = network._input_shape[1]
            try:
                n_samples = fitted_length(reader, n_frames)
                feature = reader.compute(np.zeros(n_samples, np.float32))
            except (AttributeError, ValueError):  # a table, or no frames of one length
                continue
            if feature.ndim == 2 and feature.shape[1] == n_frames:
                return n_samples
    return None
