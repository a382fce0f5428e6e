"""Scores of each level of a tree of genres."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from skgenre.exceptions import SkgenreWarning
from skgenre.metrics import scores_by_level

TREE = {"punk": "rock", "metal": "rock", "hardcore": "punk"}
GENRES = ["hardcore", "jazz", "metal", "punk", "rock"]


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    leaves = rng.choice(["hardcore", "jazz", "metal", "punk", "rock"], 60)
    y = [{leaf} for leaf in leaves]
    return y, rng.random((60, 5))


def complete(y):
    above = {"hardcore": {"punk", "rock"}, "punk": {"rock"}, "metal": {"rock"}}
    return np.array(
        [[int(any(g == c or g in above.get(c, ()) for c in row)) for g in GENRES] for row in y]
    )


def test_each_level_has_the_means_of_its_genres(clips):
    y, scores = clips
    frame = scores_by_level(y, scores, TREE)
    matrix = complete(y)
    assert frame.index.name == "level"
    assert frame["n_genres"].tolist() == frame["n_scored"].tolist() == [2, 2, 1]
    for level, columns in enumerate([[1, 4], [2, 3], [0]]):
        auc = np.mean([roc_auc_score(matrix[:, c], scores[:, c]) for c in columns])
        precision = average_precision_score(matrix[:, columns], scores[:, columns])
        assert frame.loc[level, "roc_auc"] == pytest.approx(auc)
        assert frame.loc[level, "average_precision"] == pytest.approx(precision)


def test_frames_and_sets_score_alike(clips):
    y, scores = clips
    expected = scores_by_level(y, scores, TREE)
    frame = pd.DataFrame(complete(y), columns=GENRES)
    pd.testing.assert_frame_equal(scores_by_level(frame, scores, TREE), expected)
    turned = pd.DataFrame(scores, columns=GENRES)[GENRES[::-1]]
    pd.testing.assert_frame_equal(scores_by_level(y, turned, TREE), expected)
    pd.testing.assert_frame_equal(scores_by_level(y, scores, TREE, labels=GENRES), expected)


def test_a_weight_of_two_is_the_clip_twice(clips):
    y, scores = clips
    weight = np.r_[np.full(30, 2.0), np.ones(30)]
    twice = np.r_[0:30, 0:60]
    expected = scores_by_level([y[clip] for clip in twice], scores[twice], TREE)
    pd.testing.assert_frame_equal(scores_by_level(y, scores, TREE, sample_weight=weight), expected)


def test_a_genre_without_clips_is_left_out_by_name(clips):
    y, scores = clips
    y = [genres - {"hardcore"} for genres in y]
    with pytest.warns(SkgenreWarning, match="leaves out hardcore: no clip has it"):
        frame = scores_by_level(y, scores, TREE, labels=GENRES)
    assert frame["n_scored"].tolist() == [2, 2, 0]
    assert frame["roc_auc"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("tree", "columns", "words"),
    [
        ({"punk": "rock", "rock": "punk"}, 5, "a loop, punk -> rock -> punk"),
        ({"polka": "rock"}, 5, "'polka', and the genres are hardcore"),
        (TREE, 4, "a column of y_score for each of 5 genres"),
    ],
)
def test_what_does_not_fit_is_refused(tree, columns, words, clips):
    y, scores = clips
    with pytest.raises(ValueError, match=words):
        scores_by_level(y, scores[:, :columns], tree, labels=GENRES)
