"""Write the features of many clips into a store."""

from typing import Any

from .._public import public


@public
def extract_features(clips: Any, feature: Any, out: Any) -> Any:
    """Write the features of many clips into a store."""
    raise NotImplementedError
