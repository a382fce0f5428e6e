"""Models of all kinds are saved and loaded; each row of the table refuses something."""

import copy

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import FeatureAgglomeration
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import linear_kernel
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer
from sklearn.svm import SVC

from skgenre.persistence import load_model, save_model
from skgenre.persistence._parts import iterate_parts
from skgenre.persistence._safe.invariants import check_part
from skgenre.persistence._safe.rules import RULES

from .models_of_all_kinds import NAMES, fit, make_rows

# Rows of what holds no number that predict follows, or is checked while it is made.
_NOTHING_TO_REFUSE = {
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",  # training alone
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",  # test_invariants.py, test_nodes_of_a_tree_...
}
# Ends of the names of those that other tests change: networks, features and boosters.
_ELSEWHERE = ("skgenre.", "xgboost.", "sklearn._loss.")


@pytest.fixture(scope="module")
def models():
    """All the models by name. Not to be changed."""
    return {name: fit(name) for name in NAMES}


def test_each_is_saved_and_predicts_the_same_when_loaded(models, tmp_path):
    X, _ = make_rows()
    for name, model in models.items():
        save_model(model, tmp_path / "model.skops")
        loaded = load_model(tmp_path / "model.skops")
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X), err_msg=name)
        if hasattr(model, "predict_proba") and "one_vs_one" not in name:
            np.testing.assert_allclose(
                loaded.predict_proba(X), model.predict_proba(X), rtol=1e-9, err_msg=name
            )


def _changes(value):
    """Return what a file could say in the place of a value."""
    yield object()
    if isinstance(value, np.ndarray) and value.ndim:
        yield from (value[:-1], value[..., :-1], np.concatenate([value, value]))
        if value.dtype.kind == "f":
            yield np.full_like(value, np.nan)
        elif value.dtype.kind == "i":
            yield value + 10**9
    elif isinstance(value, list):
        yield from ([], value[:-1], [*value, *value])
    elif isinstance(value, int | float | np.number):
        yield from (-7, float("nan"), 2**40)
    elif isinstance(value, str):
        yield "x"


def _is_refused(part, name, value):
    changed = copy.copy(part)
    vars(changed)[name] = value
    try:
        check_part(changed, RULES[_name_of(part)])
    except ValueError:
        return True
    return False


def _name_of(part):
    return f"{type(part).__module__}.{type(part).__qualname__}"


def _parts_by_row(models):
    found = {}
    for model in models.values():
        for part in iterate_parts(model):
            found.setdefault(_name_of(part), part)
    return {name: found.get(name) for name in RULES if not name.startswith(_ELSEWHERE)}


def test_each_row_of_the_table_refuses_a_part_that_was_changed(models):
    """A row that takes all that a file says is no row."""
    useless, missing = [], []
    for name, part in _parts_by_row(models).items():
        if part is None:
            missing.append(name)
        elif name not in _NOTHING_TO_REFUSE and not any(
            _is_refused(part, attribute, value)
            for attribute, sound in getattr(part, "__dict__", {}).items()
            for value in _changes(sound)
        ):
            useless.append(name)
    assert missing == [], "put a model with these into models_of_all_kinds.py"
    assert useless == []


def test_each_shape_that_a_row_names_is_refused_when_it_is_another(models):
    """Each attribute in a row's letters is looked at, in each kind of object."""
    passed = []
    for name, part in _parts_by_row(models).items():
        attributes = getattr(part, "__dict__", {})
        lines = RULES[name].arrays.replace("\n", ";").split(";")
        for line in filter(None, map(str.strip, lines)):
            attribute, _, words = line.partition(":")
            value = attributes.get(attribute.lstrip("?"))
            if isinstance(value, np.ndarray):
                changes = [value[np.newaxis], value.astype("U3")]
                changes += (
                    [np.full_like(value, np.nan)]
                    if words.split()[0] == value.dtype.kind == "f" and value.size
                    else []
                )
            elif value is not None:
                changes = [object()]
            else:
                continue
            if words.split()[0] == "*":
                changes = changes[:1]
            passed += [
                (name, attribute)
                for change in changes
                if not _is_refused(part, attribute.lstrip("?"), change)
            ]
    assert passed == []


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (make_pipeline(FeatureAgglomeration(), LogisticRegression()), "FeatureAgglomeration"),
        (make_pipeline(SplineTransformer(), LogisticRegression()), "SplineTransformer"),
        (KNeighborsClassifier(algorithm="kd_tree"), "brute"),
        (SVC(kernel=linear_kernel), "SVC: the kernel"),
    ],
)
def test_what_is_not_in_the_table_is_refused_by_name_with_the_way_out(model, name, tmp_path):
    with pytest.raises(TypeError, match=rf"(?s){name}.*pickle"):
        save_model(model.fit(*make_rows()), tmp_path / "model.skops")


def _encoder(**parameters):
    X = np.array([[0.0], [1.0], [1.0], [2.0], [2.0], [2.0]])
    return OneHotEncoder(**parameters).fit(X)


@pytest.mark.parametrize(
    ("encoder", "name", "value"),
    [
        (_encoder(), "categories_", [np.array([2.0, 1.0, 0.0])]),
        (_encoder(), "_n_features_outs", [2]),
        (_encoder(drop="first"), "_drop_idx_after_grouping", np.array([7], dtype=object)),
        (_encoder(drop="first"), "_drop_idx_after_grouping", np.array([-1], dtype=object)),
        (_encoder(max_categories=2), "_default_to_infrequent_mappings", [np.array([10**6, 1, 0])]),
        (_encoder(max_categories=2), "_infrequent_indices", [np.array([0, 10**6])]),
        (_encoder(max_categories=2), "_infrequent_indices", [np.array([0, 0])]),
    ],
)
def test_codes_that_lie_outside_of_a_sparse_matrix_are_refused(encoder, name, value):
    """A sparse matrix takes columns that it does not have, and its product reads beyond."""
    rule = RULES["sklearn.preprocessing._encoders.OneHotEncoder"]
    check_part(encoder, rule)
    vars(encoder)[name] = value
    with pytest.raises(ValueError, match="OneHotEncoder"):
        check_part(encoder, rule)


@pytest.mark.parametrize("name", ["L_", "W_sr_", "pi_", "X_train_"])
def test_a_gaussian_process_that_would_predict_no_numbers_is_refused(name, models):
    """One value changed made a negative variance, whose root is no number."""
    process = next(
        part
        for part in iterate_parts(models["GaussianProcessClassifier"])
        if type(part).__name__ == "_BinaryGaussianProcessClassifierLaplace"
    )
    changed = getattr(process, name).copy()
    changed.flat[0] = 1e10
    assert isinstance(process, BaseEstimator)
    assert _is_refused(process, name, changed)
