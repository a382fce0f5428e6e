"""float16 maps and tables: checked without a copy, and float32 only in the part that is used."""

import gc
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.classifiers._map_dataset import Batches, MapDataset, band_statistics
from skgenre.classifiers._network_input import check_network_input

Y = np.repeat(["blues", "metal"], 12)


@pytest.fixture
def mapped(tmp_path):
    """Return a function that maps an array from a file, in float16."""

    def write(array):
        np.save(tmp_path / "half.npy", array.astype(np.float16))
        return np.load(tmp_path / "half.npy", mmap_mode="r")

    return write


def make_maps(*shape):
    rng = np.random.default_rng(0)
    maps = 10 * rng.standard_normal((24, *shape)) - 40
    maps[12:] += 5
    return maps


def network(kind, **parameters):
    return kind(max_epochs=2, batch_size=5, random_state=0, **parameters)


NETWORKS = [
    network(CNNClassifier, channels=(4,)),
    network(CNNClassifier, channels=(4,), early_stopping=True, validation_fraction=0.25),
    network(LSTMClassifier, hidden_size=4),
    network(CRNNClassifier, channels=(4,), hidden_size=4),
    network(MLPGenreClassifier),
]


@pytest.mark.parametrize("classifier", NETWORKS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("shape", [(8, 12), (30,)], ids=["maps", "table"])
def test_networks_learn_what_they_learn_of_the_same_values_in_float32(classifier, shape, mapped):
    half = mapped(make_maps(*shape))
    single = half.astype(np.float32)
    expected = classifier.fit(single, Y).predict_proba(single)
    np.testing.assert_array_equal(classifier.predict_proba(half), expected)
    np.testing.assert_array_equal(classifier.fit(half, Y).predict_proba(half), expected)
    np.testing.assert_array_equal(classifier.predict_proba(single), expected)
    again = classifier.partial_fit(half, Y).predict_proba(half)
    classifier.fit(single, Y)
    np.testing.assert_array_equal(classifier.partial_fit(single, Y).predict_proba(single), again)


def test_trees_grow_as_on_float32(mapped, monkeypatch):
    pytest.importorskip("xgboost")
    half = mapped(make_maps(10))
    single = half.astype(np.float32)
    trees = XGBGenreClassifier(n_estimators=5, random_state=0)
    expected = trees.fit(single, Y).predict_proba(single)
    monkeypatch.setattr("skgenre.classifiers._xgboost._ROWS_AT_ONCE", 7)
    np.testing.assert_array_equal(trees.fit(half, Y).predict_proba(half), expected)
    frame = pd.DataFrame(half, columns=[f"c{k}" for k in range(10)])
    np.testing.assert_array_equal(trees.fit(frame, Y).predict_proba(frame), expected)


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("at_once", [16_000_000, 1])
@pytest.mark.parametrize(
    ("classifier", "shape"),
    [
        (NETWORKS[0], (8, 12)),
        (NETWORKS[0], (30,)),
        (XGBGenreClassifier(n_estimators=2), (30,)),
        (SegmentVotingClassifier(DecisionTreeClassifier()), (3, 30, 1)),
        (SegmentVotingClassifier(DecisionTreeClassifier()), (30,)),
    ],
    ids=["maps", "table", "trees", "segments", "one segment"],
)
def test_what_is_not_finite_is_refused(classifier, shape, at_once, value, monkeypatch):
    if isinstance(classifier, XGBGenreClassifier):
        pytest.importorskip("xgboost")
    monkeypatch.setattr("skgenre._half_precision._CHECKED_BYTES", at_once)
    maps = make_maps(*shape).astype(np.float16)
    classifier.fit(maps, Y)
    maps[17].flat[3] = value
    name = "NaN" if np.isnan(value) else "infinity"
    with pytest.raises(ValueError, match=f"Input X contains {name}"):
        classifier.fit(maps, Y)
    with pytest.raises(ValueError, match=f"Input X contains {name}"):
        classifier.predict(maps)


def test_clips_without_segments_are_refused_as_in_float32():
    for dtype in (np.float32, np.float16):
        with pytest.raises(ValueError, match="0 sample"):
            SegmentVotingClassifier(NETWORKS[0]).fit(np.zeros((24, 0, 8, 12), dtype), Y)


def peak_of(function, *arguments, **keywords):
    """Return what a call gives, and the most memory that it took in between."""
    gc.collect()
    tracemalloc.start()
    try:
        result = function(*arguments, **keywords)
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def large(mapped):
    """2,000 maps of float16 from a file, 4.8 MB."""
    return mapped(np.random.default_rng(0).normal(-40, 10, (2000, 12, 100)))


def test_maps_are_checked_and_standardized_a_part_at_a_time(large, monkeypatch):
    monkeypatch.setattr("skgenre._half_precision._CHECKED_BYTES", 200_000)
    monkeypatch.setattr("skgenre.classifiers._map_dataset._STATISTICS_BYTES", 200_000)
    classifier = CNNClassifier()
    maps, peak = peak_of(check_network_input, classifier, large, reset=True)
    assert np.shares_memory(maps, large)
    assert peak < large.nbytes / 5
    segments = large.reshape(500, 4, 12, 100)
    voting = SegmentVotingClassifier(classifier)
    (rows, _), peak = peak_of(voting._check_segments, segments, reset=True)
    assert np.shares_memory(rows, large)
    assert peak < large.nbytes / 5
    dataset = MapDataset(maps, np.zeros(2000, int), np.ones(2000, np.float32))
    (mean, std), peak = peak_of(band_statistics, dataset)
    assert peak < large.nbytes / 4
    single = large.astype(np.float64)
    np.testing.assert_allclose(mean, single.mean(axis=(0, 2)), rtol=1e-6)
    np.testing.assert_allclose(std, single.std(axis=(0, 2)), rtol=1e-5)


def test_a_network_predicts_a_part_at_a_time(large, monkeypatch):
    monkeypatch.setattr("skgenre._half_precision._CHECKED_BYTES", 200_000)
    classifier = NETWORKS[0].fit(large[:24], Y)
    probabilities, peak = peak_of(classifier.predict_proba, large)
    assert peak < large.nbytes / 5
    expected = classifier.predict_proba(large.astype(np.float32))
    np.testing.assert_array_equal(probabilities, expected)


@pytest.mark.parametrize("rows", [None, np.array([4, 1, 3, 0])])
def test_batches_are_float32(rows, mapped):
    half = mapped(make_maps(2, 3)[:5])
    dataset = MapDataset(half, np.arange(5), np.ones(5, np.float32), rows)
    chosen = half if rows is None else half[rows]
    assert dataset.clip_bytes == 24
    assert dataset.is_memory_mapped
    assert dataset.X.dtype == np.float32
    np.testing.assert_array_equal(dataset.X, chosen)
    batches = [maps for maps, _ in Batches(dataset, batch_size=2)]
    batches_on_device = Batches(dataset, batch_size=2)
    batches_on_device._on_device = batches_on_device._put_on_device()
    for found in (batches, [maps for maps, _ in batches_on_device]):
        assert {maps.numpy().dtype for maps in found} == {np.dtype(np.float32)}
        np.testing.assert_array_equal(np.concatenate(found), chosen)
