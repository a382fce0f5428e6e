"""Set the ``__module__`` of public classes and functions to the one users import them from.

Pickles, model files and documentation identify a class by its ``__module__``. If that were the file
it is defined in, no file could be renamed without breaking them.
"""

import functools
import inspect
import sys
from typing import Any, TypeVar

from ._doc_links import link_params_of

_PACKAGE = __name__.partition(".")[0]
# NumPy and pandas use the same name.
_SOURCE = "_module_source"
# Python 3.13 and later store the line of a class here, and drop it when its module changes.
_LINE = "__firstlineno__"

Item = TypeVar("Item")


def public(item: Item) -> Item:
    """Set the module of a class or function to the nearest public package.

    A decorator for every definition that a subpackage exports: what ``skgenre.classifiers._cnn``
    defines belongs to ``skgenre.classifiers``.

    Parameters
    ----------
    item : class or function
        The item, changed in place.

    Returns
    -------
    class or function
        The same item.
    """
    defined_in = item.__module__
    setattr(item, _SOURCE, defined_in)
    line = getattr(item, "__dict__", {}).get(_LINE)
    item.__module__ = defined_in.partition("._")[0]
    if line is not None:
        setattr(item, _LINE, line)
    if isinstance(item, type) and hasattr(item, "_get_doc_link"):
        _link_to_page(item)
    return item


def _link_to_page(estimator: Any) -> None:
    """Make scikit-learn's diagrams link to the documentation of this package."""
    estimator._doc_link_module = _PACKAGE
    estimator._doc_link_template = "{address}"
    estimator._doc_link_url_param_generator = link_params_of


def source_module(item: Any) -> str | None:
    """Return the name of the module that a public class or function is defined in.

    Parameters
    ----------
    item : object
        The class or function. For anything not public, its ``__module__`` is returned, or None.
    """
    # Not by getattr: a subclass is not defined where its base is.
    own = getattr(item, "__dict__", {}).get(_SOURCE)
    return own if isinstance(own, str) else getattr(item, "__module__", None)


def _let_inspect_find_classes() -> None:
    """Make ``inspect.getsource``, and so IPython's ``??``, find public classes.

    inspect looks for a class in the file of its ``__module__`` and offers no other hook. torch
    wraps the same function for the same reason. Nothing changes for classes of other packages.
    """
    original = inspect.getfile

    @functools.wraps(original)
    def getfile(object: Any) -> str:  # noqa: A002  # as inspect names it
        if isinstance(object, type):
            source = vars(object).get(_SOURCE)
            if isinstance(source, str) and source.startswith(f"{_PACKAGE}."):
                file = getattr(sys.modules.get(source), "__file__", None)
                if file is not None:
                    return file
        return original(object)

    inspect.getfile = getfile


_let_inspect_find_classes()
