"""A Bunch shows what it holds, not all of it."""

import pickle

import numpy as np
import sklearn.utils

from skgenre.datasets import load_genre_folder, make_genre_music
from skgenre.datasets._bunch import Bunch


def test_a_bunch_has_one_line_per_attribute(tmp_path):
    make_genre_music(8, genres=["jazz", "rock"], duration=1.0, random_state=0, to=tmp_path)
    bunch = load_genre_folder(tmp_path)
    assert isinstance(bunch, sklearn.utils.Bunch)
    first, *lines = repr(bunch).splitlines()
    assert first == "Bunch"
    assert [line.split()[0] for line in lines] == list(bunch)
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert shown["paths"] == "list of 8"
    assert shown["target"].startswith("ndarray of shape (8,)")
    assert shown["split"] == "None"
    assert shown["DESCR"].endswith("lines of text")
    assert str(tmp_path) not in repr(bunch)


def test_text_of_a_bunch_is_on_its_line():
    bunch = make_genre_music(2, genres=["jazz", "rock"], duration=1.0, random_state=0)
    bunch.name = "\x1b[31mred"
    bunch.names = "a\nb"
    bunch.items_of = {"a": 1}
    for text in ("\\x1b[31mred", "2 lines of text", "dict of 1"):
        assert text in repr(bunch)
    assert "\x1b" not in repr(bunch)


def test_a_bunch_is_pickled_as_scikit_learn_s():
    bunch = make_genre_music(2, genres=["jazz", "rock"], duration=1.0, random_state=0)
    data = pickle.dumps(bunch)
    assert b"_bunch" not in data.replace(b"sklearn.utils._bunch", b"")
    loaded = pickle.loads(data)
    assert type(loaded) is sklearn.utils.Bunch
    np.testing.assert_array_equal(loaded.data, bunch.data)
    assert loaded.target.tolist() == bunch.target.tolist()


def test_any_name_and_text_has_one_line():
    bunch = Bunch(long="x" * 1000, **{"a\nb": 1, "n" * 500: 2})
    bunch[7] = "seven"
    assert repr(bunch).count("\n") == len(bunch)
    assert "1000 characters of text" in repr(bunch)
    assert r"a\nb" in repr(bunch)
    assert max(map(len, repr(bunch).splitlines()[:3])) < 80
