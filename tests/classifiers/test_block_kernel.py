import pickle

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skgenre._pipelines import paths_of
from skgenre.classifiers import BlockKernelClassifier
from skgenre.classifiers._kernel_machines import combine_pairs, make_folds
from skgenre.exceptions import ShapeMismatchError
from skgenre.features import FramePooling, MelSpectrogram, ModulationSpectrum, SegmentPooling
from skgenre.persistence import export_onnx, load_model, save_model
from skgenre.persistence._safe.invariants import check_model


@pytest.fixture
def table():
    """Sixty clips of four genres that overlap."""
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "jazz", "pop", "rock"], 15)
    X = rng.normal(size=(60, 8)) + 1.2 * rng.normal(size=(4, 8))[np.arange(60) // 15]
    return X, y


def columns(*which):
    return FunctionTransformer(_take, kw_args={"which": which})


def _take(X, which):
    return X[:, which]


TWO = [("left", columns(0, 1, 2)), ("right", columns(3, 4, 5, 6, 7))]


def test_one_block_is_a_support_vector_machine(table):
    X, y = table
    scaled = StandardScaler().fit_transform(X)
    svc = SVC(C=3, decision_function_shape="ovo", tol=1e-6).fit(scaled, y)
    ours = BlockKernelClassifier(base="svm", C=3, width=0.5).fit(X, y)
    new = np.random.default_rng(1).normal(size=(30, 8))
    pairs = svc.decision_function((new - X.mean(axis=0)) / X.std(axis=0))
    expected = combine_pairs(pairs, len(svc.classes_))
    np.testing.assert_allclose(ours.decision_function(new), expected, atol=1e-2)
    two = y < "k"
    svc = SVC(C=3, tol=1e-6).fit(StandardScaler().fit_transform(X[two]), y[two])
    ours = BlockKernelClassifier(base="svm", C=3, width=0.5).fit(X[two], y[two])
    expected = svc.decision_function((new - X[two].mean(axis=0)) / X[two].std(axis=0))
    np.testing.assert_allclose(ours.decision_function(new), expected, atol=1e-3)


def test_the_kernel_is_the_weighted_mean_of_those_of_the_blocks(table):
    X, y = table
    model = BlockKernelClassifier(TWO, weights={"right": 3.0}, base="ridge", alpha=0.2, width=2.0)
    model.fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    kernel = 0
    for weight, part in ((0.25, scaled[:, :3]), (0.75, scaled[:, 3:])):
        squares = ((part[:, np.newaxis] - part) ** 2).sum(axis=-1)
        kernel = kernel + weight * np.exp(-squares / (2 * squares.mean()))
    indicators = (y[:, np.newaxis] == model.classes_).astype(float)
    coefs = np.linalg.solve(kernel + 0.2 * np.eye(60), indicators - 0.25)
    np.testing.assert_allclose(model.decision_function(X), kernel @ coefs + 0.25, atol=1e-9)


def test_only_the_named_blocks_are_standardized(table):
    X, y = table
    stretched = X * np.array([1, 1, 1, 100, 1, 1, 1, 1])
    models = {
        name: BlockKernelClassifier(TWO, standardize=choice)
        for name, choice in (("all", True), ("left", ["left"]), ("none", False))
    }
    scores = {
        name: (
            model.fit(X, y).decision_function(X),
            model.fit(stretched, y).decision_function(stretched),
        )
        for name, model in models.items()
    }
    np.testing.assert_allclose(*scores["all"], atol=1e-3)
    assert np.abs(np.subtract(*scores["left"])).max() > 0.1
    both = BlockKernelClassifier(TWO, standardize=["left", "right"]).fit(X, y)
    np.testing.assert_array_equal(both.decision_function(X), scores["all"][0])


def test_a_block_of_weight_0_does_not_count(table):
    X, y = table
    without = BlockKernelClassifier(TWO[:1]).fit(X, y)
    zero = BlockKernelClassifier(TWO, weights={"right": 0}).fit(X, y)
    np.testing.assert_allclose(zero.decision_function(X), without.decision_function(X), atol=1e-9)


def test_a_block_that_does_not_vary_changes_no_prediction(table):
    X, y = table
    same = [*TWO, ("same", FunctionTransformer(np.zeros_like))]
    model = BlockKernelClassifier(same).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()
    assert (model.predict(X) == y).mean() > 0.8


def test_who_wins_its_pairs_has_the_highest_score():
    # Genre 0 wins both pairs, genre 1 one.
    assert np.argsort(combine_pairs(np.array([[1.0, 1.0, 1.0]]), 3)[0]).tolist() == [2, 1, 0]
    # Genres 0, 1 and 2 win one pair each: 0 over 1, 2 over 0, 1 over 2.
    assert combine_pairs(np.array([[1.0, -3.0, 0.5]]), 3)[0].argmax() == 2


def test_a_clear_genre_has_a_higher_score_than_a_doubtful_one():
    # Genre 0 wins both pairs, in the second clip by little.
    clear, doubtful = combine_pairs(np.array([[1.0, 1.0, 0.2], [0.05, 0.05, 0.2]]), 3)
    assert clear[0] - clear[1] > doubtful[0] - doubtful[1] + 0.5


@pytest.mark.parametrize(
    ("base", "separation"), [("svm", 0.0), ("ridge", 1.2)], ids=["too certain", "too uncertain"]
)
def test_probabilities_are_calibrated_on_held_out_clips(base, separation):
    rng = np.random.default_rng(0)
    y = np.arange(120) % 4
    X = rng.normal(size=(120, 8)) + separation * rng.normal(size=(4, 8))[y]
    losses = {}
    for cv in (5, None):
        model = BlockKernelClassifier(base=base, cv=cv).fit(X[:60], y[:60])
        losses[cv] = log_loss(y[60:], model.predict_proba(X[60:]))
    assert losses[5] < losses[None] - 0.1


@pytest.mark.parametrize("base", ["svm", "ridge"])
def test_the_most_probable_genre_is_predicted(base, table):
    X, y = table
    for genres in (y, np.where(y < "k", "old", "new")):
        model = BlockKernelClassifier(base=base).fit(X, genres)
        probabilities = model.predict_proba(X)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(X)).all()


def test_groups_are_not_divided_by_the_calibration(table):
    """Each clip is there twice: with the other copy in training, any classifier looks certain."""
    X, y = table
    noise = np.random.default_rng(0).normal(size=X.shape)
    twice, genres = np.concatenate([noise, noise]), np.concatenate([y, y])
    groups = np.tile(np.arange(60), 2)
    model = BlockKernelClassifier(
        base="svm", C=100.0, cv=StratifiedKFold(5, shuffle=True, random_state=0)
    )
    without = model.fit(twice, genres).temperature_
    together = (
        BlockKernelClassifier(base="svm", C=100.0).fit(twice, genres, groups=groups).temperature_
    )
    assert together > 3 * without


@pytest.mark.parametrize("with_groups", [False, True])
def test_a_genre_of_one_clip_does_not_disable_the_calibration(with_groups, table):
    X, y = table
    groups = np.arange(60) if with_groups else None
    without = BlockKernelClassifier().fit(
        X[:45], y[:45], groups=None if groups is None else groups[:45]
    )
    model = BlockKernelClassifier().fit(
        X[:46], y[:46], groups=None if groups is None else groups[:46]
    )
    assert model.classes_.tolist() == ["blues", "jazz", "pop", "rock"]
    assert model.temperature_ == pytest.approx(without.temperature_, rel=0.5)


def test_genres_of_one_clip_each_leave_the_scores_uncalibrated(table):
    X, y = table
    assert BlockKernelClassifier().fit(X[::15], y[::15]).temperature_ == 1.0
    groups = np.repeat([0, 1], 30)  # Each of two genres, none of which has another.
    assert BlockKernelClassifier().fit(X, y, groups=groups).temperature_ == 1.0


def test_folds_of_rare_genres_split_no_group():
    y = np.array([0, 0, 1, 1, 2, 0, 0, 1, 1])
    groups = np.array([0, 0, 1, 1, 2, 3, 2, 4, 4])
    folds = make_folds(y, groups, 5)
    assert len(folds) == 2
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        assert sorted([*train, *test]) == list(range(9))
        assert 4 in train


def test_a_few_clips_that_are_all_right_make_no_certainty():
    y = np.repeat(["blues", "metal"], 10)
    X = np.random.default_rng(0).normal(size=(20, 3)) + 50.0 * (y == "metal")[:, np.newaxis]
    probabilities = BlockKernelClassifier().fit(X, y).predict_proba(X)
    assert (probabilities.max(axis=1) > 0.9).all()
    assert probabilities.min() > 1e-6


def test_clips_of_weight_0_do_not_count_in_blocks(table):
    X, y = table
    weight = (np.arange(60) % 3 > 0).astype(float)
    X = np.where(weight[:, np.newaxis] > 0, X, 1e6)
    blocks = [("scaled", StandardScaler())]
    model = BlockKernelClassifier(blocks, standardize=False)
    kept = weight > 0
    expected = clone(model).fit(X[kept], y[kept]).predict_proba(X[kept])
    model.fit(list(X), y, sample_weight=weight)
    np.testing.assert_allclose(model.predict_proba(X[kept]), expected, atol=1e-8)


def test_maps_are_read_by_the_blocks():
    rng = np.random.default_rng(0)
    y = np.arange(20) % 2
    maps = rng.normal(size=(20, 4, 100)) * (1 + y[:, np.newaxis, np.newaxis])
    blocks = [
        ("timbre", make_pipeline(FramePooling(statistics="std"), PCA(2))),
        ("rhythm", ModulationSpectrum()),
    ]
    model = BlockKernelClassifier(blocks).fit(maps, y)
    assert (model.predict(maps) == y).all()
    assert model.n_features_in_ == 4


def test_files_are_read_by_the_blocks(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{number}.wav") for number in range(6)]
    for number, path in enumerate(paths):
        soundfile.write(path, 0.1 * rng.normal(size=8000).cumsum() ** (number % 2), 8000)
    feature = make_pipeline(MelSpectrogram(sr=8000, n_mels=8), FramePooling())
    model = BlockKernelClassifier([("mel", feature)]).fit(paths, [0, 1] * 3)
    assert model.predict(paths).tolist() == [0, 1] * 3
    assert paths_of(model)[0][0] is model.blocks_[0][1][0]


def test_parameters_of_blocks_and_weights_are_searchable(table):
    X, y = table
    blocks = [("few", PCA(2)), ("input", "passthrough")]
    given = {"few": 1.0}
    model = BlockKernelClassifier(blocks, weights=given)
    model.set_params(weights__few=2.0)
    assert given == {"few": 1.0}
    model.set_params(weights__few=1.0)
    grid = {"weights__few": [0.5, 2.0], "few__n_components": [1, 2]}
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert model.get_params()["weights__few"] == 1.0
    assert model.weights == {"few": 1.0}
    changed = clone(model).set_params(weights__input=0.5, few__n_components=1)
    assert changed.weights == {"few": 1.0, "input": 0.5}
    assert changed.blocks[0][1].n_components == 1
    assert model.blocks[0][1].n_components == 2
    assert changed.set_params(few=PCA(3)).blocks[0][1].n_components == 3


@pytest.mark.parametrize("base", ["svm", "ridge"])
def test_it_is_saved_and_loaded(base, table, tmp_path):
    X, y = table
    blocks = [("few", PCA(2)), ("input", "passthrough")]
    model = BlockKernelClassifier(blocks, base=base, standardize=["input"]).fit(X, y)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dual_coef_", np.zeros((3, 1))),
        ("support_tables_", []),
        ("centers_", [np.zeros(3)]),
        ("scales_", [np.zeros(8)]),
        ("temperature_", -1.0),
        ("temperature_", 5e-324),
        ("_has_pairs", "yes"),
        ("blocks_", [("input", "code")]),
        ("blocks_", [("input", SVC())]),
    ],
)
def test_a_file_with_other_numbers_is_refused(name, value, table):
    model = BlockKernelClassifier().fit(*table)
    check_model(model)
    setattr(model, name, value)
    with pytest.raises(ValueError, match="BlockKernelClassifier"):
        check_model(model)


def test_a_pickle_has_the_support_vectors_alone():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 500)
    X = rng.normal(size=(1000, 50)).astype(np.float32) + 4 * y[:, np.newaxis]
    model = BlockKernelClassifier(base="svm", cv=None, width=20.0).fit(X, y)
    assert len(model.dual_coef_) < 200
    assert len(pickle.dumps(model)) < X.nbytes / 2


def test_a_table_of_names_keeps_them(table):
    X, y = table
    frame = pd.DataFrame(X, columns=[f"feature{number}" for number in range(8)])
    model = BlockKernelClassifier([("few", PCA(2))]).fit(frame, y)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"feature0": "other"}))


@pytest.mark.parametrize("is_member", [False, True])
def test_onnx_is_refused_with_the_reason(is_member, table, tmp_path):
    model = BlockKernelClassifier()
    if is_member:
        model = make_pipeline(StandardScaler(), VotingClassifier([("kernels", model)]))
    with pytest.raises(
        ValueError, match=r"can't export BlockKernelClassifier: .* can't be translated"
    ):
        export_onnx(model.fit(*table), tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"blocks": []}, ValueError, "'blocks' parameter of BlockKernelClassifier must be a list"),
        ({"blocks": [PCA()]}, ValueError, "must be a list of"),
        ({"blocks": [("a", PCA()), ("a", PCA())]}, ValueError, "not unique"),
        ({"blocks": [("weights", PCA())]}, ValueError, "conflict"),
        ({"blocks": [("a", SVC())]}, TypeError, "block 'a' of BlockKernelClassifier must be a tr"),
        ({"blocks": [("a", "drop")]}, TypeError, "or 'passthrough'. Got 'drop'"),
        ({"weights": {"mfcc": 1}}, ValueError, "'weights' .* has 'mfcc', .* blocks are 'input'"),
        ({"standardize": ["mfcc"]}, ValueError, "'standardize' .* has 'mfcc', .* are 'input'"),
        ({"weights": {"input": -1}}, ValueError, "weight of 'input' .* 0 or more. Got -1"),
        ({"weights": {"input": 0}}, ValueError, "at least one block a weight above 0"),
        ({"base": "trees"}, ValueError, "'base' parameter of BlockKernelClassifier"),
        ({"C": 0}, ValueError, "'C' parameter of BlockKernelClassifier"),
        ({"cv": 1}, ValueError, "'cv' parameter of BlockKernelClassifier"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, kind, message, table):
    with pytest.raises(kind, match=message):
        BlockKernelClassifier(**parameters).fit(*table)


def test_blocks_that_are_no_tables_are_named(table):
    X, y = table
    maps = np.repeat(X[:, :, np.newaxis], 3, axis=2)
    with pytest.raises(ShapeMismatchError, match=r"without blocks takes a table .* 3 axes"):
        BlockKernelClassifier().fit(maps, y)
    with pytest.raises(ShapeMismatchError, match=r"block 'map' .* must be a table .* 3 axes"):
        BlockKernelClassifier([("map", "passthrough")]).fit(maps, y)


def test_segments_are_counted_by_their_bands():
    genres = np.arange(12) % 2
    maps = np.random.default_rng(0).normal(size=(12, 5, 9)) + genres[:, None, None]
    segments = np.stack([maps, maps], axis=1)
    block = make_pipeline(FramePooling(), SegmentPooling())
    model = BlockKernelClassifier([("timbre", block)]).fit(segments, genres)
    assert model.n_features_in_ == 5
    np.testing.assert_allclose(
        model.predict_proba(segments[:, :1]), model.predict_proba(segments), atol=1e-6
    )


@pytest.mark.parametrize("shape", [(3, 7, 20), (3, 2, 7, 20)])
def test_maps_of_other_bands_are_refused_by_the_name_of_the_axis(shape):
    rng = np.random.default_rng(0)
    model = BlockKernelClassifier([("timbre", FramePooling())], standardize=False, cv=None)
    model.fit(rng.normal(size=(6, 5, 20)), ["blues", "metal"] * 3)
    with pytest.raises(ShapeMismatchError, match="fitted on maps with 5 bands, got 7"):
        model.predict(rng.normal(size=shape))
