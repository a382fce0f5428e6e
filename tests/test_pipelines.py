"""The one place that looks into pipelines, searches and ensembles."""

import ast
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skgenre
from skgenre._pipelines import last_models, members_of, open_search, paths_of, steps_of
from skgenre.classifiers import (
    BlockKernelClassifier,
    CNNClassifier,
    MLPGenreClassifier,
    SegmentVotingClassifier,
)
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter
from skgenre.inspection import HistoryDisplay
from skgenre.metrics import get_genre_scorer
from skgenre.model_selection import leakage_gap
from skgenre.persistence import load_model, model_card, save_model
from skgenre.persistence._contract import input_contract_of
from skgenre.songs import predict_song
from skgenre.songs._clip_model import ClipModel

_INSIDES = {
    *("steps", "named_steps", "transformer_list", "transformers_"),
    *("estimator", "estimator_", "estimators", "estimators_", "final_estimator_"),
    *("best_estimator_", "calibrated_classifiers_"),
}
# They check one object of a file that nobody trusts, before any of its methods is called.
_RULES_OF_FILES = ("rules_of_ensembles.py", "rules_of_estimators.py", "rules_of_skgenre.py")


def _looks_inside(function):
    """Tell whether a function reads what other estimators are made of."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in _INSIDES:
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                return True
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "hasattr"):
            name = node.args[1]
            if isinstance(name, ast.Constant) and name.value in _INSIDES:
                return True
    return False


def test_only_one_place_looks_into_pipelines_searches_and_ensembles():
    found = {}
    for path in Path(skgenre.__file__).parent.rglob("*.py"):
        if path.name in _RULES_OF_FILES:
            continue
        functions = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names = [
            node.name
            for node in functions
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _looks_inside(node)
        ]
        if names:
            found[path.name] = names
    assert list(found) == ["_pipelines.py"], found


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 3)), np.repeat(["jazz", "pop"], 6)


@pytest.fixture(scope="module")
def sounds():
    """Eight clips of half a second, and their genres."""
    time = np.arange(4000) / 8000
    pitches = [300, 2000, 400, 2200, 350, 2100, 450, 1900]
    X = np.stack([np.sin(2 * np.pi * pitch * time) for pitch in pitches]).astype(np.float32)
    return X, np.array(["low", "high"] * 4)


def _mel(**params):
    return MelSpectrogram(sr=8000, n_mels=8, n_fft=256, **params)


def _logistic():
    return make_pipeline(_mel(), FramePooling(), LogisticRegression())


def _types(parts):
    return [type(part).__name__ for part in parts]


def test_steps_that_are_skipped_are_no_steps():
    inner = Pipeline([("a", "passthrough"), ("scale", StandardScaler()), ("b", None)])
    model = Pipeline([("none", None), ("inner", inner), ("classify", LogisticRegression())])
    assert _types(steps_of(model)) == ["StandardScaler", "LogisticRegression"]
    idle = Pipeline([("a", "passthrough")])
    assert steps_of(idle) == [idle]
    assert paths_of(make_pipeline(idle, LogisticRegression()))[0][0] is idle


def test_searches_are_opened_once_fitted_to_the_last(table):
    search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {}, cv=2)
    nested = GridSearchCV(search, {}, cv=2)
    assert open_search(nested) is nested
    assert _types(paths_of(nested)[0]) == ["StandardScaler", "LogisticRegression"]
    nested.fit(*table)
    assert open_search(nested) is nested.best_estimator_.best_estimator_
    assert steps_of(nested) == [nested]
    assert _types(steps_of(nested, opened=True)) == ["StandardScaler", "LogisticRegression"]
    assert paths_of(nested)[0][0] is open_search(nested)[0]


def test_frozen_parts_are_opened_for_reading_only(table):
    frozen = FrozenEstimator(StandardScaler().fit(table[0]))
    model = make_pipeline(frozen, LogisticRegression())
    assert steps_of(model)[0] is frozen
    assert steps_of(model, opened=True)[0] is paths_of(model)[0][0] is frozen.estimator
    search = FrozenEstimator(GridSearchCV(LogisticRegression(), {}, cv=2).fit(*table))
    assert steps_of(search, opened=True) == [search.best_estimator_]


@pytest.mark.parametrize("is_fitted", [False, True])
@pytest.mark.parametrize(
    ("ensemble", "n_paths"),
    [
        (lambda model: VotingClassifier([("a", model), ("b", "drop"), ("c", clone(model))]), 2),
        (lambda model: StackingClassifier([("a", model), ("b", clone(model))], cv=2), 2),
        (lambda model: CalibratedClassifierCV(model, cv=2), (1, 2)),
        (lambda model: CalibratedClassifierCV(model, cv=2, ensemble=False), 1),
        (lambda model: BaggingClassifier(model, n_estimators=2), (1, 2)),
        (FixedThresholdClassifier, 1),
        (lambda model: make_pipeline("passthrough", VotingClassifier([("a", model)])), 1),
    ],
)
def test_paths_enter_every_member(table, ensemble, n_paths, is_fitted):
    union = FeatureUnion([("a", StandardScaler()), ("b", "drop")])
    model = ensemble(make_pipeline(union, LogisticRegression()))
    if is_fitted:
        model.fit(*table)
    paths = paths_of(model)
    assert [_types(path) for path in paths] == [["StandardScaler", "LogisticRegression"]] * (
        n_paths if isinstance(n_paths, int) else n_paths[is_fitted]
    )
    assert all(hasattr(path[0], "mean_") == is_fitted for path in paths)


def test_both_branches_of_a_union_and_of_columns_read_x(table):
    branches = [("mel", make_pipeline(_mel(), FramePooling())), ("mfcc", MFCC())]
    union = make_pipeline(FeatureUnion(branches), LogisticRegression())
    readers = ["MelSpectrogram", "MFCC"]
    assert _types(path[0] for path in paths_of(union)) == readers
    assert _types(path[-1] for path in paths_of(union)) == ["LogisticRegression"] * 2
    columns = ColumnTransformer([("a", StandardScaler(), [0]), ("b", "drop", [1])])
    for model in (columns, clone(columns).fit(table[0])):
        assert _types(path[0] for path in paths_of(model)) == ["StandardScaler"]


def test_paths_do_not_enter_what_no_x_passes_through(table):
    selector = SelectFromModel(RandomForestClassifier(3))
    vote = SegmentVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    forest = RandomForestClassifier(3).fit(*table)
    for part in (selector, vote, forest):
        assert paths_of(make_pipeline(part))[0] == [part]
    assert members_of(forest) == []
    assert _types(members_of(selector)) == ["RandomForestClassifier"]


def test_members_of_an_ensemble_are_the_fitted_ones(table):
    boosted = AdaBoostClassifier(n_estimators=2).fit(*table)
    assert members_of(boosted) == boosted.estimators_
    assert members_of(AdaBoostClassifier()) == []


def test_last_models_end_at_an_ensemble():
    vote = SegmentVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    assert _types(last_models(make_pipeline(StandardScaler(), vote))) == [
        "SegmentVotingClassifier",
        "LogisticRegression",
    ]
    two = VotingClassifier([("a", vote), ("b", vote)])
    assert _types(last_models(two)) == ["VotingClassifier"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: VotingClassifier([("a", _logistic()), ("b", _logistic())], voting="soft"),
        lambda: CalibratedClassifierCV(_logistic(), cv=2),
        lambda: GridSearchCV(GridSearchCV(_logistic(), {}, cv=2), {}, cv=2),
        lambda: make_pipeline(
            FeatureUnion(
                [
                    ("mel", make_pipeline(_mel(), FramePooling())),
                    ("mfcc", make_pipeline(MFCC(sr=8000, n_fft=256, n_mels=20), FramePooling())),
                ]
            ),
            LogisticRegression(),
        ),
        lambda: BlockKernelClassifier(
            [
                ("mel", make_pipeline(_mel(), FramePooling())),
                ("mfcc", make_pipeline(MFCC(sr=8000, n_fft=256, n_mels=20), FramePooling())),
            ]
        ),
    ],
    ids=["voting", "calibrated", "nested searches", "union", "blocks"],
)
def test_every_reader_of_a_model_agrees_on_its_input(sounds, make, tmp_path):
    """Each place used to walk by itself: songs found the reader, the card called it a table."""
    model = make().fit(*sounds)
    contract = input_contract_of(model)
    assert (contract.kind, contract.sr, contract.n_samples) == ("audio", 8000, 4000)
    assert ClipModel(model, "predict_song").n_samples == 4000
    assert "mono waveforms at 8000 Hz" in model_card(model)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert np.array_equal(loaded.predict_proba(sounds[0]), model.predict_proba(sounds[0]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: BaggingClassifier(_logistic(), n_estimators=2, max_features=0.5),
        lambda: make_pipeline(
            ColumnTransformer([("half", make_pipeline(_mel(), FramePooling()), slice(0, 2000))]),
            LogisticRegression(),
        ),
    ],
    ids=["bagging", "columns"],
)
def test_the_clips_of_a_model_are_not_the_columns_that_a_member_gets(sounds, make, tmp_path):
    model = make().fit(*sounds)
    assert input_contract_of(model).n_samples == 4000
    assert ClipModel(model, "predict_song").n_samples == 4000
    soundfile.write(tmp_path / "song.wav", np.tile(sounds[0][0], 2), 8000)
    assert predict_song(model, tmp_path / "song.wav").sum() == pytest.approx(1)


class _Own(ClassifierMixin, BaseEstimator):
    """A user's classifier, with scikit-learn's names for something else, or for a plain list."""

    def __init__(self, estimators=3, classifier="nearest"):
        self.estimators = estimators
        self.classifier = classifier

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.estimators_ = self.estimators
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


def test_names_that_mean_something_else_to_a_user_are_no_members(table):
    for estimators in (3, "several", {"a": 1.0}, [1.0, 2.0], None):
        for model in (_Own(estimators), _Own(estimators).fit(*table)):
            assert members_of(model) == []
            assert paths_of(model) == [[model]]
    assert "Own" in model_card(_Own().fit(*table))
    inner = [LogisticRegression(), StandardScaler()]
    assert members_of(_Own(inner)) == members_of(_Own(inner).fit(*table)) == inner


def test_frozen_models_are_read_like_others(sounds):
    model = FrozenEstimator(_logistic().fit(*sounds))
    assert input_contract_of(model).kind == "audio"
    assert ClipModel(model, "predict_song").n_samples == 4000
    assert model_card(model).startswith("# Genre classifier: MelSpectrogram → FramePooling → Log")


def test_a_vote_of_segments_has_the_contract_of_its_inner_model(table):
    X, y = table
    inner = make_pipeline(StandardScaler(), LogisticRegression())
    vote = SegmentVotingClassifier(inner).fit(X[:, np.newaxis, :, np.newaxis], y)
    assert input_contract_of(vote).to_dict() == {"kind": "segments", "shape": [3, 1]}
    maps = np.random.default_rng(0).normal(size=(8, 2, 3, 4)).astype(np.float32)
    network = CNNClassifier(channels=(2,), max_epochs=1, device="cpu")
    vote = SegmentVotingClassifier(network).fit(maps, ["a", "b"] * 4)
    assert input_contract_of(vote).to_dict() == {"kind": "segments", "shape": [3, 4]}


def test_the_length_of_clips_is_found_for_a_network_in_an_ensemble(sounds, tmp_path):
    import soundfile

    paths = []
    for number, clip in enumerate(sounds[0]):
        paths.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(paths[-1], clip, 8000)
    network = MLPGenreClassifier(dense=(2,), max_epochs=1, device="cpu")
    model = CalibratedClassifierCV(make_pipeline(_mel(), network), cv=2).fit(paths, sounds[1])
    # Fitted on files: the frames that the network takes say how long a clip is.
    assert ClipModel(model, "predict_song").n_samples == 3584
    assert sorted(predict_song(model, paths[0]).index) == ["high", "low"]


def test_a_segmenter_takes_nested_and_skipped_steps(sounds):
    plain = Segmenter(make_pipeline(_mel(), FramePooling()), sr=8000, segment_duration=0.25)
    nested = Pipeline([("off", "passthrough"), ("inner", clone(plain.feature))])
    other = Segmenter(nested, sr=8000, segment_duration=0.25)
    assert np.array_equal(other.fit_transform(sounds[0]), plain.fit_transform(sounds[0]))


def test_a_leakage_gap_takes_a_vote_in_a_nested_pipeline(table):
    rng = np.random.default_rng(0)
    segments = rng.normal(size=(20, 1, 3, 1)) + 0.01 * rng.normal(size=(20, 3, 3, 1))
    vote = make_pipeline(SegmentVotingClassifier(LogisticRegression()))
    y = np.repeat(["jazz", "pop"], 10)
    nested = leakage_gap(make_pipeline("passthrough", vote), segments, y, cv=2, random_state=0)
    plain = leakage_gap(vote[0], segments, y, cv=2, random_state=0)
    assert nested.frame.equals(plain.frame)
    scaled = FrozenEstimator(FunctionTransformer().fit(segments))
    frozen = leakage_gap(make_pipeline(scaled, vote), segments, y, cv=2, random_state=0)
    assert frozen.frame.equals(plain.frame)
    search = GridSearchCV(vote, {}, cv=2)
    with pytest.raises(TypeError, match="This is a GridSearchCV"):
        leakage_gap(search.fit(segments, y), segments, y)


def test_the_history_is_found_in_a_calibrated_search(sounds):
    maps = np.random.default_rng(0).normal(size=(8, 3, 4)).astype(np.float32)
    network = CNNClassifier(channels=(2,), max_epochs=2, device="cpu")
    search = GridSearchCV(make_pipeline(network), {}, cv=2)
    model = CalibratedClassifierCV(search, cv=2, ensemble=False).fit(maps, sounds[1])
    assert len(HistoryDisplay.from_estimator(model).history) == 2
    assert "2 epochs in" in model_card(model)


def test_the_card_names_the_different_models_of_an_ensemble(table):
    members = [("a", make_pipeline(StandardScaler(), LogisticRegression())), ("b", _forest())]
    card = model_card(VotingClassifier([*members, ("c", _forest())]).fit(*table))
    title = "VotingClassifier(StandardScaler, LogisticRegression, RandomForestClassifier)"
    assert card.splitlines()[0] == f"# Genre classifier: {title}"


def _forest():
    return RandomForestClassifier(3)


def test_a_score_names_the_last_step_of_nested_pipelines(table):
    from sklearn.svm import LinearSVC

    model = make_pipeline(StandardScaler(), make_pipeline(LinearSVC())).fit(*table)
    with pytest.raises(ValueError, match="Pipeline that ends in LinearSVC has none"):
        get_genre_scorer("neg_log_loss")(model, *table)
