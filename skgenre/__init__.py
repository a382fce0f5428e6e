"""Music genre classification with scikit-learn.

Transformers turn sound files into feature maps and tables, classifiers learn from them, and
both are ordinary scikit-learn estimators. Subpackages load on first use: importing
``skgenre`` itself loads neither torch nor librosa nor xgboost.
"""

import lazy_loader as _lazy

__version__ = "0.1.0.dev0"

__getattr__, _lazy_dir, __all__ = _lazy.attach_stub(__name__, __file__)


def __dir__():
    return [*_lazy_dir(), "__version__"]
