"""Check durations in seconds."""

import math
from numbers import Real


def check_seconds(function: str, name: str, value: float | None) -> None:
    """Refuse a duration that is neither None nor a positive number."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if value is not None and not (is_number and 0 < value < math.inf):
        raise ValueError(
            f"{function} needs {name} to be a positive number of seconds, or None. Got {value!r}."
        )
