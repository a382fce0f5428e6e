"""Input of a fitted model, in words and numbers."""

from dataclasses import asdict, dataclass
from typing import Any

from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class InputContract:
    """Input of a model.

    Parameters
    ----------
    kind : {"audio", "segments", "maps", "table"}
        Sound files or waveforms; feature maps of segments; feature maps; numbers in columns.
    sr : float or None
        Sampling rate of waveforms in Hz; files of any rate are resampled to it.
    duration : float or None
        Seconds that clips are cut or padded to. None means that they are not.
    n_samples : int or None
        Samples per clip, if the model was fitted on an array.
    shape : list of int or None
        (n_bands, n_frames) for maps, (n_features,) for a table.
    columns : list of str or None
        Names of a table's columns.
    """

    kind: str
    sr: float | None = None
    duration: float | None = None
    n_samples: int | None = None
    shape: list[int] | None = None
    columns: list[str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the known values, for JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def describe(self) -> str:
        """Describe X in a sentence."""
        if self.kind == "audio":
            length = "of any length that the features take"
            if self.duration is not None:
                length = f"cut or padded with zeros to {self.duration:.4g} s"
            elif self.n_samples is not None:
                length = f"of {self.n_samples} samples as in fit, where an array is given"
            return (
                f"A list of sound files, which are resampled, or mono waveforms at {self.sr:g} Hz "
                f"in [-1, 1], of shape (n_clips, n_samples), {length}."
            )
        size = "?" if self.shape is None else " x ".join(map(str, self.shape))
        if self.kind == "table":
            return f"A table of shape (n_clips, {size})."
        axes = "(n_clips, n_segments, {})" if self.kind == "segments" else "(n_clips, {})"
        return f"Feature maps of shape {axes.format(size.replace(' x ', ', '))}."


def input_contract_of(model: Any) -> InputContract:
    """Return the input contract of a fitted model."""
    from ..classifiers import SegmentVotingClassifier, TorchClassifier
    from ..features import AudioTransformer

    first = _first(model)
    if isinstance(first, AudioTransformer):
        n_samples = getattr(first, "n_features_in_", None)
        return InputContract(
            "audio",
            sr=float(first.sr),
            duration=None if first.duration is None else float(first.duration),
            n_samples=None if n_samples is None else int(n_samples),
        )
    is_voting = isinstance(first, SegmentVotingClassifier)
    inner = first.estimator_ if is_voting else first
    if isinstance(inner, TorchClassifier) and not _takes_table(inner):
        kind = "segments" if is_voting else "maps"
        return InputContract(kind, shape=[int(size) for size in inner._input_shape])
    n_features = getattr(inner, "n_features_in_", None)
    names = getattr(inner, "feature_names_in_", None)
    shape = None if n_features is None else [int(n_features)]
    if hasattr(first, "n_frames"):  # cuts maps of any length
        return InputContract("maps", shape=shape)
    return InputContract(
        "segments" if is_voting else "table",
        shape=[*shape, 1] if is_voting and shape else shape,
        columns=None if names is None else [str(name) for name in names],
    )


def _first(model: Any) -> Any:
    """Return the step that sees X first."""
    if isinstance(model, Pipeline):
        steps = [step for _, step in model.steps if step not in (None, "passthrough")]
        return _first(steps[0])
    members = getattr(model, "estimators_", None)
    if isinstance(members, list) and members and isinstance(members[0], Pipeline):
        return _first(members[0])
    return model


def _takes_table(network: Any) -> bool:
    n_bands, n_frames = network._input_shape
    # A table is made a map along this axis; a map of that size is refused nowhere.
    return (n_bands, n_frames)[network._table_axis - 1] == 1
