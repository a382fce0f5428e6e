"""Music to learn from: folders of files, and music that skgenre composes."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
