"""Content of model files, and models that are refused."""

import json
import os
import pickle
import subprocess
import sys
import threading
import zipfile

import joblib
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import MLPGenreClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.features import AudioTransformer, FramePooling, MelSpectrogram, Segmenter
from skgenre.nn import Augmentation, DoubleSoftmaxLoss
from skgenre.persistence import load_model, model_card, save_model
from skgenre.persistence._safe.rules import CLASSES

CODE = """
import sys
import numpy as np
from skgenre.persistence import load_model
model = load_model(sys.argv[1])
np.save(sys.argv[3], model.predict_proba(np.load(sys.argv[2])))
"""


def through_file(model, folder, **options):
    save_model(model, folder / "model.skops")
    return load_model(folder / "model.skops", **options)


def test_a_new_interpreter_predicts_the_same(fitted, music, tmp_path):
    """Nothing that `load_model` needs is imported yet, unlike in the tests of other processes."""
    save_model(fitted, tmp_path / "model.skops")
    np.save(tmp_path / "X.npy", music.data)
    paths = [tmp_path / name for name in ("model.skops", "X.npy", "p.npy")]
    subprocess.run([sys.executable, "-c", CODE, *map(str, paths)], check=True)
    expected = fitted.predict_proba(music.data)
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), expected)


def test_a_model_of_long_clips_as_arrays_is_kept(tmp_path):
    rng = np.random.default_rng(0)
    clips = rng.uniform(-1, 1, (4, 30 * 44100)).astype(np.float32)
    features = Segmenter(MelSpectrogram(sr=44100, n_mels=8), segment_duration=10.0, sr=44100)
    model = make_pipeline(features, SegmentVotingClassifier(MLPGenreClassifier(max_epochs=1)))
    model.fit(clips, ["jazz", "rock"] * 2)
    loaded = through_file(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(clips), model.predict_proba(clips))


def test_a_model_without_a_network_loads_without_pytorch(music, tmp_path):
    model = make_pipeline(MelSpectrogram(n_mels=16), FramePooling(), SVC())
    save_model(model.fit(music.data, music.target), tmp_path / "model.skops")
    code = """
import sys
from skgenre.persistence import load_model
load_model(sys.argv[1])
print(*{"torch", "dask", "skops.io"} & set(sys.modules))
import sklearn.utils
sklearn.utils.all_estimators()  # as usual again
print("sklearn.externals.array_api_compat.torch" in sys.modules)
"""
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.skops")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert result.stdout.split() == ["True"]


def test_names_that_are_written_down_are_those_of_the_classes():
    for kind in (Augmentation, DoubleSoftmaxLoss):
        assert f"{kind.__module__}.{kind.__qualname__}" in CLASSES


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(),
        SVC(),
        RandomForestClassifier(5, random_state=0),
        GradientBoostingClassifier(n_estimators=3, random_state=0),
        HistGradientBoostingClassifier(max_iter=3),
        CalibratedClassifierCV(SVC(), cv=2),
        GaussianProcessClassifier(),
        KNeighborsClassifier(),
        MLPClassifier((4,), max_iter=2, random_state=0),
        SGDClassifier(random_state=0),
        make_pipeline(StandardScaler(), SelectKBest(k=5), LogisticRegression()),
        make_pipeline(FunctionTransformer(np.abs), LogisticRegression()),
        XGBGenreClassifier(n_estimators=3),
    ],
    ids=lambda classifier: str(classifier).partition("(")[0],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_classifiers_of_tables_come_back(classifier, table, tmp_path):
    if isinstance(classifier, XGBGenreClassifier):
        pytest.importorskip("xgboost")
    X, y = table
    model = clone(classifier).fit(X, y)
    loaded = through_file(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_what_xgboost_makes_itself_comes_back(table, tmp_path):
    xgboost = pytest.importorskip("xgboost")
    X, y = table
    model = xgboost.XGBClassifier(n_estimators=3).fit(X, np.unique(y, return_inverse=True)[1])
    loaded = through_file(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_all_that_a_network_was_given_comes_back(table, tmp_path):
    X, y = table
    model = MLPGenreClassifier(
        dense=(4,),
        max_epochs=2,
        augmentation=Augmentation(noise=0.1),
        class_weight={"blues": 2.0, "jazz": 1.0, "pop": 1.0},
        net_params={"criterion": DoubleSoftmaxLoss},
        random_state=np.random.RandomState(0),
    ).fit(X, y)
    loaded = through_file(model, tmp_path)
    assert loaded.augmentation.get_params() == model.augmentation.get_params()
    assert loaded.net_params == model.net_params
    assert loaded.class_weight == model.class_weight
    assert loaded.history_.equals(model.history_)
    assert loaded.random_state.randint(99) == model.random_state.randint(99)
    # It goes on from where it was, with a new optimizer.
    assert len(loaded.partial_fit(X, y).history_) == 3


def test_a_search_is_saved_as_its_best_model(table, tmp_path):
    X, y = table
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=2).fit(X, y)
    loaded = through_file(search, tmp_path)
    assert isinstance(loaded, LogisticRegression)
    assert search.best_params_ == {"C": loaded.C}
    np.testing.assert_array_equal(loaded.predict_proba(X), search.predict_proba(X))


def test_a_search_without_a_best_model_is_refused(table, tmp_path):
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=2, refit=False).fit(*table)
    with pytest.raises(ValueError, match="refit=True"):
        save_model(search, tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (make_pipeline(MelSpectrogram(), MLPGenreClassifier()), NotFittedError, "not fitted"),
        (MLPGenreClassifier(), NotFittedError, "not fitted"),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}), NotFittedError, "not fitted"),
        (StandardScaler().fit([[0.0]]), TypeError, "predicts no genre"),
        ({"a": 1}, TypeError, "got a dict"),
    ],
)
def test_what_is_no_fitted_classifier_is_refused(model, error, words, tmp_path):
    with pytest.raises(error, match=words):
        save_model(model, tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


class Level(AudioTransformer):
    def __init__(
        self, *, sr=22050, duration=None, n_jobs=None, verbose=0, memory=None,
        max_in_memory="2GB", dtype="float32", device="cpu",
    ):  # fmt: skip
        self.sr, self.duration, self.n_jobs, self.verbose = sr, duration, n_jobs, verbose
        self.memory, self.max_in_memory = memory, max_in_memory
        self.dtype, self.device = dtype, device

    def compute(self, y):
        return np.abs(y[None, : len(y) // 100 * 100].reshape(1, -1, 100)).mean(-1)


class Callback:
    def __init__(self):
        self.lock = threading.Lock()

    def initialize(self):
        return self

    def __getattr__(self, name):
        if name.startswith("on_"):
            return lambda *_, **__: None
        raise AttributeError(name)


def test_a_class_of_your_own_is_named(music, tmp_path):
    model = make_pipeline(Level(), FramePooling(), LogisticRegression())
    model.fit(music.data, music.target)
    with pytest.raises(TypeError, match=r"can't store \S+\.Level: .*pickle"):
        save_model(model, tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


def test_callbacks_are_named_and_can_be_left_out(table, tmp_path):
    from skorch.callbacks import PrintLog

    model = MLPGenreClassifier(dense=(4,), max_epochs=1, callbacks=[("log", PrintLog(sink=str))])
    model.fit(*table)
    with pytest.raises(TypeError, match=r"'callbacks' of MLPGenreClassifier: skorch\.\S*PrintLog"):
        save_model(model, tmp_path / "model.skops")
    loaded = through_file(model.set_params(callbacks=None), tmp_path)
    np.testing.assert_array_equal(loaded.predict(table[0]), model.predict(table[0]))


def test_what_can_not_even_be_copied_is_said(table, tmp_path):
    class Odd(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_, self.lock_ = np.unique(y), threading.Lock()
            return self

    with pytest.raises(TypeError, match=r"can't store this Odd.*lock"):
        save_model(Odd().fit(*table), tmp_path / "model.skops")


def test_an_attribute_in_the_place_of_a_method_is_refused(table, fitted, tmp_path):
    path = tmp_path / "model.skops"
    model = LogisticRegression().fit(*table)
    model.decision_function = 3.0
    with pytest.raises(
        TypeError, match=r"load_model would refuse it \(Logistic.*'decision_function'"
    ):
        save_model(make_pipeline(model), path)
    network = pickle.loads(pickle.dumps(fitted))
    network[-1].estimator_._input_shape = (16, 22)  # its own
    network[-1].estimator_.history_of = []  # added by the user, and no one else's
    save_model(network, path)
    load_model(path)


def test_an_older_file_outlives_a_failed_save(table, fitted, tmp_path, monkeypatch):
    path = tmp_path / "model.skops"
    save_model(LogisticRegression().fit(*table), path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        save_model(fitted, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_way_and_one_that_is_missing(fitted, tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder"):
        save_model(fitted, tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        save_model(fitted, tmp_path / "no" / "model.skops")


def test_the_file_says_what_it_is(fitted, tmp_path):
    path = tmp_path / "model.skops"
    save_model(fitted, path)
    with zipfile.ZipFile(path) as archive:
        info = json.loads(archive.read("skgenre.json"))
        card = archive.read("README.md").decode()
    assert info["format"] == 3
    assert info["classes"] == ["classical", "jazz", "metal"]
    assert info["input"] == {"kind": "audio", "sr": 22050.0, "n_samples": 44100}
    assert {"skgenre", "scikit-learn", "numpy", "skops", "python"} <= set(info["versions"])
    assert card == model_card(fitted)


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_a_device_that_is_not_here_becomes_the_cpu(device, music, fitted, tmp_path):
    model = pickle.loads(pickle.dumps(fitted))
    model.set_params(segmenter__device="cuda:7")
    model[-1].estimator_.device = "cuda:7" if device == "cpu" else "mps"
    loaded = through_file(model, tmp_path, device=device)
    expected = fitted.predict_proba(music.data)
    np.testing.assert_array_equal(loaded.predict_proba(music.data), expected)
    assert loaded[-1].estimator_.device == "cpu"


def test_an_unknown_device_is_refused(fitted, tmp_path):
    with pytest.raises(ValueError, match="device of this machine"):
        through_file(fitted, tmp_path, device="abacus")


def test_the_folder_of_a_cache_stays_on_its_machine(music, fitted, tmp_path):
    model = pickle.loads(pickle.dumps(fitted)).set_params(segmenter__memory=tmp_path / "cache")
    loaded = through_file(model, tmp_path)
    assert model[0].memory == tmp_path / "cache"
    assert loaded[0].memory is None
    assert str(tmp_path).encode() not in (tmp_path / "model.skops").read_bytes()


def test_a_file_is_as_small_as_a_pickle(fitted, tmp_path):
    save_model(fitted, tmp_path / "model.skops")
    joblib.dump(fitted, tmp_path / "model.joblib")
    pickled = len(pickle.dumps(fitted))
    assert (tmp_path / "model.joblib").stat().st_size < pickled + 5_000
    # Names and checksums of entries come on top.
    assert (tmp_path / "model.skops").stat().st_size < pickled + 15_000


def test_the_card_says_what_is_known(fitted, table):
    card = model_card(fitted)
    assert "# Genre classifier: Segmenter(MelSpectrogram) → SegmentVotingClassifier" in card
    assert "waveforms at 22050 Hz" in card
    assert "classical, jazz, metal" in card
    assert "`feature__n_mels=16`" in card
    assert "2 epochs" in card
    assert "predict_proba" not in model_card(SVC().fit(*table))
    with pytest.raises(NotFittedError):
        model_card(MLPGenreClassifier())


@pytest.mark.parametrize("feature", ["ChromaFeatures", "Tempogram"])
def test_the_maximum_norm_is_kept(feature, tmp_path):
    from skgenre import features

    made = getattr(features, feature)(sr=8000)
    norms = {"norm": np.inf} if "norm" in made.get_params() else {}
    clips = np.random.default_rng(0).normal(0, 0.1, (6, 16_000))
    model = make_pipeline(made.set_params(**norms), FramePooling(), LogisticRegression())
    save_model(model.fit(clips, ["a", "b"] * 3), tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(clips), model.predict_proba(clips))


def test_genres_that_are_no_utf_8_are_kept(tmp_path):
    genres = np.array([os.fsdecode(b"caf\xe9"), "rock\n音"] * 4)
    table = np.random.default_rng(0).normal(size=(8, 3)) + (genres == genres[0])[:, None]
    model = LogisticRegression().fit(table, genres)
    save_model(model, tmp_path / os.fsdecode(b"mod\xe9l.skops"))
    loaded = load_model(tmp_path / os.fsdecode(b"mod\xe9l.skops"))
    assert loaded.predict(table).tolist() == model.predict(table).tolist()


def test_requests_of_metadata_are_not_saved(tmp_path):
    X, y = np.arange(8.0).reshape(4, 2), list("abab")
    with config_context(enable_metadata_routing=True):
        parts = (StandardScaler(), LogisticRegression())
        model = make_pipeline(*(part.set_fit_request(sample_weight=True) for part in parts))
        model.fit(X, y, sample_weight=np.ones(4))
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert "_metadata_request" in vars(model[-1])
