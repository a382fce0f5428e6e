"""List of public estimators, read from the package itself."""

import importlib
import inspect

from sklearn.base import BaseEstimator

from .._public import public

_SUBPACKAGES = ("features", "classifiers")


@public
def all_estimators() -> list[tuple[str, type[BaseEstimator]]]:
    """Return every public estimator class of skgenre.

    Abstract base classes are left out.

    Returns
    -------
    list of (name, class)
        Sorted by name.

    Examples
    --------
    >>> from skgenre.testing import all_estimators
    >>> "MelSpectrogram" in dict(all_estimators())
    True
    """
    found = {}
    for subpackage in _SUBPACKAGES:
        module = importlib.import_module(f"skgenre.{subpackage}")
        for name in module.__all__:
            item = getattr(module, name)
            is_estimator = inspect.isclass(item) and issubclass(item, BaseEstimator)
            if is_estimator and not inspect.isabstract(item):
                found[name] = item
    return sorted(found.items())
