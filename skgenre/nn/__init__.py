"""Networks as plain torch modules: feature maps in, logits out.

They don't depend on scikit-learn or skorch. Each takes maps of the shape (n_clips, n_bands,
n_frames) and begins with a :class:`Standardize` layer.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
