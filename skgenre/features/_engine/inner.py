"""Check of nested transformers of clips."""

from typing import Any

from .base import AudioTransformer


def check_inner(outer: AudioTransformer, inner: Any, parameter: str, expected: str) -> None:
    """Check a nested transformer, for which the outer one decodes and caches."""
    name = type(outer).__name__
    if not isinstance(inner, AudioTransformer):
        raise ValueError(
            f"The {parameter!r} parameter of {name} must be {expected}. Got {inner!r} instead."
        )
    kind = type(inner).__name__
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
