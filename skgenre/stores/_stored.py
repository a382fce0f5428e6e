"""Features in a store, as an array."""

from .._public import public


@public
class FeatureStore:
    """Features in a store."""
