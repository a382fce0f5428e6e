"""Clips of the parts of a fold."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from skgenre._memory_maps import is_memory_mapped
from skgenre.model_selection import compare
from skgenre.model_selection._compare import chosen_clips
from skgenre.model_selection._compare.chosen_clips import choose_clips


@pytest.fixture
def maps(tmp_path):
    path = tmp_path / "maps.npy"
    np.save(path, np.arange(10 * 2 * 3, dtype=np.float32).reshape(10, 2, 3))
    return np.load(path, mmap_mode="r")


def test_a_large_part_of_a_memory_map_is_one_too_and_leaves_no_file(maps, tmp_path, monkeypatch):
    monkeypatch.setattr(chosen_clips, "_LARGE", 0)
    monkeypatch.setattr(chosen_clips, "_COPIED", 2 * maps[:1].nbytes)
    folder = tmp_path / "scratch"
    rows = np.array([7, 0, 3])
    part = choose_clips(maps, rows, folder)
    assert is_memory_mapped(part)
    np.testing.assert_array_equal(part, maps[rows])
    np.testing.assert_array_equal(
        choose_clips(maps, np.isin(np.arange(10), rows), folder), maps[[0, 3, 7]]
    )
    del part
    assert not list(folder.iterdir())


def test_a_small_part_is_copied_in_memory(maps, tmp_path):
    part = choose_clips(maps, np.array([1, 2]), tmp_path / "scratch")
    assert not is_memory_mapped(part)
    assert not (tmp_path / "scratch").exists()


def test_other_clips_are_chosen_as_scikit_learn_does(tmp_path):
    assert choose_clips(["a", "b", "c"], np.array([2, 0]), tmp_path) == ["c", "a"]


class _Watching(DummyClassifier):
    """Remembers whether it was given a memory map."""

    def fit(self, X, y, sample_weight=None):
        assert is_memory_mapped(X)
        return super().fit(X, y, sample_weight)

    def predict(self, X):
        assert is_memory_mapped(X)
        return super().predict(X)


def test_a_comparison_gives_parts_of_a_memory_map(maps, monkeypatch):
    monkeypatch.setattr(chosen_clips, "_LARGE", 0)
    result = compare({"one": _Watching()}, maps, [0, 1] * 5, cv=2, on_error="raise")
    assert result.frame["error"].tolist() == ["", ""]
