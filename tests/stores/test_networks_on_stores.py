"""Networks on stores that are larger than memory may be."""

import subprocess
import sys
import threading
from collections import Counter

import numpy as np
import pytest
import torch

from skgenre.classifiers import CNNClassifier, CovarianceNetClassifier, MLPGenreClassifier
from skgenre.classifiers._training.data import Batches, MapDataset, band_statistics
from skgenre.stores import open_features

from .written_stores import write_maps, write_table

N = 60
CLIP_BYTES = 4 * 6 * 8
# Parts of 5 clips.
SMALL = 20 * CLIP_BYTES


@pytest.fixture
def music():
    rng = np.random.default_rng(0)
    y = np.array(["blues", "metal", "jazz"])[rng.permutation(N) % 3]
    X = rng.normal(size=(N, 6, 8)).astype(np.float32)
    X[y == "metal", :3] += 2
    X[y == "jazz", 3:] += 2
    return X, y


@pytest.fixture
def open_music(tmp_path, music):
    X, y = music

    def open_store(max_in_memory=SMALL, **options):
        url = write_maps(tmp_path / "mel.zarr", X, genre=y, **options)
        return open_features(url, max_in_memory=max_in_memory)

    return open_store


def dataset_of(store):
    rows = np.arange(len(store))
    return MapDataset(store, rows.astype(np.int64), np.ones(len(store), np.float32))


@pytest.mark.parametrize("chunk", [1, 4, 7, 60])
@pytest.mark.parametrize("batch_size", [4, 32, -1])
def test_every_clip_comes_once_an_epoch(open_music, chunk, batch_size):
    store = open_music(chunk=chunk)[np.arange(3, N)]
    torch.manual_seed(0)
    batches = Batches(dataset_of(store), batch_size, shuffle=True)
    X = np.stack(list(store))
    epochs = []
    for _ in range(2):
        rows = []
        for maps, (genres, weight) in batches:
            np.testing.assert_array_equal(maps, X[genres.numpy()])
            assert len(weight) == len(genres)
            rows.append(genres.tolist())
        assert len(rows) == len(batches)
        assert {len(part) for part in rows[:-1]} <= {batch_size}
        epochs.append([row for part in rows for row in part])
        assert sorted(epochs[-1]) == list(range(len(store)))
    assert epochs[0] != epochs[1]
    assert epochs[0] != sorted(epochs[0])


def test_batches_are_repeated_with_the_seed(open_music):
    store = open_music()

    def read():
        torch.manual_seed(7)
        batches = Batches(dataset_of(store), 8, shuffle=True)
        return [genres.tolist() for _ in range(2) for _, (genres, _) in batches]

    assert read() == read()


def test_without_shuffling_the_order_is_kept(open_music):
    store = open_music()[np.random.default_rng(0).permutation(N)]
    batches = list(Batches(dataset_of(store), 7))
    assert torch.cat([genres for _, (genres, _) in batches]).tolist() == list(range(N))
    np.testing.assert_array_equal(torch.cat([maps for maps, _ in batches]), np.stack(list(store)))


def test_each_chunk_is_read_once_an_epoch(open_music, monkeypatch):
    store = open_music(chunk=4)
    files = store._opened.files
    counts = Counter()

    def read(clips, original=files.read):
        counts.update(np.unique(clips // 4).tolist())
        return original(clips)

    monkeypatch.setattr(files, "read", read)
    list(Batches(dataset_of(store), 8, shuffle=True))
    assert counts == dict.fromkeys(range(15), 1)


def test_threads_end_when_an_epoch_is_left_early(open_music):
    iterator = iter(Batches(dataset_of(open_music()), 4, shuffle=True))
    next(iterator)
    iterator.close()
    names = [thread.name for thread in threading.enumerate()]
    assert "skgenre-read-ahead" not in names


def test_all_maps_can_be_put_on_a_device(open_music):
    store = open_music()[np.random.default_rng(0).permutation(N)]
    maps, (genres, _) = Batches(dataset_of(store), 8)._put_on_device()
    np.testing.assert_array_equal(maps, np.stack(list(store)))
    assert genres.tolist() == list(range(N))


@pytest.mark.parametrize("center", [None, "clip"])
def test_statistics_are_those_of_the_array(open_music, music, center):
    rows = np.random.default_rng(0).permutation(N)[:41]
    store = open_music()
    y, weight = np.zeros(N, np.int64), np.ones(N, np.float32)
    of_store = band_statistics(MapDataset(store, y, weight, rows), center)
    of_array = band_statistics(MapDataset(music[0], y, weight, rows), center)
    for one, other in zip(of_store, of_array, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, pytest.param(np.float32, marks=pytest.mark.slow)])
def test_a_network_learns_and_predicts_from_a_store(tmp_path, music, dtype):
    X, y = music
    url = write_maps(tmp_path / "mel.zarr", X.astype(dtype), genre=y, bad=[5])
    store = open_features(url, max_in_memory=SMALL)
    cnn = CNNClassifier(max_epochs=20, batch_size=8, lr=0.01, random_state=0)
    cnn.fit(store, store.y)
    assert cnn.score(store, store.y) > 0.9
    # Tensors of the same values in other batches are rounded otherwise.
    expected = cnn.predict_proba(np.stack(list(store)))
    np.testing.assert_allclose(cnn.predict_proba(store), expected, atol=1e-5)
    rows = np.random.default_rng(0).permutation(len(store))
    np.testing.assert_allclose(cnn.predict_proba(store[rows]), expected[rows], atol=1e-5)
    np.testing.assert_allclose(cnn.net_.predict_proba(store[:20]), expected[:20], atol=1e-5)


def test_a_store_that_fits_in_memory_is_the_array(open_music, music):
    X, y = music
    settings = {"max_epochs": 2, "early_stopping": True, "random_state": 0}
    of_store = CNNClassifier(**settings).fit(open_music("1 MB"), y)
    of_array = CNNClassifier(**settings).fit(X, y)
    np.testing.assert_array_equal(of_store.predict_proba(X), of_array.predict_proba(X))
    assert not hasattr(of_store, "n_features_in_")


def test_early_stopping_sets_groups_aside(open_music):
    store = open_music()[np.random.default_rng(0).permutation(N)]
    cnn = CNNClassifier(max_epochs=2, early_stopping=True, random_state=0)
    cnn.fit(store, store.y, groups=store.ids)
    assert np.isfinite(cnn.history_[["train_loss", "valid_loss"]].to_numpy()).all()
    assert 3 <= len(cnn._rows_set_aside) < N / 2


def test_chunks_are_hardly_read_twice_in_a_pass(open_music, monkeypatch):
    store = open_music(chunk=5)
    files, n_read = store._opened.files, Counter()

    def read(clips, original=files.read):
        n_read.update(np.unique(clips // 5).tolist())
        return original(clips)

    monkeypatch.setattr(files, "read", read)
    cnn = CNNClassifier(max_epochs=2, early_stopping=True, random_state=0)
    cnn.set_params(validation_fraction=0.5).fit(store, store.y)
    assert set(n_read) == set(range(12))
    # Statistics of bands, two epochs of training, and two of validation, whose six parts may begin
    # within a chunk.
    assert n_read.total() <= 3 * 12 + 2 * (12 + 5)


def test_several_genres_with_thresholds(tmp_path, music):
    X, y = music
    genre = [[name] + ["loud"] * (row % 2) for row, name in enumerate(y)]
    url = write_maps(tmp_path / "mel.zarr", X, genre=genre)
    store = open_features(url, max_in_memory=SMALL)
    cnn = CNNClassifier(max_epochs=2, early_stopping=True, threshold="f1", random_state=0)
    cnn.fit(store, store.y)
    assert cnn.genres_.tolist() == ["blues", "jazz", "loud", "metal"]
    assert cnn.predict_proba(store).shape == (N, 4)


def test_training_goes_on(open_music):
    store = open_music()
    network = CNNClassifier(random_state=0).partial_fit(store, store.y)
    network.partial_fit(store, store.y)
    assert len(network.history_) == 2


def test_covariances_learn_and_transform_from_a_store(open_music):
    store = open_music()
    network = CovarianceNetClassifier(max_epochs=1, random_state=0).fit(store, store.y)
    np.testing.assert_allclose(
        network.transform(store), network.transform(np.stack(list(store))), rtol=1e-3, atol=1e-4
    )


def test_another_size_than_in_fit_is_refused(open_music, music):
    network = CNNClassifier(max_epochs=1).fit(music[0][:, :, :4], music[1])
    with pytest.raises(ValueError, match="was fitted on 6 x 4 feature maps, got 6 x 8"):
        network.predict(open_music())


def test_infinite_values_are_named(open_music, music):
    music[0][33, 2, 5] = np.inf
    store = open_music()
    with pytest.raises(ValueError, match="X contains NaN or infinity in row 33 of the store"):
        CNNClassifier(max_epochs=1).fit(store, store.y)


def test_a_damaged_chunk_ends_the_fit_with_one_line(open_music, tmp_path):
    store = open_music()
    (tmp_path / "mel.zarr" / "X" / "c" / "9" / "0" / "0").write_bytes(b"damage")
    with pytest.raises(ValueError, match=r"mel.zarr is damaged: maps can't be read"):
        CNNClassifier(max_epochs=1).fit(store, store.y)


def test_a_network_takes_a_table(tmp_path, music):
    X, y = music
    url = write_table(tmp_path / "table", X[:, :, 0], genre=y)
    store = open_features(url)
    mlp = MLPGenreClassifier(max_epochs=20, random_state=0).fit(store, store.y)
    assert mlp.n_features_in_ == 6
    assert mlp.score(store, y) > 0.8
    with pytest.raises(ValueError, match="and max_in_memory is 100 B"):
        mlp.predict(open_features(url, max_in_memory=100))


MEASURE = """
import sys
import numpy as np, torch
from skgenre.classifiers import TorchClassifier
from skgenre.stores import open_features

def linear(n_bands, n_frames, n_outputs):
    return torch.nn.Sequential(
        torch.nn.AvgPool1d(n_frames), torch.nn.Flatten(), torch.nn.Linear(n_bands, n_outputs)
    )

def peak():
    # Not ru_maxrss, which begins with that of the parent.
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))

torch.set_num_threads(1)
store = open_features(sys.argv[1], max_in_memory=sys.argv[2])
network = TorchClassifier(linear, max_epochs=1, batch_size=8, early_stopping=True, device="cpu")
few = store[:64]
network.fit(few, few.y)
before = peak()
network.fit(store, store.y)
network.predict_proba(store)
print(peak() - before)
"""


@pytest.fixture
def large(tmp_path):
    """A store of 123 MB, in chunks of 3 MB."""
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(600, 64, 800)).astype(np.float32)
    return write_maps(
        tmp_path / "mel.zarr", maps, genre=["blues", "metal"] * 300, chunk=16, partition=64
    )


def measure(url, max_in_memory):
    code = [sys.executable, "-c", MEASURE, url, max_in_memory]
    done = subprocess.run(code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_bounded_by_the_buffer(large):
    n_bytes = measure(large, "24 MB")
    assert n_bytes < 60e6
    assert measure(large, "1 GB") > 100e6
