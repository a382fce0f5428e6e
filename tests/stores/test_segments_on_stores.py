"""Votes of segments from stores that are larger than memory may be."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._stored_segments import StoredSegments
from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.stores import open_features

from .written_stores import write_maps

N, N_SEGMENTS = 30, 4
RNG = np.random.default_rng(0)
GENRE = np.array(["blues", "metal"])[RNG.permutation(N) % 2]
MAPS = RNG.normal(size=(N, N_SEGMENTS, 6, 8)).astype(np.float32)
MAPS[GENRE == "metal", :, :3] += 1.5
# Parts of 5 segments.
SMALL = 20 * MAPS[0, 0].nbytes


@pytest.fixture
def store(tmp_path):
    url = write_maps(tmp_path / "segments.zarr", MAPS, genre=GENRE, bad=[4])
    return open_features(url, max_in_memory=SMALL)


KEPT = np.setdiff1d(np.arange(N), [4])
SEGMENTS = MAPS[KEPT].reshape(-1, 6, 8)


@pytest.mark.parametrize(
    "key", [slice(None), slice(6, 9), np.array([70, 3, 3, 4]), np.arange(len(SEGMENTS)) % 3 == 0]
)
def test_segments_are_rows(store, key):
    segments = StoredSegments(store)
    assert segments.shape == SEGMENTS.shape
    view = segments[key]
    rows = np.arange(len(view))
    np.testing.assert_array_equal(view.read(rows), SEGMENTS[key])
    np.testing.assert_array_equal(segments[7], SEGMENTS[7])
    if view.fits_in_memory:
        np.testing.assert_array_equal(view, SEGMENTS[key])
    else:
        with pytest.raises(ValueError, match="and max_in_memory is"):
            np.asarray(view)


def test_a_vote_learns_and_predicts_from_a_store(store):
    cnn = CNNClassifier(max_epochs=10, batch_size=8, lr=0.01, random_state=0)
    voting = SegmentVotingClassifier(cnn).fit(store, store.y)
    assert voting.score(store, store.y) > 0.8
    expected = voting.predict_proba(MAPS[KEPT])
    np.testing.assert_allclose(voting.predict_proba(store), expected, atol=1e-5)
    assert voting.predict_proba_segments(store[:3]).shape == (3, N_SEGMENTS, 2)


def test_early_stopping_never_divides_a_clip(store):
    cnn = CNNClassifier(max_epochs=2, early_stopping=True, random_state=0)
    voting = SegmentVotingClassifier(cnn).fit(store, store.y)
    clips, counts = np.unique(voting.estimator_._rows_set_aside // N_SEGMENTS, return_counts=True)
    assert len(clips) >= 2
    assert set(counts) == {N_SEGMENTS}


def test_folds_of_a_vote(store):
    voting = SegmentVotingClassifier(CNNClassifier(max_epochs=1, random_state=0))
    assert np.isfinite(cross_val_score(voting, store, store.y, cv=3)).all()


def test_maps_are_clips_of_one_segment(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS[:, 0], genre=GENRE)
    store = open_features(url, max_in_memory=SMALL)
    voting = SegmentVotingClassifier(CNNClassifier(max_epochs=1, random_state=0))
    voting.fit(store, store.y)
    expected = voting.predict_proba(MAPS[:, 0])
    np.testing.assert_allclose(voting.predict_proba(store), expected, atol=1e-5)


def test_a_classifier_that_needs_all_segments_is_refused(tmp_path):
    url = write_maps(tmp_path / "table.zarr", MAPS[..., :1], genre=GENRE)
    voting = SegmentVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    large = open_features(url, max_in_memory=1000)
    with pytest.raises(ValueError, match=r"30 clips take 2.9 KB .* and max_in_memory is"):
        voting.fit(large, large.y)
    store = open_features(url)
    expected = voting.fit(MAPS[..., :1], GENRE).predict_proba(MAPS[..., :1])
    np.testing.assert_array_equal(voting.fit(store, store.y).predict_proba(store), expected)
