"""The systems of five documents, as named, ready pipelines.

:func:`list_systems` names them, with what their documents say of them; :func:`make_system` makes
one.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
