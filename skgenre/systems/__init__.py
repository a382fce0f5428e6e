"""Ready-made pipelines by name: skgenre's own models, and the reference systems of the literature.

:func:`list_models` and :func:`list_systems` list them; :func:`make_system` makes one.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
