"""Scores missing from scikit-learn, and scorers that use all genres of a model."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
