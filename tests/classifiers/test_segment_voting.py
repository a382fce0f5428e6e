import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.exceptions import ShapeMismatchError


@pytest.fixture
def segments():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 15)
    X = rng.normal(size=(30, 4, 3, 1)) + 0.7 * (y == "metal")[:, None, None, None]
    return X, y


def ragged_of(clips):
    ragged = np.empty(len(clips), dtype=object)
    ragged[:] = clips
    return ragged


class Recorder(LogisticRegression):
    """Remember what fit was given."""

    def fit(self, X, y, sample_weight=None, groups=None):
        self.seen_ = {"X": X, "y": y, "sample_weight": sample_weight, "groups": groups}
        return super().fit(X, y, sample_weight)


def test_soft_voting_is_the_mean_of_the_segments(segments):
    fitted = SegmentVotingClassifier(LogisticRegression()).fit(*segments)
    by_segment = fitted.predict_proba_segments(segments[0])
    assert by_segment.shape == (30, 4, 2)
    np.testing.assert_allclose(fitted.predict_proba(segments[0]), by_segment.mean(axis=1))
    inner = fitted.estimator_.predict_proba(segments[0][7, :, :, 0])
    np.testing.assert_allclose(by_segment[7], inner)


def test_hard_voting_is_the_share_of_segments(segments):
    X, y = segments
    fitted = SegmentVotingClassifier(LinearSVC(), voting="hard").fit(X, y)
    votes = fitted.estimator_.predict(X[3, :, :, 0])
    expected = [(votes == genre).mean() for genre in fitted.classes_]
    np.testing.assert_allclose(fitted.predict_proba(X)[3], expected)


def test_soft_voting_needs_probabilities(segments):
    with pytest.raises(ValueError, match="LinearSVC has none: use voting='hard'"):
        SegmentVotingClassifier(LinearSVC()).fit(*segments)


def test_segments_of_one_frame_are_a_table_inside(segments):
    fitted = SegmentVotingClassifier(Recorder()).fit(*segments)
    assert fitted.estimator_.seen_["X"].shape == (120, 3)
    assert fitted.estimator_.seen_["y"].tolist() == np.repeat(segments[1], 4).tolist()


def test_segments_of_more_frames_are_maps_inside_without_a_copy():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 3, 5, 8)).astype(np.float32)
    seen = []

    class Maps(CNNClassifier):
        def fit(self, X, y, sample_weight=None, groups=None):
            seen.append(X)
            return super().fit(X, y, sample_weight, groups)

    inner = Maps(channels=(2,), max_epochs=1, random_state=0)
    fitted = SegmentVotingClassifier(inner).fit(X, np.arange(12) % 2)
    assert seen[0].shape == (36, 5, 8)
    assert np.shares_memory(seen[0], X)
    assert fitted.predict_proba(X).shape == (12, 2)


def test_clips_of_different_length_count_the_same(segments):
    X, y = segments
    clips = ragged_of([clip[: 1 + number % 4] for number, clip in enumerate(X)])
    fitted = SegmentVotingClassifier(Recorder()).fit(clips, y)
    weight, groups = fitted.estimator_.seen_["sample_weight"], fitted.estimator_.seen_["groups"]
    by_clip = np.bincount(groups, weights=weight)
    np.testing.assert_allclose(by_clip, by_clip[0])
    assert weight.mean() == pytest.approx(1.0)
    assert fitted.predict_proba(clips).shape == (30, 2)
    assert [p.shape for p in fitted.predict_proba_segments(clips)[:3]] == [(1, 2), (2, 2), (3, 2)]


def test_without_weights_or_raggedness_the_classifier_gets_no_weights(segments):
    fitted = SegmentVotingClassifier(Recorder()).fit(*segments)
    assert fitted.estimator_.seen_["sample_weight"] is None


def test_weights_of_clips_are_shared_out(segments):
    X, y = segments
    weight = np.linspace(0.5, 1.5, 30)
    fitted = SegmentVotingClassifier(Recorder()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(fitted.estimator_.seen_["sample_weight"], np.repeat(weight, 4))


def test_weights_that_the_classifier_can_not_take_are_refused(segments):
    voting = SegmentVotingClassifier(KNeighborsClassifier())
    with pytest.raises(ValueError, match="the fit of KNeighborsClassifier takes none"):
        voting.fit(*segments, sample_weight=np.ones(30))
    assert voting.fit(*segments).score(*segments) > 0.5


def test_the_classifier_gets_clips_as_groups_or_the_groups_repeated(segments):
    fitted = SegmentVotingClassifier(Recorder()).fit(*segments)
    np.testing.assert_array_equal(fitted.estimator_.seen_["groups"], np.repeat(np.arange(30), 4))
    artists = np.array([f"artist{number // 2}" for number in range(30)])
    fitted = SegmentVotingClassifier(Recorder()).fit(*segments, groups=artists)
    np.testing.assert_array_equal(fitted.estimator_.seen_["groups"], np.repeat(artists, 4))


def test_early_stopping_inside_validates_on_whole_clips():
    from skorch.callbacks import Callback

    X = np.random.default_rng(0).normal(size=(20, 4, 3, 6)).astype(np.float32)
    X[:, :, 0, 0] = np.arange(20)[:, np.newaxis]
    seen = []

    class Watch(Callback):
        def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
            seen.append([set(data.X[:, 0, 0]) for data in (dataset_train, dataset_valid)])

    network = CNNClassifier(
        channels=(2,), max_epochs=2, early_stopping=True, callbacks=[Watch()], random_state=0
    )
    SegmentVotingClassifier(network).fit(X, np.arange(20) % 2)
    training, validation = seen[0]
    assert validation
    assert not training & validation


@pytest.mark.parametrize("axes", [2, 3])
def test_fewer_axes_are_clips_of_one_segment(axes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 5, 8)[:axes])
    inner = CNNClassifier(channels=(2,), max_epochs=1, random_state=0)
    fitted = SegmentVotingClassifier(inner).fit(X, np.arange(12) % 2)
    assert fitted.predict_proba_segments(X).shape == (12, 1, 2)


def test_another_number_of_bands_is_refused(segments):
    fitted = SegmentVotingClassifier(LogisticRegression()).fit(*segments)
    with pytest.raises(ShapeMismatchError, match="segments with 3 bands, got 2: did n_mels"):
        fitted.predict(segments[0][:, :, :2])


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        ([np.zeros((2, 3, 4)), np.zeros((2, 3, 5))], "needs segments of one size"),
        ([np.zeros((2, 3, 4)), np.zeros((0, 3, 4))], "clip 1 has no segments"),
    ],
)
def test_ragged_segments_that_do_not_fit_are_refused(clips, message):
    with pytest.raises(ValueError, match=message):
        SegmentVotingClassifier(LogisticRegression()).fit(ragged_of(clips), [0, 1])


def test_nan_is_refused(segments):
    segments[0][0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        SegmentVotingClassifier(LogisticRegression()).fit(*segments)


def test_nested_parameters_are_reached():
    voting = SegmentVotingClassifier(CNNClassifier()).set_params(estimator__dropout=0.4)
    assert voting.estimator.dropout == 0.4
