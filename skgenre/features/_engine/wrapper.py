"""Transformers inside others: their check, and the base of those that wrap one."""

from typing import Any

from ...exceptions import ShapeMismatchError
from .base import AudioTransformer
from .own_classes import check_is_constructed


def check_inner(outer: AudioTransformer, inner: Any, parameter: str, expected: str) -> None:
    """Check a nested transformer, for which the outer one decodes and caches."""
    name = type(outer).__name__
    if not isinstance(inner, AudioTransformer):
        raise ValueError(
            f"The {parameter!r} parameter of {name} must be {expected}. Got {inner!r} instead."
        )
    kind = type(inner).__name__
    check_is_constructed(inner, AudioTransformer._parameter_constraints)
    if inner.sr != outer.sr:
        raise ValueError(
            f"{name} has sr={outer.sr:g}, but {kind} in it has sr={inner.sr:g}: clips are decoded "
            f"once, so give both the same."
        )
    for setting in ("duration", "memory"):
        value = getattr(inner, setting)
        if value is not None:
            raise ValueError(
                f"{kind} inside {name} has {setting}={value!r}, but it is {name} that decodes and "
                f"caches: set {setting} there, and leave it None in {kind}."
            )
    if inner.dtype != "float32":
        raise ValueError(
            f"{kind} inside {name} has dtype={inner.dtype!r}, but it is {name} that makes the "
            f"result: set dtype there, and leave it 'float32' in {kind}."
        )
    if inner.device not in ("cpu", outer.device):
        raise ValueError(
            f"{kind} inside {name} has device={inner.device!r}, but it is {name} that says where "
            f"to compute: set device there, and leave it 'cpu' in {kind}."
        )
    inner._validate_params()
    inner._check_parameters()


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
