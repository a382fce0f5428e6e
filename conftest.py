"""Collection of doctests, for pytest in any folder of the repository."""

import doctest
from types import ModuleType

from skgenre._public import source_module


def _is_from(finder: doctest.DocTestFinder, module: ModuleType | None, item: object) -> bool:
    """Tell whether an item is defined in a module.

    doctest goes by ``__module__``, which of a public item is the package that users import it
    from: none of our examples would be found in the file they stand in.
    """
    if module is not None and hasattr(item, "_module_source"):
        return source_module(item) == module.__name__
    return _found_by_doctest(finder, module, item)


_found_by_doctest = doctest.DocTestFinder._from_module
doctest.DocTestFinder._from_module = _is_from
