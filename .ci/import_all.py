"""Import every module of skgenre, and say which could not be."""

import importlib
import pkgutil
import sys

import skgenre

failures = []
names = [info.name for info in pkgutil.walk_packages(skgenre.__path__, "skgenre.")]
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failures.append(f"{name}: {error}")
print(f"{len(names) - len(failures)} of {len(names)} modules import")
sys.exit("\n".join(failures) or 0)
