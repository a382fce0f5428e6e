"""Networks of clips with several genres."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier

from skgenre._several_genres import choose_thresholds
from skgenre.classifiers import (
    CNNClassifier,
    HierarchicalGenreClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.exceptions import SkgenreWarning
from skgenre.nn import Augmentation
from skgenre.nn._multilabel_loss import MultilabelLoss

GENRES = np.array(["jazz", "rock", "soul"])


@pytest.fixture
def clips():
    """Maps where each genre raises a band of its own, with a genre, several or none per clip."""
    rng = np.random.default_rng(0)
    matrix = (rng.random((90, 3)) < 0.4).astype(int)
    maps = rng.normal(size=(90, 6, 12)).astype(np.float32)
    maps[:, ::2] += 4 * matrix[:, :, np.newaxis]
    return maps, matrix


def make(network=MLPGenreClassifier, **params):
    defaults = {"max_epochs": 12, "lr": 1e-2, "random_state": 0, "device": "cpu"}
    if network is CNNClassifier:
        defaults |= {"channels": (8,), "center": None}
    return network(**{**defaults, **params})


def as_sets(matrix):
    return [set(GENRES[row == 1].tolist()) for row in matrix]


@pytest.mark.parametrize(
    "network",
    [
        make(MLPGenreClassifier),
        LSTMClassifier(center=None, max_epochs=12, random_state=0, device="cpu"),
        make(CNNClassifier),
    ],
    ids=["mlp", "lstm", "cnn"],
)
def test_a_network_learns_each_genre(network, clips):
    maps, matrix = clips
    X = maps.mean(axis=2) if isinstance(network, MLPGenreClassifier) else maps
    network = clone(network).fit(X[:60], matrix[:60])
    found = network.predict_proba(X[60:])
    assert found.shape == (30, 3)
    assert found.dtype == np.float32
    assert roc_auc_score(matrix[60:], found) > 0.9
    np.testing.assert_array_equal(network.predict(X[60:]), found > 0.5)
    assert [classes.tolist() for classes in network.classes_] == [[0, 1]] * 3


def test_predictions_have_the_form_of_the_target(clips):
    maps, matrix = clips
    frame = pd.DataFrame(matrix, columns=GENRES)
    forms = {"matrix": matrix, "frame": frame, "sets": as_sets(matrix)}
    forms["lists"] = [sorted(row) for row in forms["sets"]]
    found = {}
    for form, y in forms.items():
        network = make(CNNClassifier, max_epochs=3).fit(maps, y)
        found[form] = network.predict(maps)
        assert network.genres_.tolist() == ([0, 1, 2] if form == "matrix" else GENRES.tolist())
    assert isinstance(found["matrix"], np.ndarray)
    assert found["frame"].columns.tolist() == GENRES.tolist()
    np.testing.assert_array_equal(found["frame"], found["matrix"])
    assert found["sets"] == as_sets(found["matrix"])
    assert found["lists"] == [sorted(row) for row in found["sets"]]


def test_thresholds_decide_which_genres_are_predicted(clips):
    maps, matrix = clips
    network = make(CNNClassifier, threshold=[0.2, 0.5, 1.0], max_epochs=3).fit(maps, matrix)
    expected = network.predict_proba(maps) > [0.2, 0.5, 1.0]
    np.testing.assert_array_equal(network.predict(maps), expected)
    assert network.predict(maps)[:, 2].sum() == 0


def test_f1_chooses_thresholds_on_the_clips_that_are_set_aside(clips):
    maps, matrix = clips
    params = {"early_stopping": True, "validation_fraction": 0.3, "max_epochs": 3}
    chosen = make(CNNClassifier, threshold="f1", **params).fit(maps, matrix)
    plain = make(CNNClassifier, **params).fit(maps, matrix)
    assert plain.thresholds_.tolist() == [0.5] * 3
    assert chosen.thresholds_.tolist() != [0.5] * 3
    np.testing.assert_array_equal(chosen.predict_proba(maps), plain.predict_proba(maps))
    with pytest.raises(ValueError, match="set early_stopping=True"):
        make(CNNClassifier, threshold="f1").fit(maps, matrix)


def test_chosen_thresholds_have_the_best_f1_of_all():
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 2, (40, 2))
    matrix[:, 1] = 0
    found = np.round(rng.random((40, 2)), 1)  # with ties
    thresholds = choose_thresholds(matrix, found)
    best = max(f1_score(matrix[:, 0], found[:, 0] > t) for t in np.arange(-0.05, 1.05, 0.01))
    assert f1_score(matrix[:, 0], found[:, 0] > thresholds[0]) == pytest.approx(best)
    assert thresholds[1] == 0.5


def test_a_genre_without_clips_has_probability_0_and_is_named(clips):
    maps, matrix = clips
    y = pd.DataFrame(matrix, columns=GENRES).assign(polka=0)
    with pytest.warns(SkgenreWarning, match="no training clip has the genre polka"):
        network = make(CNNClassifier, max_epochs=1).fit(maps, y)
    assert (network.predict_proba(maps)[:, 3] == 0).all()
    assert (network.predict_proba(maps)[:, :3] > 0).all()


def test_balanced_weights_raise_the_probability_of_a_rare_genre(clips):
    maps, matrix = clips
    maps = np.random.default_rng(1).normal(size=maps.shape)  # nothing to learn but the shares
    y = matrix.copy()
    y[:, 0] = 0
    y[:9, 0] = 1
    plain = make(CNNClassifier).fit(maps, y).predict_proba(maps)[:, 0].mean()
    balanced = make(CNNClassifier, class_weight="balanced").fit(maps, y)
    by_hand = make(CNNClassifier, class_weight={0: 9.0}).fit(maps, y)
    assert plain < 0.3 < balanced.predict_proba(maps)[:, 0].mean()
    assert by_hand.predict_proba(maps)[:, 0].mean() > 0.3
    with pytest.raises(ValueError, match=r"'class_weight' parameter .* has the genre 'polka'"):
        make(CNNClassifier, class_weight={"polka": 2.0}).fit(maps, y)


def test_clips_without_weight_have_no_part(clips):
    maps, matrix = clips
    weight = np.repeat([1.0, 0.0], 45)
    changed = matrix.copy()
    changed[45:] = 1 - changed[45:]
    params = {"max_epochs": 2, "batch_size": 90}
    one = make(CNNClassifier, **params).fit(maps, matrix, sample_weight=weight)
    other = make(CNNClassifier, **params).fit(maps, changed, sample_weight=weight)
    np.testing.assert_allclose(one.predict_proba(maps), other.predict_proba(maps), rtol=1e-5)


def test_smoothed_targets_move_to_the_middle():
    import torch

    logits, target = torch.tensor([[2.0, -1.0]]), torch.tensor([[1.0, 0.0]])
    smoothed = torch.tensor([[0.9, 0.1]])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, smoothed)
    assert MultilabelLoss(label_smoothing=0.2)(logits, target).item() == pytest.approx(
        expected.item()
    )


def test_mixup_mixes_sets_of_genres(clips):
    maps, matrix = clips
    network = make(
        CNNClassifier, augmentation=Augmentation(mixup=0.4), center=None, max_epochs=20
    ).fit(maps, matrix, sample_weight=np.linspace(0.5, 1.5, 90))
    assert roc_auc_score(matrix, network.predict_proba(maps)) > 0.9


def test_early_stopping_keeps_groups_and_the_only_clip_of_a_genre(clips):
    maps, matrix = clips
    y = np.column_stack([matrix, np.zeros(90, dtype=int)])
    y[7, 3] = 1
    network = make(CNNClassifier, early_stopping=True, max_epochs=3)
    network.fit(maps, y, groups=np.arange(90) // 3)
    assert "valid_loss" in network.history_
    with pytest.raises(ValueError, match="can't set validation clips aside"):
        network.fit(maps, y, groups=np.zeros(90))


def test_training_goes_on_and_keeps_its_kind_of_target(clips):
    maps, matrix = clips
    network = make(CNNClassifier, warm_start=True, max_epochs=2)
    first = network.fit(maps, as_sets(matrix)).predict_proba(maps)
    assert not np.array_equal(network.fit(maps, as_sets(matrix)).predict_proba(maps), first)
    with pytest.raises(ValueError, match="fitted on clips of several genres"):
        network.fit(maps, np.repeat(["a", "b"], 45))
    with pytest.raises(ValueError, match="'polka' of clip 0 is unknown"):
        network.fit(maps, [{"polka"}, *as_sets(matrix)[1:]])
    network.set_params(warm_start=False).fit(maps, np.repeat(["a", "b"], 45))
    assert not hasattr(network, "genres_")
    assert network.classes_.tolist() == ["a", "b"]
    network.set_params(warm_start=True)
    with pytest.raises(ValueError, match="fitted on clips of one genre"):
        network.fit(maps, matrix)


def test_partial_fit_knows_genres_of_later_calls(clips):
    maps, matrix = clips
    network = make(CNNClassifier)
    sets = as_sets(matrix)
    network.partial_fit(maps, sets, classes=[*GENRES, "polka"])
    assert (network.predict_proba(maps)[:, 3] == 0).all()
    network.partial_fit(maps[:5], [{"polka"}] * 5)
    assert (network.predict_proba(maps)[:, 3] > 0).all()


def test_a_pickle_predicts_the_same(clips):
    maps, matrix = clips
    network = make(CNNClassifier, max_epochs=2).fit(maps, pd.DataFrame(matrix, columns=GENRES))
    loaded = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(loaded.predict_proba(maps), network.predict_proba(maps))
    pd.testing.assert_frame_equal(loaded.predict(maps), network.predict(maps))


@pytest.mark.parametrize("n_genres", [2, 3, 20])
@pytest.mark.parametrize(
    ("classifier", "least"),
    [
        (make(CNNClassifier, max_epochs=2), 0.0),
        (XGBGenreClassifier(n_estimators=20, subsample=1.0, random_state=0), 0.8),
    ],
    ids=["network", "trees"],
)
def test_searches_and_scorers_of_scikit_learn_take_a_matrix(classifier, least, n_genres):
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 2, (60, n_genres))
    X = rng.normal(size=(60, n_genres)) + 3 * matrix
    for scoring in ("roc_auc", "average_precision", "f1_macro"):
        scores = cross_val_score(classifier, X, matrix, scoring=scoring, cv=2)
        assert (scores >= least).all()
        assert (scores <= 1).all()
    search = GridSearchCV(classifier, {"threshold": [0.0, 0.5, 1.0]}, scoring="f1_micro", cv=2)
    assert search.fit(X, matrix).cv_results_["mean_test_score"][2] == 0
    assert search.best_params_["threshold"] < 1


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        ({"threshold": 0.3}, "single", "'threshold' parameter .* is for clips of several genres"),
        ({"threshold": [0.5, 0.5]}, "matrix", "for each of the 3 genres"),
        ({"threshold": [0.5, 0.5, 7]}, "matrix", "for each of the 3 genres"),
        ({"threshold": 1.5}, "matrix", "'threshold' parameter"),
        ({}, "none", "needs a clip with a genre"),
        ({}, "twos", "matrix of 0 and 1"),
        ({}, "short", "inconsistent numbers of samples"),
    ],
)
def test_bad_targets_and_thresholds_are_named(params, y, message, clips):
    maps, matrix = clips
    targets = {
        "single": np.repeat(["a", "b"], 45),
        "matrix": matrix,
        "none": np.zeros_like(matrix),
        "twos": 2 * matrix,
        "short": matrix[:50],
    }
    with pytest.raises(ValueError, match=message):
        make(CNNClassifier, **params).fit(maps, targets[y])


@pytest.fixture
def table(clips):
    maps, matrix = clips
    return maps[:, :, 0], matrix


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_trees_learn_each_genre_and_name_one_without_clips(table, strategy):
    X, matrix = table
    frame = pd.DataFrame(matrix, columns=GENRES).assign(polka=0)
    trees = XGBGenreClassifier(n_estimators=30, multi_strategy=strategy, random_state=0)
    with pytest.warns(SkgenreWarning, match="no training clip has the genre polka"):
        trees.fit(X[:60], frame[:60])
    found = trees.predict_proba(X[60:])
    assert roc_auc_score(matrix[60:], found[:, :3]) > 0.85
    assert (found[:, 3] == 0).all()
    pd.testing.assert_frame_equal(
        trees.predict(X[60:]), pd.DataFrame((found > 0.5).astype(int), columns=frame.columns)
    )
    trees.fit(X, matrix[:, 0])
    assert not hasattr(trees, "genres_")
    assert trees.predict_proba(X).shape == (90, 2)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"threshold": "f1"}, "trees set none aside"),
        ({"class_weight": "balanced"}, "takes class_weight with one genre per clip only"),
        ({"threshold": [0.5]}, "for each of the 3 genres"),
    ],
)
def test_trees_refuse_what_they_cannot_do(table, params, message):
    X, matrix = table
    with pytest.raises(ValueError, match=message):
        XGBGenreClassifier(**params).fit(X, matrix)


@pytest.fixture
def segments(clips):
    """Clips of four noisy segments of one frame."""
    maps, matrix = clips
    return maps[:, np.newaxis, :, :4].transpose(0, 3, 2, 1), matrix


@pytest.mark.parametrize("voting", ["soft", "hard"])
@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(20, random_state=0),
        OneVsRestClassifier(LogisticRegression()),
        MultiOutputClassifier(LogisticRegression()),
        XGBGenreClassifier(n_estimators=10, random_state=0),
    ],
    ids=["forest, a list", "one against the rest, a matrix", "a model for each, a list", "trees"],
)
def test_segments_vote_for_each_genre(segments, estimator, voting):
    X, matrix = segments
    model = SegmentVotingClassifier(estimator, voting=voting).fit(X[:60], matrix[:60])
    by_segment = model.predict_proba_segments(X[60:])
    assert by_segment.shape == (30, 4, 3)
    np.testing.assert_allclose(model.predict_proba(X[60:]), by_segment.mean(axis=1))
    assert roc_auc_score(matrix[60:], model.predict_proba(X[60:])) > 0.9
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) > 0.5)
    assert [classes.tolist() for classes in model.classes_] == [[0, 1]] * 3


def test_segments_of_clips_of_unlike_length_vote_for_each_genre(segments):
    X, matrix = segments
    ragged = [clip[: 1 + number % 4] for number, clip in enumerate(X)]
    sets = as_sets(matrix)
    model = SegmentVotingClassifier(RandomForestClassifier(20, random_state=0)).fit(ragged, sets)
    assert model.predict_proba(ragged).shape == (90, 3)
    is_right = [found == named for found, named in zip(model.predict(ragged), sets, strict=True)]
    assert np.mean(is_right) > 0.8


def test_votes_choose_thresholds_on_the_clips_that_the_network_sets_aside(clips):
    maps, matrix = clips
    X = np.stack([maps, maps + 0.1], axis=1)
    inner = make(CNNClassifier, early_stopping=True, validation_fraction=0.3, max_epochs=3)
    model = SegmentVotingClassifier(inner, threshold="f1").fit(X, matrix)
    plain = SegmentVotingClassifier(inner).fit(X, matrix)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    assert plain.thresholds_.tolist() == [0.5] * 3
    assert model.thresholds_.tolist() != [0.5] * 3


@pytest.mark.parametrize(
    ("estimator", "params", "message"),
    [
        (LogisticRegression(), {}, r"LogisticRegression takes one: wrap it"),
        (RandomForestClassifier(), {"threshold": "f1"}, "use a network with early_stopping=True"),
        (
            make(CNNClassifier, early_stopping=True, max_epochs=1),
            {"threshold": "f1"},
            "set none aside",
        ),
        (RandomForestClassifier(), {"threshold": [0.1]}, "for each of the 3 genres"),
    ],
)
def test_votes_refuse_what_the_classifier_cannot_do(segments, estimator, params, message):
    X, matrix = segments
    with pytest.raises(ValueError, match=message):
        SegmentVotingClassifier(estimator, **params).fit(X, matrix)


@pytest.mark.parametrize("matrix", [np.ones((8, 3)), np.eye(3)[np.zeros(8, dtype=int)]])
def test_boosting_names_genres_that_all_clips_have(matrix):
    with pytest.raises(ValueError, match="needs a clip without one of the genres"):
        XGBGenreClassifier(n_estimators=2).fit(np.arange(16).reshape(8, 2), matrix)


def test_the_score_of_a_frame_is_that_of_its_genres(table):
    X, matrix = table
    frame = pd.DataFrame(matrix, columns=["soul", "jazz", "rock"])
    names = frame.columns.to_numpy()
    sets = [set(names[row == 1]) for row in matrix]
    expected = (
        XGBGenreClassifier(n_estimators=5, random_state=0).fit(X, matrix).predict(X) == matrix
    ).all(axis=1)
    by_frame = XGBGenreClassifier(n_estimators=5, random_state=0).fit(X, frame)
    assert by_frame.score(X, frame) == pytest.approx(expected.mean())
    assert by_frame.score(X, frame[["jazz", "rock", "soul"]]) == pytest.approx(expected.mean())
    weight = np.arange(len(X))
    assert by_frame.score(X, sets, weight) == pytest.approx(np.average(expected, weights=weight))
    with pytest.raises(ValueError, match="needs the columns soul, jazz, rock"):
        by_frame.score(X, frame[["soul", "jazz"]])
    with pytest.raises(ValueError, match="needs several genres per clip"):
        by_frame.score(X, ["soul"] * len(X))
    with pytest.warns(SkgenreWarning, match="lack the parent"):
        tree = HierarchicalGenreClassifier(by_frame, hierarchy={"soul": "jazz"}).fit(X, sets)
    network = SegmentVotingClassifier(by_frame).fit(X[:, np.newaxis, :, np.newaxis], sets)
    assert 0 < tree.score(X, sets) <= 1
    assert 0 < network.score(X[:, np.newaxis, :, np.newaxis], sets) <= 1


def test_a_threshold_is_the_best_of_those_that_there_are():
    # All clips together have a better F1, but the third can't be above a threshold.
    matrix, found = np.array([[1], [0], [1], [0]]), np.array([[0.9], [0.6], [0.0], [0.5]])
    assert choose_thresholds(matrix, found) == pytest.approx(0.75)
    assert choose_thresholds(matrix, np.zeros((4, 1))) == 0
