"""Each kind of estimator has a row in the table; a model that breaks one is refused when loaded."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import MLPGenreClassifier
from skgenre.persistence._safe.boosters import check_booster
from skgenre.persistence._safe.invariants import check_model
from skgenre.persistence._safe.trees import make_tree


def shorter(array):
    return array[:-1]


def narrower(array):
    return array[..., :-1]


def not_finite(array):
    changed = np.array(array, dtype=float)
    changed.flat[0] = np.nan
    return changed


def doubled(array):
    return np.repeat(array[:1], len(array))


def outside(array):
    changed = array.copy()
    changed.flat[0] = 10**6
    return changed


def longer(array):
    return np.concatenate([array, array[-1:]])


@pytest.mark.parametrize(
    ("model", "name", "changes"),
    [
        (LogisticRegression(), "coef_", (shorter, narrower, longer, not_finite)),
        (LogisticRegression(), "classes_", (shorter, doubled, longer)),
        (SVC(), "dual_coef_", (shorter, narrower, not_finite)),
        (SVC(), "_dual_coef_", (shorter, narrower, not_finite)),
        (SVC(), "_n_support", (shorter, outside, longer)),
        (SVC(), "support_", (shorter, longer)),
        (SVC(), "support_vectors_", (shorter, narrower, not_finite)),
        (SVC(), "classes_", (shorter, doubled, longer)),
        (GaussianNB(), "theta_", (shorter, narrower, not_finite)),
        (KNeighborsClassifier(algorithm="brute"), "_y", (shorter, outside)),
        (KNeighborsClassifier(algorithm="brute"), "_fit_X", (shorter, narrower, not_finite)),
        (RandomForestClassifier(2), "estimators_", (lambda members: [],)),
        (RandomForestClassifier(2), "n_features_in_", (lambda number: 5,)),
        (RandomForestClassifier(2), "classes_", (shorter, longer)),
        (GradientBoostingClassifier(n_estimators=2), "estimators_", (narrower,)),
        (HistGradientBoostingClassifier(max_iter=2), "_predictors", (lambda rows: [rows[0][:1]],)),
        (CalibratedClassifierCV(GaussianNB(), cv=2), "classes_", (shorter, longer)),
        (MLPClassifier((4,), max_iter=1), "coefs_", (lambda layers: layers[:1],)),
        (GaussianProcessClassifier(), "classes_", (shorter,)),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value).partition("(")[0],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_an_attribute_that_does_not_fit_is_refused(model, name, changes, table):
    model = model.fit(*table)
    check_model(model)
    sound = getattr(model, name)
    for change in changes:
        vars(model)[name] = change(sound)
        with pytest.raises(ValueError, match=type(model).__name__):
            check_model(model)
    vars(model)[name] = sound
    check_model(model)


def test_a_scaler_of_another_width_is_refused(table):
    scaler = StandardScaler().fit(table[0])
    scaler.scale_ = scaler.scale_[:-1]
    with pytest.raises(ValueError, match=r"StandardScaler: .*scale_ has 19 where 20"):
        check_model(scaler)


@pytest.mark.parametrize("change", [narrower, not_finite, longer])
def test_weights_of_another_network_are_refused(change, table):
    model = MLPGenreClassifier(dense=(4,), max_epochs=1, device="cpu").fit(*table)
    vars(model).update(model.__getstate__())
    del model._net
    weights = model._kept_weights()
    name = next(name for name, value in weights.items() if value.ndim == 2)
    check_model(model)
    model._weights = {**weights, name: change(weights[name])}
    with pytest.raises(ValueError, match=r"MLPGenreClassifier: the weights"):
        check_model(model)


@pytest.mark.parametrize(
    ("field", "value"),
    [("left_child", 10**6), ("left_child", -5), ("right_child", 0), ("feature", 10**6)],
)
def test_nodes_of_a_tree_that_point_outside_are_refused(field, value, table):
    tree = RandomForestClassifier(1, random_state=0).fit(*table).estimators_[0].tree_
    _, arguments, state = tree.__reduce__()
    make_tree(arguments, state)
    state["nodes"] = state["nodes"].copy()
    state["nodes"][field][0] = value
    with pytest.raises(ValueError, match="decision tree"):
        make_tree(arguments, state)


@pytest.mark.parametrize(
    "change", [{"node_count": 10**6}, {"max_depth": 0}, {"values": np.zeros((1, 1, 3))}]
)
def test_a_tree_of_another_size_than_it_says_is_refused(change, table):
    tree = RandomForestClassifier(1, random_state=0).fit(*table).estimators_[0].tree_
    _, arguments, state = tree.__reduce__()
    with pytest.raises(ValueError, match="decision tree"):
        make_tree(arguments, {**state, **change})


@pytest.mark.parametrize("field", ["left", "right", "feature_idx", "is_categorical"])
def test_nodes_of_histogram_boosting_that_point_outside_are_refused(field, table):
    model = HistGradientBoostingClassifier(max_iter=1).fit(*table)
    model._predictors[0][0].nodes[field][0] = 200
    with pytest.raises(ValueError, match="decision tree"):
        check_model(model)


@pytest.mark.parametrize("field", ["left_children", "right_children", "split_indices", "parents"])
@pytest.mark.parametrize("value", [10**6, -7, 2**31 - 1])
def test_trees_of_a_booster_that_point_outside_are_refused(field, value, table):
    import json

    xgboost = pytest.importorskip("xgboost")
    y = np.unique(table[1], return_inverse=True)[1]
    model = xgboost.XGBClassifier(n_estimators=2, max_depth=3, gamma=0.5).fit(table[0], y)
    content = json.loads(model.get_booster().save_raw(raw_format="json"))
    check_booster(content)
    tree = content["learner"]["gradient_booster"]["model"]["trees"][0]
    tree[field][1 if field == "parents" else 0] = value
    with pytest.raises(ValueError, match="booster"):
        check_booster(content)
