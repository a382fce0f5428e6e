"""Base of transformers that wrap another one."""

from typing import Any

from ...exceptions import ShapeMismatchError
from .base import AudioTransformer
from .inner import check_inner


class FeatureWrapper(AudioTransformer):
    """Base of processing of the waveform before, or of the feature map after, a transformer."""

    feature: Any

    def _check_parameters(self) -> None:
        check_inner(self, self.feature, "feature", "a transformer of clips, such as MelSpectrogram")
        if self.feature._is_ragged_allowed:
            inner = type(self.feature).__name__
            raise ValueError(
                f"{type(self).__name__} takes a feature of clips, and {inner} makes segments: "
                f"put it inside, as in {inner}({type(self).__name__}(...))."
            )

    def _window_length(self) -> int:
        return self.feature._window_length()

    def _is_short(self, n_samples: int) -> bool:
        return self.feature._is_short(n_samples)

    def _name_band(self, band: int) -> str:
        return self.feature._name_band(band)

    def _require_map(self, feature: Any) -> Any:
        if feature.ndim != 2:
            raise ShapeMismatchError(
                f"{type(self).__name__} needs a feature map of bands and frames, but "
                f"{type(self.feature).__name__} makes a row of {feature.shape[-1]} numbers."
            )
        return feature
