"""Confusion matrices of a level of a tree of genres."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from skgenre.inspection import GenreConfusionMatrixDisplay

TREE = {"bebop": "jazz", "punk": "rock", "metal": "rock", "hardcore": "punk"}
Y = ["punk", "hardcore", "metal", "bebop", "folk", "rock"]
PREDICTED = ["metal", "punk", "metal", "folk", "folk", "punk"]


def names(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_genres_are_joined_with_their_ancestor():
    display = GenreConfusionMatrixDisplay.from_predictions(Y, PREDICTED, hierarchy=TREE)
    assert names(display) == ["folk", "jazz", "rock"]
    assert display.confusion_matrix.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 4]]


def test_the_genres_of_a_parent_are_together():
    display = GenreConfusionMatrixDisplay.from_predictions(Y, PREDICTED, hierarchy=TREE, level=1)
    assert names(display) == ["folk", "bebop", "rock", "metal", "punk"]
    assert display.confusion_matrix[-1].tolist() == [0, 0, 0, 1, 1]
    display = GenreConfusionMatrixDisplay.from_predictions(Y, PREDICTED, hierarchy=TREE, level=2)
    assert names(display) == ["folk", "bebop", "rock", "metal", "punk", "hardcore"]


def test_genres_of_an_estimator_that_no_clip_has_stay():
    X = np.arange(6.0)[:, np.newaxis]
    tree = DecisionTreeClassifier().fit(X, Y)
    display = GenreConfusionMatrixDisplay.from_estimator(tree, X[:3], Y[:3], hierarchy=TREE)
    assert names(display) == ["folk", "jazz", "rock"]
    assert display.confusion_matrix.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 3]]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"level": 1}, "needs the tree of genres: give hierarchy="),
        ({"hierarchy": TREE, "level": 3}, "must be an int from 0 to 2"),
        ({"hierarchy": TREE, "level": -1}, "must be an int from 0 to 2"),
        ({"hierarchy": {"punk": "rock", "rock": "punk"}}, "a loop, punk -> rock -> punk"),
    ],
)
def test_what_is_no_level_of_the_tree_is_refused(params, words):
    with pytest.raises(ValueError, match=words):
        GenreConfusionMatrixDisplay.from_predictions(Y, PREDICTED, **params)
