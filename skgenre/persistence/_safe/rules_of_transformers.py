"""Invariants of scikit-learn's encoders, decompositions and cluster centers."""

from typing import Any

import numpy as np

from .rules_of_ensembles import members_of
from .symbols import Symbols

_MOST_COLUMNS = 10**6
_MOST_STEPS = 1000
_MOST_ITERATIONS = 10**6
_MOST_DEGREE = 64
_KERNELS = ("linear", "poly", "rbf", "sigmoid", "cosine")


def check_categories(part: Any, symbols: Symbols) -> None:
    """Refuse categories whose codes would not be integers from 0."""
    categories = part.categories_
    if not isinstance(categories, list) or len(categories) != symbols.known["F"]:
        raise ValueError("categories_ is not of each feature")
    for values in categories:
        if not isinstance(values, np.ndarray) or values.ndim != 1 or not len(values):
            raise ValueError("categories_ has a feature without categories")
        if values.dtype.kind not in "fiubUO":
            raise ValueError("categories_ has values of another type")
        # Numbers are looked up by bisection, which runs out of bounds in an unsorted list.
        if (
            values.dtype.kind in "fiub"
            and not (values[1:] > values[:-1])[: _n_numbers(values)].all()
        ):
            raise ValueError("categories_ has numbers that are not sorted")
        if values.dtype.kind == "f" and np.isnan(values[:-1]).any():
            raise ValueError("categories_ has missing values that are not at the end")
    if part._infrequent_enabled not in (True, False):
        raise ValueError("_infrequent_enabled is no truth value")
    if part._infrequent_enabled:
        missing = vars(part).get("_missing_indices", {})
        _check_infrequent(part, {int(column): int(code) for column, code in missing.items()})


def _n_numbers(values: np.ndarray) -> int:
    """Return the number of neighbours to compare, without a NaN at the end."""
    return len(values) - 1 - int(values.dtype.kind == "f" and bool(np.isnan(values[-1])))


def _check_infrequent(part: Any, missing: dict[int, int]) -> None:
    codes, mappings = part._infrequent_indices, part._default_to_infrequent_mappings
    for parts in (codes, mappings):
        if not isinstance(parts, list) or len(parts) != len(part.categories_):
            raise ValueError("its rare categories are not of each feature")
    for column, (rare, mapping) in enumerate(zip(codes, mappings, strict=True)):
        if rare is None and mapping is None:
            continue
        n_codes = len(part.categories_[column]) - (column in missing)
        inner = Symbols({"N": n_codes})
        inner.check("_infrequent_indices", rare, "i<N", "R")
        inner.check("_default_to_infrequent_mappings", mapping, "i<N", "N")
        expected = np.full(n_codes, n_codes - len(rare))
        common = np.setdiff1d(np.arange(n_codes), rare)
        expected[common] = np.arange(len(common))
        if not len(rare) or len(common) != n_codes - len(rare):
            raise ValueError("_infrequent_indices names a category twice, or none")
        if not np.array_equal(mapping, expected):
            raise ValueError("_default_to_infrequent_mappings is not of its rare categories")


def check_one_hot(part: Any, symbols: Symbols) -> None:
    check_categories(part, symbols)
    if np.dtype(part.dtype).kind not in "fiub":
        raise ValueError("dtype is none of numbers")
    sizes = [len(values) for values in part.categories_]
    if part._infrequent_enabled:
        for column, rare in enumerate(part._infrequent_indices):
            sizes[column] -= 0 if rare is None else len(rare) - 1
    dropped = part._drop_idx_after_grouping
    if dropped is not None:
        if not isinstance(dropped, np.ndarray) or dropped.shape != (len(sizes),):
            raise ValueError("_drop_idx_after_grouping is not of each feature")
        for column, code in enumerate(dropped.tolist()):
            if code is None:
                continue
            if type(code) is not int or not 0 <= code < sizes[column]:
                raise ValueError("_drop_idx_after_grouping has a category that there is not")
            sizes[column] -= 1
    # A sparse matrix of another width would have columns out of range.
    if part._n_features_outs != sizes:
        raise ValueError("_n_features_outs does not count its categories")


def check_ordinal(part: Any, symbols: Symbols) -> None:
    check_categories(part, symbols)
    if np.dtype(part.dtype).kind not in "fiu":
        raise ValueError("dtype is none of numbers")
    for column, code in part._missing_indices.items():
        if not 0 <= column < symbols.known["F"] or not 0 <= code < len(part.categories_[column]):
            raise ValueError("_missing_indices has a category that there is not")


def check_target_encoder(part: Any, symbols: Symbols) -> None:
    check_categories(part, symbols)
    is_several = part.target_type_ == "multiclass"
    if part.target_type_ not in ("binary", "multiclass", "continuous"):
        raise ValueError(f"target_type_ is {part.target_type_!r:.50}")
    n_targets = symbols.known["C"] if is_several else 1
    encodings = part.encodings_
    if not isinstance(encodings, list) or len(encodings) != n_targets * symbols.known["F"]:
        raise ValueError("encodings_ is not of each feature and genre")
    for place, values in enumerate(encodings):
        inner = Symbols({"N": len(part.categories_[place // n_targets])})
        inner.check("encodings_", values, "f", "N")
    if is_several:
        symbols.check("target_mean_", part.target_mean_, "f", "C")
    else:
        symbols.check("target_mean_", part.target_mean_, "x")


def check_discretizer(part: Any, symbols: Symbols) -> None:
    edges, counts = part.bin_edges_, part.n_bins_
    symbols.check("bin_edges_", edges, "O", "F")
    for values, count in zip(edges.tolist(), counts.tolist(), strict=True):
        Symbols({}).check("bin_edges_", values, "f~", str(count + 1))
        if count < 1 or np.isnan(values).any() or (values[1:] < values[:-1]).any():
            raise ValueError("bin_edges_ has edges that are not sorted")
    if part.encode == "ordinal":
        return
    encoder = part._encoder
    if type(encoder).__name__ != "OneHotEncoder":
        raise ValueError("_encoder is none")
    if [len(values) for values in encoder.categories_] != counts.tolist():
        raise ValueError("_encoder is of other bins")


def check_categorical_bayes(part: Any, symbols: Symbols) -> None:
    tables = part.feature_log_prob_
    if not isinstance(tables, list) or len(tables) != symbols.known["F"]:
        raise ValueError("feature_log_prob_ is not of each feature")
    for table, count in zip(tables, part.n_categories_.tolist(), strict=True):
        symbols.check("feature_log_prob_", table, "f", "C", str(count))


def check_factors(part: Any, symbols: Symbols) -> None:
    """Refuse factors that can't be solved for in reasonable time."""
    for name in ("max_iter", "transform_max_iter", "_transform_max_iter", "max_doc_update_iter"):
        value = vars(part).get(name)
        if value is not None and not 0 <= value <= _MOST_ITERATIONS:
            raise ValueError(f"{name} is {value!r:.50}")


def check_kernel_pca(part: Any, symbols: Symbols) -> None:
    _check_kernel(part)
    centerer = part._centerer
    if type(centerer).__name__ != "KernelCenterer":
        raise ValueError("_centerer is none")
    symbols.check("K_fit_rows_", centerer.K_fit_rows_, "f", "N")
    for name, value in (part.kernel_params or {}).items():
        Symbols({}).check(str(name), value, "x")


def check_propagation(part: Any, symbols: Symbols) -> None:
    if part.kernel != "rbf":
        raise ValueError("neighbors of a tree are not read: use kernel='rbf'")


def _check_kernel(part: Any) -> None:
    if part.kernel not in _KERNELS:
        raise ValueError(f"the kernel {part.kernel!r:.50} is not read")
    if part.degree > _MOST_DEGREE:
        raise ValueError(f"a degree of {part.degree:,} is not read")


def check_neighbors_imputer(part: Any, symbols: Symbols) -> None:
    if part.metric != "nan_euclidean" or part.weights not in ("uniform", "distance"):
        raise ValueError("a metric or weights that are a function are not read")
    indicator = part.indicator_
    if indicator is not None and type(indicator).__name__ != "MissingIndicator":
        raise ValueError("indicator_ is none")


def check_count_sketch(part: Any, symbols: Symbols) -> None:
    if part.n_components > _MOST_COLUMNS or part.degree > _MOST_DEGREE:
        raise ValueError("as many components or degrees are not read")
    width = symbols.known["F"] + (part.coef0 != 0)
    inner = Symbols({"N": int(part.n_components), "D": int(part.degree), "W": int(width)})
    inner.check("indexHash_", part.indexHash_, "i<N", "D", "W")
    if not np.isin(part.bitHash_, (-1, 1)).all() or part.bitHash_.shape != part.indexHash_.shape:
        raise ValueError("bitHash_ is no array of signs")


def check_additive(part: Any, symbols: Symbols) -> None:
    if part.sample_steps > _MOST_STEPS:
        raise ValueError(f"{part.sample_steps:,} steps are not read")
    if part.sample_interval is not None:
        symbols.check("sample_interval", part.sample_interval, "x")


def check_embedding(part: Any, symbols: Symbols) -> None:
    members = members_of(part, "estimators_", symbols, ("ExtraTreeRegressor",))
    if not all("n_features_in_" in vars(member) for member in members):
        raise ValueError("estimators_ has a tree that is not fitted")
    encoder = part.one_hot_encoder_
    if type(encoder).__name__ != "OneHotEncoder" or encoder.n_features_in_ != len(members):
        raise ValueError("one_hot_encoder_ is not of each tree")
