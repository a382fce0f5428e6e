"""Model files of classifiers whose clips have several genres."""

import copy
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skgenre.classifiers import (
    CNNClassifier,
    HierarchicalGenreClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.datasets import genre_matrix
from skgenre.exceptions import ModelFormatError
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.persistence import export_onnx, load_model, model_card, save_model
from skgenre.persistence._safe.boosters import check_booster, load_booster
from skgenre.persistence._safe.trees import make_tree

GENRES = ["jazz", "rock", "soul"]


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 2, (12, 3))
    matrix[:, 1] = 0  # a genre without clips
    X = rng.uniform(-0.5, 0.5, (12, 22050)).astype(np.float32)
    return X, pd.DataFrame(matrix, columns=GENRES)


def network(**params):
    return CNNClassifier(channels=(4,), max_epochs=1, random_state=0, device="cpu", **params)


def pipelines():
    mel = MelSpectrogram(n_mels=8, hop_length=1024)
    segments = Segmenter(mel, segment_duration=0.5)
    return {
        "network": make_pipeline(mel, network(threshold=[0.4, 0.5, 0.6])),
        "soft votes": make_pipeline(segments, SegmentVotingClassifier(network(), threshold=0.4)),
        "hard votes": make_pipeline(segments, SegmentVotingClassifier(network(), voting="hard")),
        "tree of genres": make_pipeline(
            segments,
            HierarchicalGenreClassifier(
                SegmentVotingClassifier(network()), hierarchy={"jazz": "soul"}
            ),
        ),
    }


@pytest.fixture(scope="module", params=pipelines())
def model(request, clips):
    X, y = clips
    y = genre_matrix(y, hierarchy={"jazz": "soul"})
    with pytest.warns(UserWarning, match="no training clip has the genre"):
        return pipelines()[request.param].fit(X, y)


def test_a_file_keeps_genres_thresholds_and_the_form(model, clips, tmp_path):
    X, _ = clips
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops", device="cpu")
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), atol=1e-6)
    pd.testing.assert_frame_equal(loaded.predict(X), model.predict(X))
    assert loaded[-1].thresholds_.tolist() == model[-1].thresholds_.tolist()
    for genre in GENRES:
        assert genre in model_card(model)


def test_an_exported_file_has_probabilities_of_each_genre(model, clips, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    X, _ = clips
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (found,) = session.run(None, {"waveform": X})
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-5)
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["labels"]) == GENRES
    assert json.loads(facts["thresholds"]) == model[-1].thresholds_.tolist()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("thresholds_", np.array([0.5, 0.5])),
        ("thresholds_", np.array([0.5, 0.5, np.nan])),
        ("genres_", np.array(["jazz", "jazz", "soul"])),
        ("genres_", np.array(["jazz", "soul"])),
        ("genres_", np.array([1, "1", "soul"], dtype=object)),
        ("genres_", np.array([None, "jazz", "soul"], dtype=object)),
        ("genres_", np.array([0.0, 1.0, np.nan])),
        ("classes_", [np.array([0, 1])] * 2),
        ("classes_", [np.array([0, 2])] * 3),
        ("_is_seen", np.array([True])),
        ("_target_form", "else"),
    ],
)
def test_contents_that_do_not_fit_are_refused(attribute, value, clips, tmp_path):
    X, y = clips
    with pytest.warns(UserWarning, match="no training clip"):
        model = network().fit(X[:, :64], y)
    setattr(model, attribute, value)
    with pytest.raises((TypeError, ValueError), match="save_model can't store"):
        save_model(model, tmp_path / "model.skops")


def test_a_file_whose_genres_were_changed_is_refused(clips, tmp_path):
    X, y = clips
    with pytest.warns(UserWarning, match="no training clip"):
        save_model(network().fit(X[:, :64], y), tmp_path / "model.skops")
    changed = tmp_path / "changed.skops"
    with (
        zipfile.ZipFile(tmp_path / "model.skops") as source,
        zipfile.ZipFile(changed, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".json") and b'"jazz"' in content and b'"versions"' in content:
                content = content.replace(b'"jazz"', b'"fado"')
            target.writestr(name, content)
    with pytest.raises(ModelFormatError):
        load_model(changed)


def trees(strategy="one_output_per_tree", **params):
    return XGBGenreClassifier(n_estimators=6, multi_strategy=strategy, random_state=0, **params)


STRATEGIES = ("one_output_per_tree", "multi_output_tree")


@pytest.fixture(scope="module")
def table():
    """Clips of three genres, two of which depend on the columns; one has no clips."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 5)).astype(np.float32)
    matrix = np.zeros((80, 3), dtype=int)
    matrix[:, [0, 2]] = X[:, :2] + 0.3 * rng.normal(size=(80, 2)) > 0
    return X, pd.DataFrame(matrix, columns=GENRES)


def models_of_trees(strategy):
    return {
        "alone": trees(strategy, threshold=[0.3, 0.5, 0.6]),
        "pipeline": make_pipeline(StandardScaler(), trees(strategy)),
        "soft votes": SegmentVotingClassifier(trees(strategy), threshold=[0.3, 0.5, 0.6]),
        "hard votes": SegmentVotingClassifier(trees(strategy), voting="hard"),
    }


@pytest.fixture(scope="module", params=STRATEGIES)
def fitted_trees(request, table):
    pytest.importorskip("xgboost")
    X, y = table
    segments = X.reshape(20, 4, 5, 1)
    found = {}
    for name, model in models_of_trees(request.param).items():
        rows = (segments, y[::4]) if "votes" in name else (X, y)
        with pytest.warns(UserWarning, match="no training clip has the genre"):
            found[name] = model.fit(*rows), rows[0]
    return found


def test_trees_come_back_with_thresholds_and_the_form(fitted_trees, tmp_path):
    for name, (model, X) in fitted_trees.items():
        save_model(model, tmp_path / "model.skops")
        loaded = load_model(tmp_path / "model.skops")
        expected = model.predict_proba(X)
        np.testing.assert_allclose(loaded.predict_proba(X), expected, atol=1e-6, err_msg=name)
        pd.testing.assert_frame_equal(loaded.predict(X), model.predict(X))


def test_exported_trees_have_probabilities_of_each_genre(fitted_trees, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxmltools")
    for name, (model, X) in fitted_trees.items():
        export_onnx(model, tmp_path / "model.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
        rows = X[..., 0] if X.ndim == 4 else X
        (found,) = session.run(None, {"table": rows})
        np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-5, err_msg=name)
        facts = session.get_modelmeta().custom_metadata_map
        last = getattr(model, "steps", [("", model)])[-1][1]
        assert json.loads(facts["labels"]) == GENRES
        assert json.loads(facts["thresholds"]) == last.thresholds_.tolist()


def test_trees_with_missing_values_and_pruned_branches_are_exported(table, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxmltools")
    X, y = table
    model = trees(gamma=2.0, max_depth=6).fit(X, y.drop(columns="rock"))
    export_onnx(model, tmp_path / "model.onnx")
    (found,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"table": X})
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize(
    "classifier",
    [
        RandomForestClassifier(3, random_state=0),
        OneVsRestClassifier(LogisticRegression()),
        MultiOutputClassifier(LogisticRegression()),
        make_pipeline(StandardScaler(), ExtraTreesClassifier(3, random_state=0)),
    ],
    ids=["forest", "one vs rest", "multi-output", "pipeline"],
)
@pytest.mark.parametrize("n_genres", [2, 3])
def test_classifiers_of_sklearn_vote_in_a_file(classifier, n_genres, table, tmp_path):
    X = table[0]
    y = pd.DataFrame((X[:, :n_genres] > 0).astype(int), columns=GENRES[:n_genres])
    model = SegmentVotingClassifier(classifier).fit(X, y)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), atol=1e-9)
    pd.testing.assert_frame_equal(loaded.predict(X), model.predict(X))


def test_a_forest_of_several_genres_is_not_exported(table, tmp_path):
    X, y = table
    forest = RandomForestClassifier(3, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=r"(?s)RandomForestClassifier of several.*save_model"):
        export_onnx(forest, tmp_path / "model.onnx")


def booster_of(fitted_trees):
    model, _ = fitted_trees["alone"]
    return json.loads(model.model_.get_booster().save_raw(raw_format="json"))


def first_tree(content):
    return content["learner"]["gradient_booster"]["model"]["trees"][0]


@pytest.mark.parametrize("field", ["left_children", "right_children", "split_indices", "parents"])
@pytest.mark.parametrize("value", [10**6, -7, 2**31 - 1])
def test_nodes_that_point_outside_are_refused(field, value, fitted_trees):
    content = booster_of(fitted_trees)
    check_booster(content)
    first_tree(content)[field][1 if field == "parents" else 0] = value
    with pytest.raises(ValueError, match="booster"):
        check_booster(content)


@pytest.mark.parametrize("n_targets", ["1", "3", "9", "65536", "-1"])
def test_another_number_of_genres_in_a_booster_is_refused(n_targets, fitted_trees):
    content = booster_of(fitted_trees)
    content["learner"]["learner_model_param"]["num_target"] = n_targets
    with pytest.raises(ValueError, match="booster"):
        check_booster(content)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("objective", "name"), "reg:squarederror"),
        (("objective", "name"), "binary:hinge"),
        (("learner_model_param", "num_class"), "2"),
        (("learner_model_param", "base_score"), "[0.5,0.5,0.5]"),
        (("learner_model_param", "base_score"), "[0.5,5]"),
        (("learner_model_param", "base_score"), "-1"),
    ],
)
def test_other_facts_of_a_booster_are_refused(place, value, fitted_trees):
    content = booster_of(fitted_trees)
    content["learner"][place[0]][place[1]] = value
    with pytest.raises(ValueError, match="booster"):
        check_booster(content)


def test_what_xgboost_refuses_is_said_in_a_line(fitted_trees):
    content = booster_of(fitted_trees)
    content["learner"]["learner_model_param"]["base_score"] = "[0_1,0.5]"
    with pytest.raises(ValueError, match=r"^XGBoost refuses a booster \(.*json.*\)$"):
        load_booster(json.dumps(content, separators=(",", ":")).encode(), 1, "cpu")


def test_a_tree_for_a_genre_that_is_not_there_is_refused(fitted_trees):
    content = booster_of(fitted_trees)
    content["learner"]["gradient_booster"]["model"]["tree_info"][0] = 2
    with pytest.raises(ValueError, match="booster"):
        check_booster(content)


def leaf_of(tree):
    return tree["left_children"].index(-1)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree["leaf_weights"].pop(),
        lambda tree: tree["base_weights"].pop(),
        lambda tree: tree.pop("leaf_weights"),
        lambda tree: tree["right_children"].__setitem__(leaf_of(tree), 10**6),
        lambda tree: tree["right_children"].__setitem__(leaf_of(tree), 1),
        lambda tree: tree["leaf_weights"].__setitem__(0, float("nan")),
        lambda tree: tree["tree_param"].update(size_leaf_vector="3"),
        lambda tree: tree["tree_param"].update(size_leaf_vector="1"),
        lambda tree: tree["tree_param"].update(num_deleted="1"),
    ],
)
def test_leaves_with_values_of_other_genres_are_refused(change, table):
    pytest.importorskip("xgboost")
    X, y = table
    model = trees("multi_output_tree").fit(X, y.drop(columns="rock"))
    content = json.loads(model.model_.get_booster().save_raw(raw_format="json"))
    check_booster(content)
    change(first_tree(content))
    with pytest.raises(ValueError, match=r"booster|leaves"):
        check_booster(content)


def test_trees_of_other_genres_than_the_classifier_are_refused(fitted_trees, tmp_path):
    model, _ = fitted_trees["alone"]
    changed = copy.copy(model)
    changed._is_seen = np.array([True, True, True])
    with pytest.raises(TypeError, match="model_ has other genres"):
        save_model(changed, tmp_path / "model.skops")
    changed = copy.copy(model)
    changed.thresholds_ = np.array([0.5, 0.5, 1.5])
    with pytest.raises(TypeError, match="thresholds_ are not of each genre, from 0 to 1"):
        save_model(changed, tmp_path / "model.skops")
    vote, _ = fitted_trees["soft votes"]
    vote = copy.copy(vote)
    vote.estimator_ = RandomForestClassifier(1).fit(np.zeros((4, 5)), np.eye(4, dtype=int))
    with pytest.raises(TypeError, match="estimator_ has other genres"):
        save_model(vote, tmp_path / "model.skops")


@pytest.mark.parametrize(
    "change", [{"values": np.zeros((1, 2, 2))}, {"values": np.zeros((1, 1, 2))}, {"node_count": 9}]
)
def test_a_tree_of_several_genres_of_another_size_is_refused(change, table):
    X, y = table
    tree = DecisionTreeClassifier(max_depth=2).fit(X, y.drop(columns="rock")).tree_
    _, arguments, state = tree.__reduce__()
    make_tree(arguments, state)
    with pytest.raises(ValueError, match="decision tree"):
        make_tree(arguments, {**state, **change})
    for n_outputs in (0, 3, 2**40):
        with pytest.raises(ValueError, match="decision tree"):
            make_tree((arguments[0], arguments[1], n_outputs), state)


def test_the_card_names_the_thresholds(fitted_trees):
    model, _ = fitted_trees["alone"]
    for as_html in (False, True):
        card = model_card(model, as_html=as_html)
        assert "It predicts each of 3 genres: a clip may have several." in card
        assert "jazz 0.3, rock 0.5, soul 0.6" in card
        assert "most probable" not in card
    model, _ = fitted_trees["pipeline"]
    assert "all genres 0.5" in model_card(model)
