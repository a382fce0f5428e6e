"""Music genre classification with scikit-learn.

Transformers turn sound files into feature maps and tables, classifiers learn from them, and
both are ordinary scikit-learn estimators. Subpackages load on first use: importing
``skgenre`` itself loads neither torch nor librosa nor xgboost.
"""

import lazy_loader as _lazy

__version__ = "0.1.0.dev0"

try:
    __getattr__, _lazy_dir, __all__ = _lazy.attach_stub(__name__, __file__)
except ValueError as error:
    raise ImportError(
        f"skgenre can't be imported from {__file__}: it and numba read files of the package beside "
        f"its modules (*.pyi, *.py), which can't be opened in a zip. Unpack it, or install skgenre "
        f"with pip."
    ) from error


def __dir__():
    return [*_lazy_dir(), "__version__"]
