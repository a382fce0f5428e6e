import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skgenre._genre_matrix import as_genre_matrix, is_multilabel
from skgenre.datasets import genre_matrix

SETS = [{"jazz", "soul"}, {"rock"}, set()]
MATRIX = [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
GENRES = ["jazz", "rock", "soul"]


@pytest.mark.parametrize(
    "y",
    [
        SETS,
        [sorted(row) for row in SETS],
        [tuple(row) for row in SETS],
        pd.Series(SETS),
        np.array(SETS, dtype=object),
        pd.DataFrame(MATRIX, columns=GENRES),
        pd.DataFrame(MATRIX, columns=GENRES).astype(bool),
    ],
    ids=["sets", "lists", "tuples", "series", "object array", "frame", "frame of bool"],
)
def test_every_form_with_names_gives_the_same_matrix(y):
    matrix, genres = as_genre_matrix("compare", y)
    assert matrix.tolist() == MATRIX
    assert matrix.dtype == np.int8
    assert genres.tolist() == GENRES
    assert is_multilabel(y)


@pytest.mark.parametrize(
    "y",
    [MATRIX, np.array(MATRIX), np.array(MATRIX, dtype=float), sparse.csr_array(np.array(MATRIX))],
    ids=["lists", "int", "float", "sparse"],
)
def test_a_matrix_without_names_has_numbers_as_genres(y):
    matrix, genres = as_genre_matrix("compare", y)
    assert matrix.tolist() == MATRIX
    assert genres.tolist() == [0, 1, 2]
    assert is_multilabel(y)
    assert as_genre_matrix("compare", y, GENRES).genres.tolist() == GENRES


@pytest.mark.parametrize(
    "y",
    [
        ["jazz", "rock"],
        np.array(["jazz", "rock"]),
        pd.Series(["jazz", "rock"]),
        [0, 1],
        [[0], [1]],
        np.array([[0], [1]]),
        pd.DataFrame({"jazz": [0, 1]}),
        "jazz",
        None,
    ],
)
def test_one_genre_per_clip_and_a_single_column_are_not_multilabel(y):
    assert not is_multilabel(y)


def test_given_genres_set_the_columns_and_a_frame_is_put_in_their_order():
    assert as_genre_matrix("fit", [{"soul"}], GENRES).matrix.tolist() == [[0, 0, 1]]
    frame = pd.DataFrame(MATRIX, columns=GENRES)[["soul", "jazz", "rock"]]
    assert as_genre_matrix("score", frame, GENRES).matrix.tolist() == MATRIX


@pytest.mark.parametrize(
    ("y", "genres", "message"),
    [
        ([[0, 2], [1, 0]], None, "tell lists of numbers in y from a matrix"),
        ([[1], [2, 3]], None, "sets where genres are numbers"),
        (np.array([[0, 2], [1, 0]]), None, "Got 2 in row 0, column 1"),
        (np.array([[0.5, 0], [1, 0]]), None, "0.5"),
        (np.array([[0, np.nan], [1, 0]]), None, "nan"),
        (np.array([["a", "b"], ["c", "d"]]), None, "needs a matrix of 0 and 1"),
        (pd.DataFrame([[1, 0]], columns=["jazz", "jazz"]), None, "'jazz' of y is there more than"),
        (pd.DataFrame([[1, 0]], columns=["jazz", "pop"]), ["jazz", "rock"], "'pop' is not among"),
        (pd.DataFrame([[1, 0]], columns=["jazz", "a"]), ["jazz", "a", "b"], "'b' is missing"),
        (np.array([[1, 0]]), GENRES, "a column for each of 3 genres. Got 2"),
        (np.ma.array([[0, 1], [1, 0]], mask=[[0, 1], [0, 0]]), None, "Got -- in row 0, column 1"),
        (pd.DataFrame([[1, pd.NA], [0, 1]]), None, "Got <NA> in row 0, column 1"),
        (np.array([[1, 0], [1j, 1]]), None, "row 1, column 0"),
        (pd.DataFrame([[1, 0]], columns=[1, "1"]), None, "column '1' of y is there more than once"),
        (pd.DataFrame([[1, 0]], columns=["jazz", None]), None, "a name for each column of y"),
        (pd.DataFrame([[1, 0]], columns=["jazz", " "]), None, "a name for each column of y"),
        ([{"jazz", ""}], None, "clip 0 has the genre ''"),
        ([{"jazz"}, {"polka"}], GENRES, "'polka' of clip 1 is unknown. Known are jazz, rock, soul"),
        ([{"jazz"}, "rock"], None, "Got 'rock' for clip 1: use {'rock'}"),
        ([{"jazz"}, None], None, "Got None for clip 1"),
        ([{"jazz", None}], None, "clip 0 has the genre None"),
        ([{"jazz"}, {float("nan")}], None, "clip 1 has the genre nan"),
        ([{"jazz"}, {3}], None, "Got a mix of int and str"),
        ([set(), set()], None, "every set of y is empty"),
        ([list("blues"), list("jazz")], None, "single letters"),
        (["jazz", "rock"], None, "needs several genres per clip"),
    ],
)
def test_bad_genres_are_named_with_the_cure(y, genres, message):
    with pytest.raises(ValueError, match=message):
        as_genre_matrix("compare", y, genres)


def test_numbers_as_text_are_read_as_numbers():
    y = np.array([["0.0", "1.0"], ["1", "0"]])
    assert as_genre_matrix("compare", y).matrix.tolist() == [[0, 1], [1, 0]]


def test_sets_of_numbers_are_names_and_never_rows_of_a_matrix():
    matrix, genres = as_genre_matrix("compare", [{0, 1}, {1}])
    assert genres.tolist() == [0, 1]
    assert matrix.tolist() == [[1, 1], [0, 1]]


def test_the_public_function_keeps_the_index_and_goes_into_scikit_learn():
    frame = genre_matrix(pd.Series(SETS, index=[7, 8, 9]))
    assert frame.index.tolist() == [7, 8, 9]
    assert frame.columns.tolist() == GENRES
    pd.testing.assert_frame_equal(genre_matrix(frame), frame)
