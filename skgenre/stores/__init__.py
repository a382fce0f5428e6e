"""Features of large collections in stores, on a disk or in an object store.

:func:`extract_features` writes a store, on the cores of one machine or of a Dask cluster;
:func:`open_features` opens one to learn from it without reading it into memory.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
