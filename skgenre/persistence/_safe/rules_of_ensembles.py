"""Invariants of estimators that contain others, and of their trees."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .symbols import Symbols
from .trees import check_nodes

_METHODS = ("predict_proba", "decision_function", "predict")


def members_of(part: Any, name: str, symbols: Symbols, kinds: tuple[str, ...] = ()) -> list[Any]:
    """Return the estimators in an attribute, checked to have the same number of features."""
    members = getattr(part, name)
    if isinstance(members, np.ndarray):
        members = members.ravel().tolist()
    if not isinstance(members, list | tuple) or not members:
        raise ValueError(f"{name} has no estimators")
    for member in members:
        if not isinstance(member, BaseEstimator):
            raise ValueError(f"{name} has a {type(member).__name__}, which is no estimator")
        if kinds and type(member).__name__ not in kinds:
            raise ValueError(f"{name} has a {type(member).__name__} where another kind is needed")
        width = getattr(member, "n_features_in_", None)
        if width is not None and width != symbols.known.setdefault("F", width):
            raise ValueError(f"{name} has an estimator of {width!r:.50} features")
    return list(members)


def check_tree(part: Any, symbols: Symbols) -> None:
    from sklearn.tree._tree import Tree

    tree = part.tree_
    if type(tree) is not Tree:
        raise ValueError("tree_ is no tree")
    if tree.n_features != symbols.known["F"]:
        raise ValueError(f"tree_ is of {tree.n_features} features")
    counts = _check_outputs(part, symbols) if hasattr(part, "n_classes_") else [1]
    if tree.n_outputs != len(counts) or tree.n_classes.tolist() != counts:
        raise ValueError(f"tree_ is of {tree.max_n_classes} classes")


def _check_outputs(part: Any, symbols: Symbols) -> list[int]:
    """Return the number of classes of each output, as its estimator has them."""
    if "C" in symbols.known:
        symbols.check("n_classes_", part.n_classes_, "n", "C")
        symbols.check("n_outputs_", part.n_outputs_, "n", "1")
        return [symbols.known["C"]]
    counts = [len(answers) for answers in part.classes_]
    symbols.check("n_outputs_", part.n_outputs_, "n", "G")
    numbers = part.n_classes_
    if not isinstance(numbers, np.ndarray | list) or np.asarray(numbers).tolist() != counts:
        raise ValueError("n_classes_ does not count classes_")
    return counts


def check_forest(part: Any, symbols: Symbols) -> None:
    kinds = ("DecisionTreeClassifier", "ExtraTreeClassifier")
    counts = _check_outputs(part, symbols)
    for member in members_of(part, "estimators_", symbols, kinds):
        found = np.asarray(member.n_classes_)
        if "n_features_in_" not in vars(member) or np.atleast_1d(found).tolist() != counts:
            raise ValueError("estimators_ has a tree of other features or classes")


def check_multi_output(part: Any, symbols: Symbols) -> None:
    members = members_of(part, "estimators_", symbols)
    if "G" not in symbols.known or len(members) != symbols.known["G"]:
        raise ValueError("estimators_ has not one for each genre")
    for member, answers in zip(members, part.classes_, strict=True):
        if not np.array_equal(member.classes_, answers):
            raise ValueError("estimators_ has one of other classes")


def check_gradient_boosting(part: Any, symbols: Symbols) -> None:
    from sklearn.tree._tree import Tree

    # Trees are read by code that assumes their type, and adds to column k of the scores.
    for member in members_of(part, "estimators_", symbols, ("DecisionTreeRegressor",)):
        tree = member.tree_
        if type(tree) is not Tree or tree.n_features != symbols.known["F"]:
            raise ValueError("estimators_ has a tree of other features")
    if part.n_trees_per_iteration_ != symbols.known["K"]:
        raise ValueError("n_trees_per_iteration_ is not the number of its trees")
    initial = part.init_
    if isinstance(initial, str):
        if initial != "zero":
            raise ValueError(f"init_ is {initial!r:.50}")
    elif not isinstance(initial, BaseEstimator) or _n_classes(initial) != symbols.known["C"]:
        raise ValueError("init_ is no classifier of as many classes")
    _check_loss(part._loss, symbols)


def _check_loss(loss: Any, symbols: Symbols) -> None:
    expected = "HalfMultinomialLoss" if symbols.known["C"] > 2 else "HalfBinomialLoss"
    if type(loss).__name__ not in (expected, "ExponentialLoss"):
        raise ValueError(f"_loss is a {type(loss).__name__}")
    if symbols.known["C"] > 2 and loss.n_classes != symbols.known["C"]:
        raise ValueError("_loss is of another number of classes")


def check_predictor(part: Any, symbols: Symbols) -> None:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    nodes = part.nodes
    if (
        not isinstance(nodes, np.ndarray)
        or nodes.ndim != 1
        or nodes.dtype != PREDICTOR_RECORD_DTYPE
    ):
        raise ValueError("a decision tree has no nodes, or nodes of another kind")
    if nodes["is_categorical"].any():
        raise ValueError("a decision tree asks for categories, which model files don't hold")
    check_nodes(
        nodes["left"].astype(np.int64),
        nodes["right"].astype(np.int64),
        nodes["feature_idx"],
        nodes["is_leaf"].astype(bool),
        symbols.known.get("F", 2**31),
    )
    if not np.isfinite(nodes["value"]).all():
        raise ValueError("a decision tree has values that are no numbers")
    for name in ("raw_left_cat_bitsets", "binned_left_cat_bitsets"):
        bits = getattr(part, name)
        if not isinstance(bits, np.ndarray) or bits.dtype != np.uint32 or bits.shape != (0, 8):
            raise ValueError(f"{name} has categories, which model files don't hold")


def check_bins(part: Any, symbols: Symbols) -> None:
    if np.asarray(part.is_categorical_).any():
        raise ValueError("it has categories, which model files don't hold")
    thresholds = part.bin_thresholds_
    if not isinstance(thresholds, list) or len(thresholds) != len(part.is_categorical_):
        raise ValueError("bin_thresholds_ is not of each feature")
    for values in thresholds:
        if not isinstance(values, np.ndarray) or values.dtype.kind != "f" or values.ndim != 1:
            raise ValueError("bin_thresholds_ has no numbers")


def check_hist_gradient_boosting(part: Any, symbols: Symbols) -> None:
    if part._preprocessor is not None or part.is_categorical_ is not None:
        raise ValueError("it has categories, which model files don't hold")
    if not isinstance(part._predictors, list) or not part._predictors:
        raise ValueError("_predictors has no trees")
    for row in part._predictors:
        if not isinstance(row, list) or len(row) != symbols.known["K"]:
            raise ValueError("_predictors has not one tree for each class")
        for predictor in row:
            if type(predictor).__name__ != "TreePredictor":
                raise ValueError("_predictors has what is no tree")
            check_predictor(predictor, symbols)
    mapper = part._bin_mapper
    if type(mapper).__name__ != "_BinMapper":
        raise ValueError("_bin_mapper is none")
    if len(mapper.is_categorical_) != symbols.known["F"]:
        raise ValueError("_bin_mapper is of other features")
    _check_loss(part._loss, symbols)


def _n_classes(estimator: Any) -> int:
    return len(estimator.classes_)


def check_calibrated(part: Any, symbols: Symbols) -> None:
    members = part.calibrated_classifiers_
    if not isinstance(members, list) or not members:
        raise ValueError("calibrated_classifiers_ has no classifiers")
    for member in members:
        if type(member).__name__ != "_CalibratedClassifier":
            raise ValueError("calibrated_classifiers_ has what is none")
        if not np.array_equal(member.classes, part.classes_):
            raise ValueError("calibrated_classifiers_ has one of other classes")


def check_calibrated_one(part: Any, symbols: Symbols) -> None:
    n_classes = _n_classes(part.estimator)
    calibrators = part.calibrators
    expected = 1 if n_classes == 2 else n_classes
    if not isinstance(calibrators, list) or len(calibrators) != expected:
        raise ValueError("calibrators has not one for each class")
    if not all(
        type(c).__name__ in ("_SigmoidCalibration", "IsotonicRegression") for c in calibrators
    ):
        raise ValueError("calibrators has what is none")
    if not np.isin(part.estimator.classes_, part.classes).all():
        raise ValueError("the classifier in it has other classes")


def check_bagging(part: Any, symbols: Symbols) -> None:
    members = part.estimators_
    subsets = part.estimators_features_
    if not isinstance(members, list) or not isinstance(subsets, list) or not members:
        raise ValueError("estimators_ has no estimators")
    if len(members) != len(subsets):
        raise ValueError("estimators_features_ is not of each estimator")
    for member, columns in zip(members, subsets, strict=True):
        if not isinstance(columns, np.ndarray) or columns.dtype.kind not in "iu":
            raise ValueError("estimators_features_ has no columns")
        inside = columns.ndim == 1 and len(columns) and (columns >= 0).all()
        if not inside or columns.max() >= symbols.known["F"]:
            raise ValueError("estimators_features_ has columns that there are not")
        if not isinstance(member, BaseEstimator) or member.n_features_in_ != len(columns):
            raise ValueError("estimators_ has an estimator of other features")
        _check_codes(member, symbols)


def _check_codes(member: Any, symbols: Symbols) -> None:
    """Refuse classes that are not indices of classes."""
    codes = getattr(member, "classes_", None)
    if codes is None:
        return
    if not isinstance(codes, np.ndarray) or codes.dtype.kind not in "iuf":
        raise ValueError("an estimator in it has genres of its own")
    if len(codes) > symbols.known["C"] or codes.min() < 0 or codes.max() >= symbols.known["C"]:
        raise ValueError("an estimator in it has classes that there are not")


def check_ada(part: Any, symbols: Symbols) -> None:
    for member in members_of(part, "estimators_", symbols):
        if not np.isin(member.classes_, part.classes_).all():
            raise ValueError("estimators_ has one of other classes")
    if symbols.known["E"] < len(part.estimators_):
        raise ValueError("estimator_weights_ is not of each estimator")
    weights = part.estimator_weights_[: len(part.estimators_)]
    if not np.isfinite(weights).all() or weights.sum() <= 0:
        raise ValueError("estimator_weights_ has no sum")


def check_voting(part: Any, symbols: Symbols) -> None:
    for member in members_of(part, "estimators_", symbols):
        if len(member.classes_) != symbols.known["C"]:
            raise ValueError("estimators_ has one of other classes")
        _check_codes(member, symbols)
    check_weights(part)
    if not np.array_equal(part.le_.classes_, part.classes_):
        raise ValueError("le_ has other classes")


def check_weights(part: Any) -> None:
    if part.weights is None:
        return
    kept = [name for name, estimator in part.estimators if estimator != "drop"]
    if len(kept) != len(part.estimators_):
        raise ValueError("estimators is not what estimators_ was fitted from")


def check_stacking(part: Any, symbols: Symbols) -> None:
    members = members_of(part, "estimators_", symbols)
    methods = part.stack_method_
    if not isinstance(methods, list) or len(methods) != len(members):
        raise ValueError("stack_method_ is not of each estimator")
    if not all(method in _METHODS for method in methods):
        raise ValueError("stack_method_ has what is no prediction")
    for member in members:
        _check_codes(member, symbols)
    final = part.final_estimator_
    if not isinstance(final, BaseEstimator) or len(final.classes_) != symbols.known["C"]:
        raise ValueError("final_estimator_ has other classes")
    _check_codes(final, symbols)
    if not np.array_equal(part._label_encoder.classes_, part.classes_):
        raise ValueError("_label_encoder has other classes")


def check_one_vs_rest(part: Any, symbols: Symbols) -> None:
    binarizer = part.label_binarizer_
    if type(binarizer).__name__ != "LabelBinarizer":
        raise ValueError("label_binarizer_ is none")
    n_classes = len(binarizer.classes_)
    members = members_of(part, "estimators_", symbols)
    # Of rows that may have several classes, each has an estimator, also where there are two.
    is_single = n_classes == 2 and not str(binarizer.y_type_).startswith("multilabel")
    if len(members) != (1 if is_single else n_classes):
        raise ValueError("estimators_ has not one for each class")


def check_one_vs_one(part: Any, symbols: Symbols) -> None:
    n_classes = symbols.known["C"]
    members = part.estimators_
    if part.pairwise_indices_ is not None:
        raise ValueError("pairwise kernels are not read")
    if not isinstance(members, list | tuple) or len(members) != n_classes * (n_classes - 1) // 2:
        raise ValueError("estimators_ has not one for each pair of classes")
    members_of(part, "estimators_", symbols)


def check_output_code(part: Any, symbols: Symbols) -> None:
    if len(members_of(part, "estimators_", symbols)) != symbols.known["E"]:
        raise ValueError("estimators_ has not one for each column of code_book_")
