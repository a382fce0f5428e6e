"""What the training loop is fed with."""

import numpy as np
import torch

from skgenre.classifiers._map_dataset import Batches, MapDataset, band_statistics

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
