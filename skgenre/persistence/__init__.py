"""Save fitted models to files that are safe to load, or that run without skgenre."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
