"""XGBoost on tables in stores that are larger than memory may be."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

from skgenre.classifiers import XGBGenreClassifier
from skgenre.persistence import load_model, save_model
from skgenre.stores import open_features

from .written_stores import write_maps, write_table

pytestmark = pytest.mark.needs("xgboost")

N, N_COLUMNS = 400, 10
RNG = np.random.default_rng(0)
GENRE = np.array(["blues", "jazz", "metal"])[RNG.permutation(N) % 3]
TABLE = RNG.normal(size=(N, N_COLUMNS)).astype(np.float32)
TABLE[GENRE == "metal", :3] += 1.5
TABLE[GENRE == "jazz", 4] -= 1
WEIGHT = RNG.uniform(0.5, 2, size=N)
# Parts of 60 clips.
SMALL = 4 * 60 * TABLE[0].nbytes
BAD = [100]
KEPT = np.setdiff1d(np.arange(N), BAD)


@pytest.fixture
def url(tmp_path):
    return write_table(tmp_path / "table", TABLE, genre=GENRE, bad=BAD, partition=50)


@pytest.fixture
def store(url):
    return open_features(url, max_in_memory=SMALL)


def fit(X, y, sample_weight=None, **params):
    xgb = XGBGenreClassifier(**{"n_estimators": 15, "max_depth": 3, "random_state": 0, **params})
    return xgb.fit(X, y, sample_weight=sample_weight)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"subsample": 1.0, "colsample_bytree": 1.0},
        {"class_weight": "balanced", "gamma": 0.1, "reg_alpha": 0.5, "min_child_weight": 3},
    ],
    ids=str,
)
def test_probabilities_are_those_of_a_fit_in_memory(store, params):
    found = fit(store, store.y, **params)
    expected = fit(TABLE[KEPT], GENRE[KEPT], **params)
    probabilities = expected.predict_proba(TABLE[KEPT])
    np.testing.assert_allclose(found.predict_proba(store), probabilities, atol=0.005)
    assert found.score(store, store.y) == pytest.approx(expected.score(TABLE[KEPT], GENRE[KEPT]))
    assert found.classes_.tolist() == expected.classes_.tolist()


def test_predictions_of_a_stream_are_those_of_the_table(store):
    xgb = fit(store, store.y)
    frame = pd.DataFrame(TABLE[KEPT], columns=store.feature_names)
    rows = RNG.permutation(len(KEPT))
    np.testing.assert_array_equal(xgb.predict_proba(store), xgb.predict_proba(frame))
    np.testing.assert_array_equal(xgb.predict(store[rows]), xgb.predict(frame.iloc[rows]))


def test_weights_count(store):
    weight = WEIGHT[KEPT]
    found = fit(store, store.y, weight).predict_proba(store)
    expected = fit(TABLE[KEPT], GENRE[KEPT], weight)
    plain = fit(TABLE[KEPT], GENRE[KEPT])
    np.testing.assert_allclose(found, expected.predict_proba(TABLE[KEPT]), atol=0.005)
    assert np.abs(found - plain.predict_proba(TABLE[KEPT])).max() > 0.02


def test_a_genre_without_weight_is_left_out(store):
    xgb = fit(store, store.y, (store.y != "jazz").astype(float))
    assert xgb.classes_.tolist() == ["blues", "metal"]
    assert xgb.predict_proba(store).shape == (len(KEPT), 2)


def test_two_genres(store):
    two = store[store.y != "jazz"]
    X = TABLE[KEPT][GENRE[KEPT] != "jazz"]
    found = fit(two, two.y).predict_proba(two)
    expected = fit(X, two.y).predict_proba(X)
    np.testing.assert_allclose(found, expected, atol=0.005)


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_several_genres(tmp_path, strategy):
    genre = [[name] + ["loud"] * int(TABLE[row, 8] > 0) for row, name in enumerate(GENRE)]
    url = write_table(tmp_path / "table", TABLE, genre=genre, partition=50)
    store = open_features(url, max_in_memory=SMALL)
    options = {"multi_strategy": strategy, "subsample": 1.0, "colsample_bytree": 1.0}
    found = fit(store, store.y, **options)
    expected = fit(TABLE, store.y, **options).predict_proba(TABLE)
    assert found.genres_.tolist() == ["blues", "jazz", "loud", "metal"]
    np.testing.assert_allclose(found.predict_proba(store), expected, atol=0.005)


@pytest.mark.parametrize("max_in_memory", [SMALL, "1 GB"])
def test_the_columns_have_names(url, max_in_memory):
    store = open_features(url, max_in_memory=max_in_memory)
    xgb = fit(store, store.y)
    assert xgb.feature_names_in_.tolist() == store.feature_names.tolist()
    assert xgb.model_.get_booster().feature_names == store.feature_names.tolist()
    other = pd.DataFrame(TABLE, columns=[f"g{i}" for i in range(N_COLUMNS)])
    with pytest.raises(ValueError, match="feature names should match"):
        xgb.predict(other)


def test_the_model_is_as_one_fitted_in_memory(store, tmp_path):
    xgb = fit(store, store.y)
    in_memory = fit(pd.DataFrame(TABLE, columns=store.feature_names), GENRE)
    assert xgb.model_.get_params() == in_memory.model_.get_params()
    assert xgb.model_.n_classes_ == 3
    assert xgb.feature_importances_.shape == (N_COLUMNS,)
    expected = xgb.predict_proba(store)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(xgb)).predict_proba(store), expected)
    save_model(xgb, tmp_path / "xgb.skops")
    np.testing.assert_array_equal(load_model(tmp_path / "xgb.skops").predict_proba(store), expected)


@pytest.mark.needs("onnxmltools")
@pytest.mark.needs("onnxruntime")
def test_it_is_exported(store, tmp_path):
    import onnxruntime

    from skgenre.persistence import export_onnx

    xgb = fit(store, store.y)
    export_onnx(xgb, tmp_path / "xgb.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "xgb.onnx")
    outputs = session.run(None, {session.get_inputs()[0].name: TABLE[:20]})
    found = next(output for output in outputs if getattr(output, "ndim", 0) == 2)
    np.testing.assert_allclose(found, xgb.predict_proba(store[:20]), atol=1e-5)


def test_folds_are_streamed_and_leave_no_files(store, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.chdir(temporary)
    xgb = XGBGenreClassifier(n_estimators=5, random_state=0)
    assert np.isfinite(cross_val_score(xgb, store, store.y, cv=3)).all()
    assert list(temporary.iterdir()) == []


def test_what_can_not_be_streamed_is_refused(url, store, tmp_path):
    with pytest.raises(ValueError, match=r"device='cuda' takes tables that fit into memory. Raise"):
        fit(store, store.y, device="cuda")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fit(store, store.y[:-1])
    maps = open_features(write_maps(tmp_path / "mel.zarr", TABLE[:, None]), max_in_memory=100)
    with pytest.raises(ValueError, match=r"takes a table .*, got feature maps"):
        fit(maps, GENRE)


def test_missing_values_are_named(tmp_path):
    table = TABLE.copy()
    table[321, 2] = np.nan
    url = write_table(tmp_path / "table", table, genre=GENRE)
    store = open_features(url, max_in_memory=SMALL)
    with pytest.raises(ValueError, match="X contains NaN or infinity in row 321 of the store"):
        fit(store, store.y)


MEASURE = """
import sys
from skgenre.classifiers import XGBGenreClassifier
from skgenre.stores import open_features

def peak():
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))

store = open_features(sys.argv[1], max_in_memory=sys.argv[2])
xgb = XGBGenreClassifier(n_estimators=2, random_state=0)
few = store[:2000]
xgb.fit(few, few.y)
before = peak()
xgb.fit(store, store.y).predict_proba(store)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_stream_takes_less_memory_than_the_table(tmp_path):
    def measure(url, max_in_memory):
        code = [sys.executable, "-c", MEASURE, url, max_in_memory]
        done = subprocess.run(code, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    # 96 MB.
    table = np.random.default_rng(0).normal(size=(240_000, 100)).astype(np.float32)
    genre = np.array(["blues", "metal"])[np.arange(len(table)) % 2]
    url = write_table(tmp_path / "table", table, genre=genre, partition=2000)
    del table
    # The quantiles that XGBoost estimates take some of both.
    assert measure(url, "6 MB") < 0.8 * measure(url, "1 GB")
