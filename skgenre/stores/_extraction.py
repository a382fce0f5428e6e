"""Result of an extraction."""

from .._public import public


@public
class Extraction:
    """Result of an extraction."""
