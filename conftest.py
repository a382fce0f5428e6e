"""Collection of tests and doctests, and compilation, for pytest in any folder of the repository."""

import doctest
import gc
import subprocess
import sys
from collections.abc import Generator
from types import ModuleType

import pytest

from skgenre._public import source_module

# Scripts and extensions of the documentation: the build and tests/docs run them.
collect_ignore_glob = ["docs/*.py"]


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


def pytest_configure(config: pytest.Config) -> None:
    """Compile librosa's functions before parallel processes start.

    In a new environment, processes that compile them at once leave a cache of machine code that
    crashes every process that reads it.
    """
    is_worker = hasattr(config, "workerinput")
    if getattr(config.option, "numprocesses", None) and not is_worker:
        imports = "import librosa.beat, librosa.core.audio, librosa.core.pitch, librosa.util.utils"
        subprocess.run([sys.executable, "-c", imports], check=False)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect thousands of tests without searching for garbage among them, then or later.

    Imports and tests make millions of objects that live until the end. Searching them took a third
    of the time of the collection, and most of each ``gc.collect()`` of a test.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
