import pickle
import sys
import warnings

import numpy as np
import pytest
import soundfile
from joblib.externals.loky import get_reusable_executor
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skgenre.classifiers import BlockKernelClassifier, MLPGenreClassifier
from skgenre.exceptions import PipelineWarning
from skgenre.features import MFCC, BandCovariance, FramePooling, SegmentPooling, cache_info
from skgenre.model_selection import compare


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 15)
    X = rng.standard_normal((30, 3))
    X[:, 0] += np.where(y == "metal", 3.0, 0.0)
    return X, y


@pytest.fixture
def songs(tmp_path):
    """Twelve files: a low and a high genre."""
    rng = np.random.default_rng(0)
    time = np.arange(8000) / 8000
    paths, y = [], []
    for number in range(12):
        genre = ["low", "high"][number % 2]
        pitch = {"low": 200, "high": 1500}[genre] * rng.uniform(0.9, 1.1)
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, 0.5 * np.sin(2 * np.pi * pitch * time), 8000)
        paths.append(str(path))
        y.append(genre)
    return paths, np.array(y)


def mfcc_pipeline(**kwargs):
    return make_pipeline(
        MFCC(sr=8000, n_fft=512, hop_length=256, n_mels=20, n_mfcc=5, **kwargs),
        FramePooling(),
        StandardScaler(),
        LogisticRegression(),
    )


class GroupRecorder(ClassifierMixin, BaseEstimator):
    """Remember the groups that fit was given, in a list that all clones share."""

    def __init__(self, seen=None):
        self.seen = seen

    def __sklearn_clone__(self):
        return GroupRecorder(self.seen)

    def fit(self, X, y, groups=None):
        self.seen.append(groups)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_the_frame_has_a_row_a_pipeline_and_fold(table):
    result = compare(
        {"logistic": LogisticRegression(), "chance": DummyClassifier()},
        *table,
        cv=3,
        scoring=["accuracy", "f1_macro"],
        random_state=0,
    )
    assert list(result.frame.columns) == [
        "pipeline",
        "repeat",
        "fold",
        "n_train",
        "n_test",
        "test_accuracy",
        "test_f1_macro",
        "fit_time",
        "predict_time",
        "score_time",
        "model_size",
        "error",
    ]
    assert result.frame["pipeline"].tolist() == ["logistic"] * 3 + ["chance"] * 3
    assert result.frame["fold"].tolist() == [0, 1, 2] * 2
    assert (result.frame["n_test"] == 10).all()


def test_the_better_pipeline_is_on_top_with_mean_and_interval_of_its_folds(table):
    result = compare(
        {"chance": DummyClassifier(), "logistic": LogisticRegression()},
        *table,
        cv=5,
        random_state=0,
    )
    assert list(result.summary.index) == ["logistic", "chance"]
    folds = result.frame.query("pipeline == 'logistic'")["test_accuracy"]
    row = result.summary.loc["logistic"]
    assert row["accuracy"] == pytest.approx(folds.mean())
    assert row["accuracy_std"] == pytest.approx(folds.std())
    # Wilson's interval of about 30 clips.
    n_right = round(30 * folds.mean())
    wilson = stats.binomtest(n_right, 30).proportion_ci(method="wilson")
    assert row["accuracy_low"] == pytest.approx(wilson.low, abs=0.03)
    assert row["accuracy_high"] == pytest.approx(wilson.high, abs=0.03)


def test_predictions_give_the_accuracy_of_the_frame(table):
    result = compare({"tree": DecisionTreeClassifier(random_state=0)}, *table, cv=3)
    correct = result.predictions["target"] == result.predictions["predicted"]
    by_fold = correct.groupby(result.predictions["fold"]).mean()
    assert by_fold.tolist() == pytest.approx(result.frame["test_accuracy"].tolist())


def test_the_pipelines_given_stay_untouched(songs):
    pipeline = mfcc_pipeline()
    before = repr(pipeline.get_params())
    compare({"mfcc": pipeline}, *songs, cv=2, random_state=0)
    assert repr(pipeline.get_params()) == before
    assert not hasattr(pipeline[-1], "coef_")


def test_two_workers_give_the_scores_of_one(songs):
    pipelines = {"mfcc": mfcc_pipeline(), "forest": RandomForestForMFCC()}
    one = compare(pipelines, *songs, cv=2, random_state=3)
    two = compare(pipelines, *songs, cv=2, random_state=3, n_jobs=2)
    columns = ["pipeline", "fold", "test_accuracy"]
    assert one.frame[columns].equals(two.frame[columns])
    assert one.predictions.equals(two.predictions)


def RandomForestForMFCC():
    return make_pipeline(*mfcc_pipeline()[:2], RandomForestClassifier(5))


def test_random_state_fills_only_what_is_none():
    seen = []

    class Recorder(ClassifierMixin, BaseEstimator):
        def __init__(self, random_state=None):
            self.random_state = random_state

        def fit(self, X, y):
            seen.append(self.random_state)
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.full(len(X), self.classes_[0])

    X, y = np.zeros((8, 1)), np.repeat(["a", "b"], 4)
    compare({"open": Recorder(), "fixed": Recorder(7)}, X, y, cv=2, random_state=0)
    opened, fixed = seen[0::2], seen[1::2]
    assert fixed == [7, 7]
    assert opened[0] == opened[1]
    assert isinstance(opened[0], int)


def test_what_a_pipeline_gets_does_not_depend_on_the_others(table):
    forest = RandomForestClassifier(3)
    alone = compare({"forest": forest}, *table, cv=3, random_state=0)
    beside = compare({"chance": DummyClassifier(), "forest": forest}, *table, cv=3, random_state=0)
    together = beside.predictions.query("pipeline == 'forest'")["predicted"].tolist()
    assert alone.predictions["predicted"].tolist() == together


def test_features_are_computed_once_for_all_pipelines_and_folds(songs, tmp_path):
    memory = tmp_path / "cache"
    pipelines = {"first": mfcc_pipeline(), "second": RandomForestForMFCC()}
    compare(pipelines, *songs, cv=3, memory=memory, random_state=0)
    assert cache_info(memory).misses == 12


def test_a_transformer_keeps_a_cache_of_its_own(songs, tmp_path):
    own, shared = tmp_path / "own", tmp_path / "shared"
    compare({"mfcc": mfcc_pipeline(memory=str(own))}, *songs, cv=2, memory=shared)
    assert cache_info(own).misses == 12
    assert not shared.exists() or cache_info(shared).misses == 0


def test_the_temporary_cache_is_gone_afterwards(songs, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    compare({"mfcc": mfcc_pipeline()}, *songs, cv=2)
    assert list(scratch.iterdir()) == []


def test_groups_reach_the_fit_of_a_classifier_that_takes_them(table):
    X, y = table
    groups = np.arange(30) // 2
    seen = []
    compare(
        {"recorder": make_pipeline(StandardScaler(), GroupRecorder(seen))},
        X,
        y,
        groups=groups,
        cv=3,
    )
    assert len(seen) == 3
    assert all(len(given) == 20 for given in seen)
    assert set(np.concatenate(seen)) == set(groups)


def test_a_classifier_that_declines_groups_gets_none(table):
    import sklearn

    X, y = table
    seen = []
    with sklearn.config_context(enable_metadata_routing=True):
        recorder = GroupRecorder(seen)
        compare({"recorder": recorder}, X, y, cv=3)
    assert seen == [None, None, None]


def test_metadata_routing_is_as_before(table):
    import sklearn

    compare({"chance": DummyClassifier()}, *table, groups=np.arange(30), cv=3)
    assert not sklearn.get_config()["enable_metadata_routing"]


def test_a_callable_score(table):
    def constant(model, X, y):
        return 0.5

    result = compare({"chance": DummyClassifier()}, *table, cv=3, scoring=constant)
    assert (result.frame["test_score"] == 0.5).all()


class Broken(DummyClassifier):
    """Fail on some of the folds."""

    def __init__(self, broken_on=""):
        super().__init__()
        self.broken_on = broken_on

    def fit(self, X, y):
        if str(int(X[0, 1])) in self.broken_on or self.broken_on == "all":
            raise RuntimeError("out of memory: use a smaller batch_size")
        return super().fit(X, y)


class NaNProbabilities(DummyClassifier):
    def predict_proba(self, X):
        return np.full((len(X), 2), np.nan)


def test_costs_are_measured(table):
    forests = {"small": RandomForestClassifier(2), "large": RandomForestClassifier(60)}
    result = compare(forests, *table, cv=3, random_state=0)
    summary = result.summary
    assert summary.at["large", "fit_time"] > summary.at["small", "fit_time"] > 0
    assert summary.at["large", "predict_time"] > 0
    model = clone(forests["small"]).set_params(random_state=0).fit(*table)
    assert summary.at["small", "model_size"] == pytest.approx(len(pickle.dumps(model)), rel=0.3)
    assert summary.at["large", "model_size"] > 10 * summary.at["small", "model_size"]


def test_a_model_that_can_not_be_pickled_has_no_size(table):
    class Local(DummyClassifier):
        pass

    result = compare({"local": Local()}, *table, cv=3)
    assert result.summary["model_size"].isna().all()
    assert result.errors.empty


@pytest.mark.parametrize(
    ("model", "cure"),
    [
        (
            make_pipeline(BandCovariance(), StandardScaler(), LinearSVC()),
            "leave out the StandardScaler after it",
        ),
        (
            make_pipeline(
                make_union(make_pipeline(BandCovariance(), StandardScaler()), FramePooling()),
                LinearSVC(),
            ),
            "leave out the StandardScaler after it",
        ),
        (
            BlockKernelClassifier([("cov", BandCovariance())]),
            "leave the block 'cov' out of 'standardize'",
        ),
        (
            BlockKernelClassifier([("cov", make_pipeline(BandCovariance(), StandardScaler()))]),
            "leave out the StandardScaler after it",
        ),
        (
            BlockKernelClassifier([("cov", make_pipeline(BandCovariance(), SegmentPooling()))]),
            "leave the block 'cov' out of 'standardize'",
        ),
        (
            make_pipeline(BandCovariance(), SegmentPooling(), StandardScaler(), LinearSVC()),
            "leave out the StandardScaler after it",
        ),
    ],
)
def test_covariances_that_are_standardized_are_named(model, cure):
    maps = np.random.default_rng(0).normal(size=(12, 3, 20))
    y = ["blues", "metal"] * 6
    with pytest.warns(PipelineWarning, match=rf"'svm' standardizes .* BandCovariance: {cure}"):
        compare({"svm": model, "chance": DummyClassifier()}, maps, y, cv=2)


def test_covariances_that_are_not_standardized_give_no_warning():
    maps = np.random.default_rng(0).normal(size=(12, 3, 20))
    blocks = [("cov", BandCovariance()), ("mean", FramePooling())]
    pipelines = {
        "svm": make_pipeline(BandCovariance(), LinearSVC()),
        "union": make_pipeline(make_union(BandCovariance(), FramePooling()), LinearSVC()),
        "blocks": BlockKernelClassifier(blocks, standardize=["mean"]),
    }
    compare(pipelines, maps, ["blues", "metal"] * 6, cv=2)


def test_a_pipeline_that_fails_is_named_and_the_others_go_on(table):
    with pytest.warns(FitFailedWarning, match="'broken' failed on fold 0.*smaller batch_size"):
        result = compare({"broken": Broken("all"), "logistic": LogisticRegression()}, *table, cv=3)
    errors = result.frame.query("pipeline == 'broken'")
    assert (errors["error"] == "RuntimeError: out of memory: use a smaller batch_size").all()
    assert errors["test_accuracy"].isna().all()
    assert (result.frame.query("pipeline == 'logistic'")["error"] == "").all()
    assert list(result.summary.index) == ["logistic", "broken"]
    assert list(result.ranking().index) == ["logistic"]
    assert result.pairwise().empty
    assert result.conclusions() == ["logistic is the only pipeline with scores."]
    for text in (repr(result), result.to_markdown(), result._repr_html_()):
        assert "broken has an error on 3 of 3 folds" in text
        assert "use a smaller batch_size" in text


def test_a_pipeline_that_fails_on_one_fold_is_not_ranked():
    X = np.arange(24.0).reshape(12, 2) // 8
    y = np.array(["a", "b"] * 6)
    splits = [([0, 1, 2, 3], [8, 9]), ([8, 9, 10, 11], [0, 1])]
    pipelines = {"broken": Broken("0"), "fine": DummyClassifier(), "other": DummyClassifier()}
    with pytest.warns(FitFailedWarning):
        result = compare(pipelines, X, y, cv=splits)
    assert result.errors["fold"].tolist() == [0]
    assert sorted(result.ranking().index) == ["fine", "other"]
    assert "broken has an error on 1 of 2 folds" in repr(result)


def test_when_all_fail_there_is_nothing_to_compare(table):
    with (
        pytest.warns(FitFailedWarning),
        pytest.raises(ValueError, match=r"'one': RuntimeError: out of memory.*'two': Runtime"),
    ):
        compare({"one": Broken("all"), "two": Broken("all")}, *table, cv=3)


def test_an_error_can_be_let_through(table):
    with pytest.raises(RuntimeError, match="out of memory"):
        compare({"broken": Broken("all")}, *table, cv=3, on_error="raise")
    with pytest.raises(ValueError, match="'on_error' parameter of compare"):
        compare({"broken": Broken("all")}, *table, on_error="ignore")


def test_a_score_of_nan_is_named(table):
    def undefined(model, X, y):
        return float("nan")

    scoring = {"accuracy": "accuracy", "odd": undefined}
    with pytest.warns(FitFailedWarning, match="'odd' is NaN"):
        result = compare({"chance": DummyClassifier()}, *table, cv=3, scoring=scoring)
    assert result.errors["error"].str.contains("'odd' is NaN on the test clips").all()
    assert result.frame["test_accuracy"].notna().all()
    assert list(result.ranking("accuracy").index) == ["chance"]
    assert result.ranking("odd").empty


@pytest.mark.parametrize("value", [float("inf"), -1e200])
def test_a_score_without_bound_is_an_error_of_its_fold(value):
    X, y = np.zeros((8, 2)), np.repeat(["blues", "metal"], 4)
    pipelines = {"a": DummyClassifier(), "b": DummyClassifier(strategy="uniform")}

    def score(model, X, y):
        return value if model.strategy == "uniform" else 0.5

    with pytest.warns(FitFailedWarning, match="'score' is infinite, or beyond"):
        result = compare(pipelines, X, y, cv=2, scoring=score)
    assert result.frame.loc[result.frame["pipeline"] == "b", "test_score"].isna().all()


def test_a_name_of_a_score_that_is_not_utf8_is_refused():
    with pytest.raises(ValueError, match=r"name 'caf.*' can't be written as UTF-8"):
        compare(
            {"a": DummyClassifier()}, [[0]] * 4, [0, 0, 1, 1], scoring={"caf\udce9": "accuracy"}
        )


def test_probabilities_of_nan_are_named(table):
    pipelines = {"diverged": NaNProbabilities(), "chance": DummyClassifier()}
    with pytest.warns(FitFailedWarning, match="gives NaN or infinite values"):
        result = compare(pipelines, *table, cv=3, scoring="map_at_1")
    assert set(result.errors["pipeline"]) == {"diverged"}


@pytest.mark.parametrize("scoring", ["neg_log_loss", ["accuracy", "map_at_1"]])
def test_a_score_of_probabilities_is_refused_before_anything_is_fitted(table, scoring):
    seen = []
    pipelines = {
        "chance": DummyClassifier(),
        "margins": make_pipeline(StandardScaler(), LinearSVC()),
        "recorder": GroupRecorder(seen),
    }
    with pytest.raises(ValueError, match=r"'margins'.*needs predict_proba.*'recorder'") as caught:
        compare(pipelines, *table, cv=3, scoring=scoring)
    assert "CalibratedClassifierCV" in str(caught.value)
    assert "'chance'" not in str(caught.value)
    assert seen == []


def test_a_score_for_two_genres_is_refused_for_three_before_anything_is_fitted():
    X, y = np.zeros((9, 1)), np.array(["a", "b", "c"] * 3)
    seen = []
    with pytest.raises(ValueError, match=r"'f1' can't be computed on split 0.*'f1_macro'"):
        compare({"recorder": GroupRecorder(seen)}, X, y, cv=3, scoring="f1")
    assert seen == []


def test_scores_by_the_names_of_this_package(table):
    result = compare(
        {"logistic": LogisticRegression()}, *table, cv=3, scoring=["map_at_1", "accuracy"]
    )
    assert result.scores == ["map_at_1", "accuracy"]
    assert result.frame["test_map_at_1"].tolist() == result.frame["test_accuracy"].tolist()


def test_a_fold_without_a_genre_is_scored_all_the_same():
    rng = np.random.default_rng(0)
    y = np.array(["a", "b", "c"] * 6)
    X = rng.standard_normal((18, 2)) + (y == "b")[:, None]
    clips = np.arange(18)
    without = clips[y != "c"][:4]
    splits = [(np.setdiff1d(clips, without), without), (clips[:9], clips[9:])]
    result = compare(
        {"logistic": LogisticRegression()}, X, y, cv=splits, scoring=["roc_auc_ovr", "map_at_2"]
    )
    assert result.frame[["test_roc_auc_ovr", "test_map_at_2"]].notna().all(axis=None)


@pytest.mark.parametrize("scoring", [3, "no_such_score"])
def test_an_unusable_score_is_refused_before_anything_is_fitted(table, scoring):
    seen = []
    with pytest.raises(ValueError, match="scoring"):
        compare({"recorder": GroupRecorder(seen)}, *table, cv=3, scoring=scoring)
    assert seen == []


@pytest.mark.parametrize(
    ("pipelines", "message"),
    [
        ([LogisticRegression()], "must be a dict of names to estimators"),
        ({}, "must be a dict of names to estimators"),
        ({1: LogisticRegression()}, "names of pipelines must be strings"),
        ({"a": LogisticRegression}, "'a' must be an estimator with fit and predict"),
        ({"a": StandardScaler()}, "'a' must be an estimator with fit and predict"),
    ],
)
def test_what_is_no_pipeline_is_refused(table, pipelines, message):
    with pytest.raises(TypeError, match=message):
        compare(pipelines, *table)


@pytest.mark.parametrize("other", [Ridge(), make_pipeline(StandardScaler(), KMeans())])
def test_what_predicts_no_genre_is_refused_before_anything_is_fitted(table, other):
    seen = []
    pipelines = {"recorder": GroupRecorder(seen), "other": other}
    with pytest.raises(ValueError, match=r"pipeline 'other' is a (regressor|clusterer) \("):
        compare(pipelines, *table, cv=3)
    assert seen == []


def test_clips_and_genres_of_different_number_are_refused(table):
    X, y = table
    with pytest.raises(ValueError, match="got 30 clips and 'y' of length 29"):
        compare({"chance": DummyClassifier()}, X, y[:-1])
    with pytest.raises(ValueError, match="'groups' has no value for clip 1"):
        compare({"chance": DummyClassifier()}, X, y, groups=["a", None] * 15)


def test_errors_that_end_in_a_full_stop_get_no_other():
    class Refusing(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            raise ValueError("Leave it out.")

    X, y = np.zeros((8, 1)), ["jazz", "rock"] * 4
    with (
        pytest.warns(FitFailedWarning) as seen,
        pytest.raises(ValueError, match="every pipeline failed") as raised,
    ):
        compare({"refusing": Refusing()}, X, y, cv=2, random_state=0)
    for message in (str(raised.value), *(str(warning.message) for warning in seen)):
        assert "Leave it out. " in message


class Misshapen(DummyClassifier):
    def __init__(self, shape=(-1, 1)):
        super().__init__()
        self.shape = shape

    def predict(self, X):
        return np.resize(super().predict(X), self.shape if self.shape[0] > 0 else (len(X), 1))


@pytest.mark.parametrize("shape", [(-1, 1), (3,), (1, 1, 1)])
def test_predictions_of_another_shape_are_an_error_of_the_pipeline(table, shape):
    pipelines = {"odd": Misshapen(shape), "chance": DummyClassifier()}
    with pytest.warns(FitFailedWarning, match="must return a genre for each of"):
        result = compare(pipelines, *table, cv=3)
    assert result.ranking().index.tolist() == ["chance"]


def test_a_genre_that_is_not_utf8_may_never_be_predicted():
    y = np.array(["blues", "caf\udce9"] * 6)
    chance = DummyClassifier(strategy="constant", constant="blues")
    result = compare({"chance": chance}, np.zeros((12, 1)), y, cv=3, random_state=0)
    assert result.summary["accuracy"].tolist() == [0.5]
    assert len(result.always_wrong()) == 6
    assert result.confusion_matrix().to_numpy().tolist() == [[6, 0], [6, 0]]


def test_workers_load_torch_before_the_first_fit_if_a_pipeline_needs_it():
    """joblib takes what is loaded later for a leak, and replaces the worker."""

    # Local, so that a worker doesn't import this file.
    class NeedsTorch(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            if "skgenre.classifiers._training.skorch_net" not in sys.modules:
                raise RuntimeError("torch is not loaded")
            return super().fit(X, y, sample_weight)

    get_reusable_executor().shutdown(wait=True)  # earlier fits may have loaded it
    X = np.random.default_rng(0).normal(size=(8, 3))
    network = MLPGenreClassifier(max_epochs=1, device="cpu")
    for other, is_needed in ((DummyClassifier(), False), (network, True)):
        pipelines = {"first": NeedsTorch(), "other": other}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitFailedWarning)
            result = compare(pipelines, X, [0, 1] * 4, cv=2, n_jobs=2, random_state=0)
        is_loaded = result.frame.query("pipeline == 'first'")["error"].eq("").all()
        assert is_loaded == is_needed
