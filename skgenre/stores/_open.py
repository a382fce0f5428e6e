"""Open a store of features."""

from typing import Any

from .._public import public


@public
def open_features(url: Any) -> Any:
    """Open a store of features."""
    raise NotImplementedError
