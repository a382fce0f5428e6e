"""Invariants of scikit-learn's other estimators that shapes can't express."""

import numbers
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .symbols import Symbols
from .trusted import is_trusted_function

_MOST_COLUMNS = 10**6
_MOST_DEGREE = 64
# Metrics of brute-force neighbors that need nothing else.
_METRICS = frozenset(
    {"braycurtis", "canberra", "chebyshev", "cityblock", "correlation", "cosine", "euclidean",
     "l1", "l2", "manhattan", "minkowski", "nan_euclidean", "sqeuclidean"}
)  # fmt: skip


def check_svc_kernel(part: Any) -> None:
    if part.kernel not in ("linear", "poly", "rbf", "sigmoid"):
        raise ValueError(f"the kernel {part.kernel!r:.50} is not read")
    if part._sparse is not False:
        raise ValueError("vectors of a sparse matrix are not read")


def check_svc(part: Any, symbols: Symbols) -> None:
    n_classes, n_vectors = symbols.known["C"], symbols.known["S"]
    pairs = n_classes * (n_classes - 1) // 2
    kinds: dict[str, type] = {"support_": np.int32, "_n_support": np.int32}
    floats = ("support_vectors_", "_dual_coef_", "dual_coef_", "_intercept_", "_probA", "_probB")
    kinds |= dict.fromkeys(floats, np.float64)
    for name, kind in kinds.items():
        if getattr(part, name).dtype != kind:
            raise ValueError(f"{name} has values of another type")
    if n_classes < 2 or symbols.known["R"] != n_classes - 1 or symbols.known["P"] != pairs:
        raise ValueError("_dual_coef_ and _intercept_ are not of as many classes")
    if part._n_support.sum() != n_vectors or n_vectors < 1:
        raise ValueError("_n_support does not count the vectors")
    if symbols.known["Q"] not in (0, pairs):
        raise ValueError("_probA is not of each pair of classes")
    if len(np.unique(part.support_)) != n_vectors:
        raise ValueError("support_ names a row twice")
    # The two differ only in sign, and only for two classes.
    for public, own in (("dual_coef_", "_dual_coef_"), ("intercept_", "_intercept_")):
        sign = -1 if n_classes == 2 else 1
        if not np.array_equal(getattr(part, public), sign * getattr(part, own)):
            raise ValueError(f"{public} and {own} differ")
    if part._gamma < 0:
        raise ValueError("_gamma is negative")
    if part.degree > _MOST_DEGREE:
        raise ValueError(f"a degree of {part.degree:,} is not read")


def check_quadratic(part: Any, symbols: Symbols) -> None:
    rotations, scalings = part.rotations_, part.scalings_
    for parts in (rotations, scalings):
        if not isinstance(parts, list) or len(parts) != symbols.known["C"]:
            raise ValueError("rotations_ and scalings_ are not of each class")
    for rotation, scaling in zip(rotations, scalings, strict=True):
        inner = Symbols({"F": symbols.known["F"]})
        inner.check("rotations_", rotation, "f", "F", "A")
        inner.check("scalings_", scaling, "f", "A")


def check_dummy(part: Any, symbols: Symbols) -> None:
    if part.n_outputs_ != 1 or part.sparse_output_ is not False:
        raise ValueError("it is of several outputs")
    symbols.check("n_classes_", part.n_classes_, "n", "C")
    symbols.check("class_prior_", part.class_prior_, "f", "C")


def check_ridge(part: Any, symbols: Symbols) -> None:
    # With two classes there is one row, or none.
    axes = ("F",) if np.ndim(part.coef_) == 1 else ("K", "F")
    symbols.known["C"] = len(part._label_binarizer.classes_)
    symbols.known["K"] = 1 if symbols.known["C"] == 2 else symbols.known["C"]
    if len(axes) == 1 and symbols.known["K"] != 1:
        raise ValueError("coef_ is of one class")
    symbols.check("coef_", part.coef_, "f", *axes)
    if isinstance(part.intercept_, np.ndarray):
        symbols.check("intercept_", part.intercept_, "f", "K")
    else:
        symbols.check("intercept_", part.intercept_, "x")
    _check_binarizer(part._label_binarizer)


def _check_binarizer(binarizer: Any) -> None:
    if type(binarizer).__name__ != "LabelBinarizer":
        raise ValueError("_label_binarizer is none")


def check_inner(part: Any, symbols: Symbols) -> None:
    if not isinstance(part.estimator_, BaseEstimator):
        raise ValueError("estimator_ is none")


def check_frozen(part: Any, symbols: Symbols) -> None:
    if not isinstance(part.estimator, BaseEstimator):
        raise ValueError("estimator is none")


def check_process(part: Any, symbols: Symbols) -> None:
    base = part.base_estimator_
    names = ("_BinaryGaussianProcessClassifierLaplace", "OneVsRestClassifier", "OneVsOneClassifier")
    if type(base).__name__ not in names or len(base.classes_) != symbols.known["C"]:
        raise ValueError("base_estimator_ is of other classes")


def check_binary_process(part: Any, symbols: Symbols) -> None:
    if symbols.known["C"] != 2:
        raise ValueError("it is not of two classes")
    check_kernel(part.kernel_, symbols, width=symbols.known["W"])
    # Variances are 1 less what these have in common: negative, and then no numbers, where they are
    # not of the same rows. The factor has N x N values, as the covariances that are made here.
    pi, roots, factor = part.pi_, part.W_sr_, part.L_
    if pi.min() < 0 or pi.max() > 1 or not np.allclose(roots**2, pi * (1 - pi), atol=1e-6):
        raise ValueError("pi_ and W_sr_ are no probabilities and their deviations")
    covariances = roots[:, np.newaxis] * part.kernel_(part.X_train_) * roots + np.eye(len(pi))
    if np.triu(factor, 1).any() or not np.allclose(factor @ factor.T, covariances, rtol=1e-4):
        raise ValueError("L_ is not the factor of the covariances of X_train_")


def check_kernel(part: Any, symbols: Symbols, width: int | None = None) -> None:
    from sklearn.gaussian_process.kernels import Kernel

    if not isinstance(part, Kernel):
        raise ValueError("the kernel is none")
    for name, value in vars(part).items():
        if name in ("k1", "k2"):
            check_kernel(value, symbols, width)
        elif name.endswith("_bounds") or isinstance(value, str):
            continue
        elif np.any(np.less(value, 0)):
            raise ValueError(f"{name} is negative")
        elif isinstance(value, np.ndarray):
            symbols.check(name, value, "f", *("A" for _ in range(value.ndim)))
            if width is not None and value.size not in (1, width):
                raise ValueError(f"{name} is not of each feature")
        else:
            symbols.check(name, value, "x")


def check_imputer(part: Any, symbols: Symbols) -> None:
    statistics = part.statistics_
    if not isinstance(statistics, np.ndarray) or statistics.dtype.kind not in "fiu":
        raise ValueError("statistics_ has no numbers")
    symbols.check("statistics_", statistics, "f~", "F")
    for name in ("_fit_dtype", "_fill_dtype"):
        if getattr(part, name, np.dtype(float)).kind not in "fiu":
            raise ValueError(f"{name} is none of numbers")
    indicator = part.indicator_
    if indicator is not None and type(indicator).__name__ != "MissingIndicator":
        raise ValueError("indicator_ is none")


def check_neighbors(part: Any, symbols: Symbols) -> None:
    _check_points(part)
    if not 1 <= part.n_neighbors <= symbols.known["N"]:
        raise ValueError("n_neighbors is more than there are")


def check_radius(part: Any, symbols: Symbols) -> None:
    _check_points(part)
    symbols.check("radius", part.radius, "x")
    if part.outlier_label_ is not None:
        raise ValueError("a genre of what has no neighbors (outlier_label) is not read")


def _check_points(part: Any) -> None:
    if part._fit_method != "brute" or part._tree is not None:
        raise ValueError("neighbors are read with algorithm='brute' alone")
    if part.metric not in _METRICS or part.effective_metric_ not in _METRICS:
        raise ValueError(f"the metric {part.metric!r:.50} is not read")
    if part.outputs_2d_ is not False or part.weights not in (None, "uniform", "distance"):
        raise ValueError("it has several outputs, or weights that are a function")
    if part._y.dtype not in (np.int64, np.int32) or part._fit_X.dtype not in (
        np.float64,
        np.float32,
    ):
        raise ValueError("_fit_X and _y have values of another type")
    for parameters in (part.metric_params, part.effective_metric_params_):
        for name, value in (parameters or {}).items():
            if name != "p":
                raise ValueError(f"the parameter {name!r:.50} of the metric is not read")
            Symbols({}).check(name, value, "x")


def check_perceptron(part: Any, symbols: Symbols) -> None:
    coefs, intercepts = part.coefs_, part.intercepts_
    if not isinstance(coefs, list) or not isinstance(intercepts, list) or not coefs:
        raise ValueError("coefs_ has no layers")
    if len(coefs) != len(intercepts) or part.n_layers_ != len(coefs) + 1:
        raise ValueError("coefs_ and intercepts_ are not of each layer")
    width = symbols.known["F"]
    for weights, biases in zip(coefs, intercepts, strict=True):
        inner = Symbols({"I": width})
        inner.check("coefs_", weights, "f", "I", "O")
        inner.check("intercepts_", biases, "f", "O")
        width = inner.known["O"]
    if width != symbols.known["K"] or part.n_outputs_ != width:
        raise ValueError("coefs_ does not end in one number for each class")
    if part.out_activation_ not in ("softmax", "logistic"):
        raise ValueError(f"out_activation_ is {part.out_activation_!r:.50}")
    _check_binarizer(part._label_binarizer)
    if not np.array_equal(part._label_binarizer.classes_, part.classes_):
        raise ValueError("_label_binarizer has other classes")


def check_pipeline(part: Any, symbols: Symbols) -> None:
    if not isinstance(part.steps, list) or not part.steps:
        raise ValueError("it has no steps")
    for step in part.steps:
        _check_named(step, "steps")


def check_union(part: Any, symbols: Symbols) -> None:
    if not isinstance(part.transformer_list, list) or not part.transformer_list:
        raise ValueError("it has no transformers")
    for step in part.transformer_list:
        _check_named(step, "transformer_list")


def check_columns(part: Any, symbols: Symbols) -> None:
    for step in part.transformers_:
        _check_named(step[:2], "transformers_")


def _check_named(step: Any, name: str) -> None:
    is_pair = isinstance(step, tuple | list) and len(step) == 2 and isinstance(step[0], str)
    if not is_pair or not (step[1] in (None, "passthrough", "drop") or _is_estimator(step[1])):
        raise ValueError(f"{name} has what is no estimator with a name")


def _is_estimator(value: Any) -> bool:
    return isinstance(value, BaseEstimator)


def check_power(part: Any, symbols: Symbols) -> None:
    if part.standardize and type(part._scaler).__name__ != "StandardScaler":
        raise ValueError("_scaler is none")


def check_function(part: Any, symbols: Symbols) -> None:
    for name in ("func", "inverse_func"):
        value = getattr(part, name)
        if value is not None and not is_trusted_function(value):
            raise ValueError(f"{name} is no function that a file may name")
    for name in ("kw_args", "inv_kw_args"):
        values = getattr(part, name)
        if values is None:
            continue
        kinds = (str, numbers.Number, bool, type(None))
        if not all(isinstance(value, kinds) for value in values.values()):
            raise ValueError(f"{name} has what is no number or text")
    names = part.feature_names_out
    if names is not None and not isinstance(names, str):
        raise ValueError("feature_names_out is a function")


def check_polynomial(part: Any, symbols: Symbols) -> None:
    low, high = part._min_degree, part._max_degree
    for name in ("_min_degree", "_max_degree", "n_output_features_", "_n_out_full"):
        symbols.check(name, getattr(part, name), "n")
    if not low <= high <= _MOST_DEGREE:
        raise ValueError("degrees as high are not read")
    options = {
        "n_features": symbols.known["F"],
        "max_degree": high,
        "interaction_only": part.interaction_only,
    }
    full = part._num_combinations(min_degree=0, include_bias=part.include_bias, **options)
    kept = part._num_combinations(min_degree=low, include_bias=part.include_bias, **options)
    if (part.n_output_features_, part._n_out_full) != (kept, full) or full > _MOST_COLUMNS:
        raise ValueError("n_output_features_ is not what the degree makes")
