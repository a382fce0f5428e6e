"""Reference systems: published genre classifiers as ready-made pipelines.

:func:`list_systems` lists them, with what their sources state; :func:`make_system` makes one.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
