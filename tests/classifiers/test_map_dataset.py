"""Data of the training loop."""

import threading

import numpy as np
import pytest
import torch

from skgenre.classifiers._training.data import Batches, MapDataset, band_statistics

X = np.arange(5 * 2 * 3, dtype=np.float32).reshape(5, 2, 3)
Y = np.array([0, 1, 0, 1, 0])
WEIGHT = np.array([0.5, 1.0, 1.5, 1.0, 1.0], np.float32)
ROWS = np.array([4, 1, 2])


def test_chosen_rows_come_in_their_order():
    dataset = MapDataset(X, Y, WEIGHT, ROWS)
    assert len(dataset) == 3
    np.testing.assert_array_equal(dataset.X, X[ROWS])
    for index in (0, slice(1, 3), np.array([2, 0])):
        maps, (genres, weights) = dataset[index]
        np.testing.assert_array_equal(maps, X[ROWS][index])
        np.testing.assert_array_equal(genres, Y[ROWS][index])
        np.testing.assert_array_equal(weights, WEIGHT[ROWS][index])


def test_batches_of_read_only_maps_can_be_written_to():
    maps = X.copy()
    maps.flags.writeable = False
    batches = list(Batches(MapDataset(maps, Y, WEIGHT, ROWS), batch_size=2))
    assert [len(batch) for batch, _ in batches] == [2, 1]
    np.testing.assert_array_equal(torch.cat([batch for batch, _ in batches]), X[ROWS])
    batches[0][0].zero_()
    np.testing.assert_array_equal(maps, X)


def test_statistics_are_those_of_the_chosen_rows():
    mean, std = band_statistics(MapDataset(X, Y, WEIGHT, ROWS))
    np.testing.assert_allclose(mean, X[ROWS].mean(axis=(0, 2)), rtol=1e-6)
    np.testing.assert_allclose(std, X[ROWS].std(axis=(0, 2)), rtol=1e-6)


@pytest.fixture
def mapped(tmp_path):
    np.save(tmp_path / "maps.npy", X)
    return np.load(tmp_path / "maps.npy", mmap_mode="r")


def read_ahead_threads():
    return [thread for thread in threading.enumerate() if thread.name == "skgenre-read-ahead"]


def test_files_are_told_from_memory(mapped):
    def is_memory_mapped(maps):
        return MapDataset(maps, Y, WEIGHT).is_memory_mapped

    assert is_memory_mapped(mapped)
    assert is_memory_mapped(np.asarray(mapped)[1:])
    assert not is_memory_mapped(X)
    assert not is_memory_mapped(X[1:])


def test_batches_of_a_file_are_read_ahead_and_are_the_same(mapped):
    torch.manual_seed(0)
    in_memory = list(Batches(MapDataset(X, Y, WEIGHT, ROWS), batch_size=2, shuffle=True))
    torch.manual_seed(0)
    batches = iter(Batches(MapDataset(mapped, Y, WEIGHT, ROWS), batch_size=2, shuffle=True))
    first = next(batches)
    assert read_ahead_threads()
    from_file = [first, *batches]
    assert len(from_file) == len(in_memory) == 2
    for (maps, (genres, weights)), (same_maps, (same_genres, same_weights)) in zip(
        from_file, in_memory, strict=True
    ):
        assert torch.equal(maps, same_maps)
        assert torch.equal(genres, same_genres)
        assert torch.equal(weights, same_weights)
    assert not read_ahead_threads()


def test_reading_ahead_ends_with_its_reader(mapped):
    batches = iter(Batches(MapDataset(mapped, Y, WEIGHT), batch_size=1))
    next(batches)
    batches.close()
    assert not read_ahead_threads()


def test_an_error_in_reading_is_raised_where_batches_are_used(mapped):
    rows = np.array([0, 1, 99])
    dataset = MapDataset(mapped, Y, WEIGHT)
    dataset._rows = rows
    with pytest.raises(IndexError):
        list(Batches(dataset, batch_size=1))


def test_small_batches_come_in_full_size_whatever_is_gathered_at_once():
    maps = np.arange(700 * 2000, dtype=np.float32).reshape(700, 20, 100)
    dataset = MapDataset(maps, np.arange(700), np.ones(700, np.float32))
    batches = list(Batches(dataset, batch_size=128, shuffle=True))
    assert [len(genres) for _, (genres, _) in batches] == [128] * 5 + [60]
    for clips, (genres, _) in batches:
        np.testing.assert_array_equal(clips, maps[genres])


def test_statistics_of_many_parts_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    maps = rng.normal(1000.0, 0.1, size=(1100, 40, 100)).astype(np.float32)
    maps[:, 3] += np.linspace(0, 500, 1100, dtype=np.float32)[:, np.newaxis]
    maps[:, 5] = 7.0
    mean, std = band_statistics(MapDataset(maps, np.zeros(1100), np.ones(1100)))
    np.testing.assert_allclose(mean, maps.mean(axis=(0, 2), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(std, maps.std(axis=(0, 2), dtype=np.float64), rtol=1e-4)
    assert std[5] == 0.0


def test_maps_that_are_kept_on_a_device_give_the_same_batches():
    """On the CPU nothing is kept, but it can show what a GPU would be given."""
    maps = np.arange(50 * 12, dtype=np.float32).reshape(50, 3, 4)
    dataset = MapDataset(maps, np.arange(50), np.ones(50, np.float32), np.arange(10, 40))
    batches = Batches(dataset, batch_size=8, shuffle=True)
    batches._on_device = batches._put_on_device()
    found = list(batches)
    assert [len(genres) for _, (genres, _) in found] == [8, 8, 8, 6]
    assert sorted(torch.cat([genres for _, (genres, _) in found]).tolist()) == list(range(10, 40))
    for clips, (genres, _) in found:
        np.testing.assert_array_equal(clips, maps[genres])
