"""What a model file may name: kinds of nodes, classes and functions."""

import importlib
import io
import json
import sys
import zipfile
from typing import Any

from ..exceptions import ModelFormatError

# What skops may make of a node. Left out: bound methods, functools.partial, the operator module's
# functions, calls of a class with arguments from the file, and whatever skops will learn.
NODES = frozenset(
    {
        "BytearrayNode",
        "BytesNode",
        "CachedNode",
        "DTypeNode",
        "DefaultDictNode",
        "DictNode",
        "FunctionNode",
        "JsonNode",
        "ListNode",
        "LossNode",
        "MaskedArrayNode",
        "NdArrayNode",
        "ObjectNode",
        "RandomGeneratorNode",
        "RandomStateNode",
        "SetNode",
        "SliceNode",
        "SparseMatrixNode",
        "TreeNode",
        "TupleNode",
        "TypeNode",
    }
)

# Besides scikit-learn's public estimators and NumPy's numbers, which skops trusts itself. Each was
# read: making one of a file's contents sets attributes and calls nothing that the file names.
_SKLEARN = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)
# A Booster is rebuilt by XGBoost's parser of UBJSON, which has numbers and names alone.
_XGBOOST = (
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRFClassifier",
)
_FUNCTIONS = ("skgenre.systems._shapes.segments_to_frames",)
# Named here, not asked for: their modules load PyTorch, which not every model needs.
_NN = ("skgenre.nn._augmentation.Augmentation", "skgenre.nn._losses.DoubleSoftmaxLoss")
# scikit-learn's adapters of other array libraries, each of which loads its library.
_ADAPTERS = tuple(
    f"sklearn.externals.array_api_compat.{library}" for library in ("cupy", "dask", "torch")
)
_FAMILIES = ("skgenre", "sklearn", "numpy", "xgboost")


def trusted_names() -> frozenset[str]:
    """Return the full names that a model file may have, besides those that skops trusts."""
    return frozenset({*_skgenre_classes(), *_NN, *_FUNCTIONS, *_SKLEARN, *_XGBOOST})


def _skgenre_classes() -> list[str]:
    """Name our public estimators, wherever they are defined."""
    from sklearn.base import BaseEstimator

    from .. import classifiers, features

    public = [getattr(part, name) for part in (classifiers, features) for name in part.__all__]
    found = [c for c in public if isinstance(c, type) and issubclass(c, BaseEstimator)]
    return [f"{c.__module__}.{c.__qualname__}" for c in found]


def load_trusted(data: bytes, path: str) -> Any:
    """Build the object of a skops file, if all that it names is trusted.

    Parameters
    ----------
    data : bytes
        A skops file.
    path : str
        The name for messages.
    """
    skops_io = import_skops()
    refused = find_refused(data)
    if refused:
        raise ModelFormatError(
            f"{path}: the file needs {', '.join(refused)}, and load_model makes objects of "
            f"{', '.join(_FAMILIES)} alone, by a fixed list of classes. Nothing was loaded."
        )
    return skops_io.loads(data, trusted=skops_io.get_untrusted_types(data=data))


def import_skops() -> Any:
    """Import skops.io, and no library of arrays for it.

    skops asks scikit-learn for all its estimators, and scikit-learn looks for them in the packages
    of its adapters, too: a model of trees would have to wait for PyTorch, and to carry it.
    """
    absent = [name for name in _ADAPTERS if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(absent))  # None: an ImportError, which the search passes over
    try:
        return importlib.import_module("skops.io")
    finally:
        for name in absent:
            del modules[name]


def find_refused(data: bytes) -> list[str]:
    """Return the names in a skops file that are not trusted, sorted."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read("schema.json"))
    refused = set(_refused_nodes(schema))
    if not refused:
        # Of nodes that are known alone: skops looks some up before it can say what they need.
        refused = set(import_skops().get_untrusted_types(data=data)) - trusted_names()
    return sorted(refused)


def _refused_nodes(schema: Any) -> list[str]:
    found = []
    rest = [schema]
    while rest:
        node = rest.pop()
        if isinstance(node, list):
            rest += node
        elif isinstance(node, dict):
            rest += node.values()
            loader = node.get("__loader__")
            if isinstance(loader, str) and loader not in NODES:
                found.append(f"{node.get('__module__')}.{node.get('__class__')} ({loader})")
    return found
