"""Nested lists of numbers, as a client sends them in JSON."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.exceptions import ShapeMismatchError

FAST = {"channels": (2,), "max_epochs": 1, "random_state": 0, "device": "cpu"}


@pytest.mark.parametrize("n_axes", [2, 3])
def test_networks_take_lists_for_maps_and_tables(n_axes, maps):
    X, y = maps
    X = X if n_axes == 3 else X[:, :, 0]
    network = CNNClassifier(**FAST).fit(X, y)
    lists = json.loads(json.dumps(X.tolist()))
    np.testing.assert_array_equal(network.predict_proba(lists), network.predict_proba(X))
    np.testing.assert_array_equal(
        CNNClassifier(**FAST).fit(lists, y.tolist()).predict_proba(X), network.predict_proba(X)
    )
    np.testing.assert_array_equal(network.predict_proba(list(X)), network.predict_proba(X))


def test_voting_takes_lists_of_segments(maps):
    X, y = maps
    segments = X.reshape(60, 4, 2, 12)
    voting = SegmentVotingClassifier(CNNClassifier(**FAST)).fit(segments, y)
    expected = voting.predict_proba(segments)
    np.testing.assert_array_equal(voting.predict_proba(segments.tolist()), expected)
    np.testing.assert_allclose(voting.predict_proba(list(segments)), expected, atol=1e-6)
    ragged = [clip[: 1 + row % 4] for row, clip in enumerate(segments)]
    assert voting.predict_proba(ragged).shape == (60, 2)
    table = SegmentVotingClassifier(LogisticRegression()).fit(segments[..., :1].tolist(), y)
    assert table.predict(segments[..., :1].tolist()).shape == (60,)


@pytest.mark.parametrize("classifier", [CNNClassifier(**FAST), XGBGenreClassifier()])
def test_lists_of_different_lengths_are_refused(classifier):
    with pytest.raises(ShapeMismatchError, match="nested lists of different lengths"):
        classifier.fit([[[1.0, 2.0]], [[1.0]]], ["a", "b"])


def test_maps_in_lists_are_refused_by_trees_with_the_cure():
    with pytest.raises(ShapeMismatchError, match=r"3 axes.*FramePooling"):
        XGBGenreClassifier().fit([[[1.0, 2.0]], [[1.0, 3.0]]], ["a", "b"])
