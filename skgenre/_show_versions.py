"""System information for bug reports."""

import importlib.metadata
import platform
import sys

from ._public import public

_DEPENDENCIES = (
    "skgenre",
    "scikit-learn",
    "skorch",
    "torch",
    "librosa",
    "numpy",
    "scipy",
    "pandas",
    "numba",
    "soundfile",
    "soxr",
    "xgboost",
    "xgboost-cpu",
    "skops",
    "joblib",
    "matplotlib",
)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


@public
def show_versions() -> None:
    """Print the versions of Python, skgenre and its dependencies, and the devices torch sees.

    Loads torch, to list the devices, and soundfile, for its decoder.

    Examples
    --------
    >>> import skgenre
    >>> skgenre.show_versions()  # doctest: +ELLIPSIS
    System:
        python: ...
    """
    import soundfile
    import torch

    facts = {
        "System": {
            "python": sys.version.split()[0],
            "executable": sys.executable,
            "machine": platform.platform(),
        },
        "Packages": {name: _version(name) for name in _DEPENDENCIES},
        "Audio and devices": {
            "libsndfile": soundfile.__libsndfile_version__,
            "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
            "mps": "available" if torch.backends.mps.is_available() else "none",
            "torch threads": str(torch.get_num_threads()),
        },
    }
    for title, rows in facts.items():
        print(f"{title}:")  # noqa: T201
        width = max(map(len, rows))
        for name, value in rows.items():
            print(f"    {name:>{width}}: {value}")  # noqa: T201
