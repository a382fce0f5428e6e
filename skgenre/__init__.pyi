from . import audio as audio
from . import classifiers as classifiers
from . import datasets as datasets
from . import demo as demo
from . import exceptions as exceptions
from . import features as features
from . import inspection as inspection
from . import metrics as metrics
from . import model_selection as model_selection
from . import nn as nn
from . import persistence as persistence
from . import songs as songs
from . import stores as stores
from . import systems as systems
from . import testing as testing
from ._show_versions import show_versions as show_versions

__version__: str

__all__ = [
    "audio",
    "classifiers",
    "datasets",
    "demo",
    "exceptions",
    "features",
    "inspection",
    "metrics",
    "model_selection",
    "nn",
    "persistence",
    "show_versions",
    "songs",
    "stores",
    "systems",
    "testing",
]
