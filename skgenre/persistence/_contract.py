"""Input of a fitted model, in words and numbers."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from .._pipelines import members_of, paths_of, steps_of


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

    readers = [path[0] for path in paths_of(model)]
    first = next((part for part in readers if isinstance(part, AudioTransformer)), readers[0])
    # An ensemble knows its columns; its members may be given some of them, or no names.
    outer = steps_of(model, opened=True)[0]
    if isinstance(first, AudioTransformer):
        n_samples = getattr(outer, "n_features_in_", getattr(first, "n_features_in_", None))
        return InputContract(
            "audio",
            sr=float(first.sr),
            duration=None if first.duration is None else float(first.duration),
            n_samples=None if n_samples is None else int(n_samples),
        )
    if isinstance(first, SegmentVotingClassifier):
        inner = input_contract_of(members_of(first)[0])
        shape = [*inner.shape, 1] if inner.kind == "table" and inner.shape else inner.shape
        return replace(inner, kind="segments", shape=shape)
    if isinstance(first, TorchClassifier) and not _takes_table(first):
        return InputContract("maps", shape=[int(size) for size in first._input_shape])
    first = outer if hasattr(outer, "n_features_in_") else first
    n_features = getattr(first, "n_features_in_", None)
    names = getattr(first, "feature_names_in_", None)
    return InputContract(
        "maps" if hasattr(first, "n_frames") else "table",  # cuts maps of any length
        shape=None if n_features is None else [int(n_features)],
        columns=None if names is None else [str(name) for name in names],
    )


def _takes_table(network: Any) -> bool:
    n_bands, n_frames = network._input_shape
    # A table is made a map along this axis; a map of that size is refused nowhere.
    return (n_bands, n_frames)[network._table_axis - 1] == 1
