"""Import every module of skgenre, and say which could not be."""

import importlib
import pkgutil
import sys

import skgenre

# They extend classes of uvicorn; `serve` imports them when it has looked for the extra "demo".
OF_AN_EXTRA = {"skgenre.demo._connection", "skgenre.demo._stop"}

failures = []
found = pkgutil.walk_packages(skgenre.__path__, "skgenre.")
names = [info.name for info in found if info.name not in OF_AN_EXTRA]
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failures.append(f"{name}: {error}")
print(f"{len(names) - len(failures)} of {len(names)} modules import")
sys.exit("\n".join(failures) or 0)
