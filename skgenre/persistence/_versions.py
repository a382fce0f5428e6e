"""Versions of the packages that a model depends on."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("skgenre", "scikit-learn", "numpy", "skops", "torch", "xgboost", "xgboost-cpu")


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a model depends on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
