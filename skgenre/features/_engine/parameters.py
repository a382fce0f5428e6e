"""Validation of parameters, once for equal values: it takes as long as a short clip."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sklearn.utils._param_validation import validate_parameter_constraints

# Values of these types are valid or not whenever they are asked about.
_PLAIN = {str, int, float, bool, type(None)}


def validate_parameters(kind: type, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters outside the constraints of a class of estimators, as scikit-learn does."""
    if _PLAIN.issuperset(map(type, parameters.values())):
        _validate_plain(kind, tuple(parameters), *parameters.values())
    else:
        _validate(kind, parameters)


@lru_cache(maxsize=64, typed=True)  # True, 1 and 1.0 are not equally valid
def _validate_plain(kind: type, names: tuple[str, ...], *values: Any) -> None:
    _validate(kind, dict(zip(names, values, strict=True)))


def _validate(kind: Any, parameters: Mapping[str, Any]) -> None:
    validate_parameter_constraints(kind._parameter_constraints, parameters, kind.__name__)
