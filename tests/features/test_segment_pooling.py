"""Statistics over the segments of a clip."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import SVC

from skgenre.exceptions import ShapeMismatchError
from skgenre.features import (
    BandCovariance,
    FramePooling,
    FrameSegmenter,
    MelSpectrogram,
    Segmenter,
    SegmentPooling,
)
from skgenre.persistence._safe.invariants import check_model

SEGMENTS = np.random.default_rng(0).normal(size=(3, 4, 5, 1))


def test_a_clip_becomes_the_statistics_of_its_segments():
    table = SegmentPooling(statistics=["mean", "max"]).fit_transform(SEGMENTS)
    assert table.shape == (3, 10)
    np.testing.assert_allclose(table[:, :5], SEGMENTS[..., 0].mean(axis=1))
    np.testing.assert_allclose(table[:, 5:], SEGMENTS[..., 0].max(axis=1))


def test_clips_of_different_numbers_of_segments_make_one_table():
    ragged = [SEGMENTS[0], SEGMENTS[1, :1], SEGMENTS[2, :3]]
    table = SegmentPooling(statistics=["mean", "std"]).fit_transform(ragged)
    np.testing.assert_allclose(table[1], np.r_[SEGMENTS[1, 0, :, 0], np.zeros(5)])
    np.testing.assert_allclose(table[2, :5], SEGMENTS[2, :3, :, 0].mean(axis=0))


def test_the_usual_number_of_segments_is_learnt():
    n_segments = SEGMENTS.shape[1]
    assert SegmentPooling().fit(SEGMENTS).n_segments_ == n_segments
    ragged = [SEGMENTS[0], SEGMENTS[1, :1], SEGMENTS[2]]
    assert SegmentPooling().fit(ragged).n_segments_ == n_segments


def test_a_table_is_clips_of_one_segment():
    table = SEGMENTS[:, 0, :, 0]
    assert SegmentPooling().fit(table).n_segments_ == 1
    np.testing.assert_array_equal(SegmentPooling().fit_transform(table), table)


def test_a_row_does_not_depend_on_other_clips():
    pooling = SegmentPooling(statistics=["mean", "std", "median"]).fit(SEGMENTS)
    together = pooling.transform(SEGMENTS)
    for number in range(len(SEGMENTS)):
        alone = pooling.transform(SEGMENTS[number : number + 1])
        np.testing.assert_array_equal(together[number], alone[0])


def test_columns_are_named_by_feature_and_statistic():
    segments = np.random.default_rng(0).normal(size=(2, 3, 2, 9))
    table = make_pipeline(
        FramePooling(statistics="mean"), SegmentPooling(statistics=["mean", "std"])
    )
    assert table.fit(segments).get_feature_names_out().tolist() == [
        "band0_mean_mean",
        "band1_mean_mean",
        "band0_mean_std",
        "band1_mean_std",
    ]


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 4, 5)])
def test_maps_are_refused_with_the_cure(shape):
    with pytest.raises(ShapeMismatchError, match="put FramePooling, BandCovariance or another"):
        SegmentPooling().fit(np.ones(shape))


def test_a_later_clip_of_maps_is_refused_too():
    """Else all but its first frame would be dropped without a word."""
    clips = np.empty(2, dtype=object)
    clips[:] = [np.ones((3, 4, 1)), np.ones((2, 4, 5))]
    with pytest.raises(ShapeMismatchError, match="got segments with 5 frames"):
        SegmentPooling().fit(clips)
    rows = SegmentPooling().fit(clips[:1])
    with pytest.raises(ShapeMismatchError, match="got segments with 5 frames"):
        rows.transform(clips)


@pytest.mark.parametrize("transformer", [FramePooling(), BandCovariance(), FrameSegmenter(2)])
def test_maps_of_different_lengths_are_refused_with_the_cure(transformer):
    maps = np.empty(2, dtype=object)
    maps[:] = [np.ones((4, 9)), np.ones((4, 5))]
    for X in (maps, list(maps)):
        with pytest.raises(ShapeMismatchError, match=r"of one size, .*: cut or pad"):
            transformer.fit(X)


@pytest.mark.parametrize("statistics", ["skew", ["mean", "mean"], []])
def test_unknown_or_repeated_statistics_are_refused(statistics):
    with pytest.raises(ValueError, match="'statistics' parameter of SegmentPooling"):
        SegmentPooling(statistics=statistics).fit(SEGMENTS)


def test_clips_of_any_length_reach_a_classifier_of_tables():
    rng = np.random.default_rng(0)
    clips = [rng.uniform(-1, 1, n) for n in (22050, 33075, 44100, 55125)]
    tables = make_union(
        make_pipeline(BandCovariance(n_bands=4, lags=(0,)), SegmentPooling()),
        make_pipeline(FramePooling(), SegmentPooling()),
    )
    mel = Segmenter(MelSpectrogram(n_mels=16), segment_duration=0.5)
    model = make_pipeline(mel, tables, SVC()).fit(clips, ["blues", "metal"] * 2)
    assert model.predict(clips).shape == (4,)


def test_a_file_with_clips_of_no_segments_is_refused():
    """A song would be cut into a clip for each sample."""
    pooling = SegmentPooling().fit(SEGMENTS)
    check_model(pooling)
    pooling.n_segments_ = 0
    with pytest.raises(ValueError, match="SegmentPooling: n_segments_ is 0"):
        check_model(pooling)
