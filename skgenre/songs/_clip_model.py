"""Clip length of a fitted model, and the probabilities of such clips."""

import copy
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils.validation import check_is_fitted


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
    classes_ : ndarray of shape (n_genres,)
        The genres.

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
        duration, hop = segment_duration, segment_hop
        for name, value in (("segment_duration", duration), ("segment_hop", hop)):
            _check_seconds(function, name, value)
        self._function = function
        model = getattr(model, "best_estimator_", model)
        check_is_fitted(model)
        self._model = model
        if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
            raise ValueError(
                f"{function} needs a fitted classifier with predict_proba, and "
                f"{type(model).__name__} has none: use one that has, or put it into a "
                f"SegmentVotingClassifier with voting='hard'."
            )
        readers = self._find_readers()
        self._reader = readers[0]
        self.classes_ = model.classes_
        self.sr = self._reader.sr
        voting = _find_voting_segmenter(model)
        if voting is not None and duration in (None, voting.segment_duration):
            # Each segment is predicted on its own: the timeline consists of segments.
            duration = voting.segment_duration
            hop = voting.segment_hop if hop is None else hop
        self._refuse_other_duration(duration, voting)
        if voting is not None:
            self._model = _without_duration(model)
        self.n_samples = self._find_n_samples(duration, readers)
        self.hop = self.n_samples if hop is None else max(1, round(hop * self.sr))

    def predict_proba(self, clips: Sequence[np.ndarray]) -> np.ndarray:
        """Return the probabilities of clips of `n_samples` samples, (n_clips, n_genres)."""
        # A list, since the length of an array would be compared with that in fit.
        return self._model.predict_proba(list(clips))

    def _find_readers(self) -> list[Any]:
        """Return the transformers that see X first."""
        from ..features import AudioTransformer

        readers = list(_first_steps(self._model))
        for reader in readers:
            if not isinstance(reader, AudioTransformer):
                raise ValueError(
                    f"{self._function} needs a model that takes sound files, such as a pipeline "
                    f"that begins with MelSpectrogram, Segmenter or GTZANFeatures. This one begins "
                    f"with {type(reader).__name__}."
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
            return max(1, round(self._reader.segment_duration * self.sr))
        for find in (_n_samples_in_fit, _n_samples_of_network):
            n_samples = find(self._model, self._reader)
            if n_samples is not None:
                return n_samples
        raise ValueError(
            f"{self._function} cuts a song into clips as long as those that the model was fitted "
            f"on, and this model doesn't tell: it was fitted on files, and its "
            f"{type(self._reader).__name__} has duration=None. Give their length in seconds as "
            f"segment_duration= (in a shell --segment-duration), or fit a model with duration= in "
            f"{type(self._reader).__name__}."
        )


def _check_seconds(function: str, name: str, value: float | None) -> None:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if value is not None and not (is_number and 0 < value < np.inf):
        raise ValueError(
            f"{function} needs {name} to be a positive number of seconds, or None. Got {value!r}."
        )


def _steps(model: Any) -> list[Any]:
    """Return the steps of a pipeline, with those of pipelines in it."""
    if not isinstance(model, Pipeline):
        return [model]
    steps = [step for _, step in model.steps if step not in (None, "passthrough")]
    return [part for step in steps for part in _steps(step)]


def _first_steps(model: Any) -> Iterator[Any]:
    """Yield the steps that see X first: the first step, or that of each ensemble member."""
    first = _steps(model)[0]
    members: list[Any] = []
    if isinstance(first, FeatureUnion):
        members = [member for _, member in first.transformer_list]
    elif hasattr(first, "calibrated_classifiers_"):
        members = [calibrated.estimator for calibrated in first.calibrated_classifiers_]
    elif isinstance(getattr(first, "estimators_", None), list):
        members = first.estimators_
    if not members:
        yield first
    for member in members:
        yield from _first_steps(member)


def _find_voting_segmenter(model: Any) -> Any:
    """Return the segmenter of a pipeline whose segments vote, if its segments have a duration."""
    from ..classifiers import SegmentVotingClassifier

    steps = _steps(model)
    has_segments = getattr(steps[0], "n_segments", 0) is None
    return steps[0] if has_segments and isinstance(steps[-1], SegmentVotingClassifier) else None


def _without_duration(model: Any) -> Pipeline:
    """Return a pipeline of the same fitted steps that takes clips of any length."""
    first, *others = _steps(model)
    first = copy.copy(first).set_params(duration=None, verbose=0)
    return Pipeline([(str(number), step) for number, step in enumerate([first, *others])])


def _n_samples_in_fit(model: Any, reader: Any) -> int | None:
    """Return the number of samples of the clips in fit, if they were an array."""
    n_samples = getattr(reader, "n_features_in_", None)
    return None if n_samples is None else int(n_samples)


def _n_samples_of_network(model: Any, reader: Any) -> int | None:
    """Return the number of samples that gives the network's input maps, if there is one."""
    from ..classifiers._network import NetworkClassifier
    from ..persistence._onnx_features import fitted_length

    last = _steps(model)[-1]
    if not isinstance(last, NetworkClassifier):
        return None
    n_frames = last._input_shape[1]
    try:
        n_samples = fitted_length(reader, n_frames)
        feature = reader._compute(np.zeros(n_samples, np.float32))
    except (AttributeError, ValueError):  # a table, or no frames of one length
        return None
    return n_samples if feature.ndim == 2 and feature.shape[1] == n_frames else None
