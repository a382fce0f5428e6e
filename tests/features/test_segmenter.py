import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.exceptions import ShapeMismatchError, ShortSignalWarning
from skgenre.features import (
    MFCC,
    ChromaFeatures,
    FeatureStack,
    FramePooling,
    FrameSegmenter,
    MelSpectrogram,
    MFCCSegmenter,
    Segmenter,
)

SR = 1000
MEL = MelSpectrogram(sr=SR, n_fft=100, hop_length=50, n_mels=4)


def noise(n_samples, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, n_samples).astype(np.float32)


def segment(y, **parameters):
    return Segmenter(MEL, sr=SR, **parameters).fit_transform([y])[0]


def test_each_segment_is_the_feature_of_its_samples():
    y = noise(3000)
    segments = segment(y, segment_duration=1.0)
    for number in range(3):
        expected = MEL.fit_transform([y[number * 1000 : (number + 1) * 1000]])[0]
        np.testing.assert_array_equal(segments[number], expected)


@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [(3000, 3), (3499, 3), (3500, 4), (3999, 4), (1000, 1), (999, 1), (200, 1)],
)
def test_a_last_segment_at_least_half_full_is_kept(n_samples, expected):
    assert len(segment(noise(n_samples), segment_duration=1.0)) == expected


def test_a_last_segment_is_padded_with_zeros():
    y = noise(1600)
    expected = MEL.fit_transform([np.pad(y[1000:], (0, 400))])[0]
    np.testing.assert_array_equal(segment(y, segment_duration=1.0)[1], expected)


@pytest.mark.parametrize("n_samples", [660_000, 661_794, 675_808])
def test_the_clips_of_gtzan_have_ten_segments(n_samples):
    mel = MelSpectrogram(n_mels=4, n_fft=512, hop_length=4096)
    assert Segmenter(mel).fit_transform([noise(n_samples)]).shape[:2] == (1, 10)


def test_half_overlapping_windows_of_660000_samples_are_39():
    mel = MelSpectrogram(n_mels=4, n_fft=512, hop_length=4096)
    segmenter = Segmenter(mel, segment_duration=33_000 / 22050, segment_hop=16_500 / 22050)
    assert segmenter.fit_transform([noise(660_000)]).shape[:2] == (1, 39)


def test_overlap_begins_each_segment_a_hop_later():
    y = noise(2000)
    segments = segment(y, segment_duration=1.0, segment_hop=0.25)
    assert len(segments) == 5
    np.testing.assert_array_equal(segments[2], MEL.fit_transform([y[500:1500]])[0])


def test_n_segments_cuts_evenly():
    y = noise(1003)
    segments = segment(y, n_segments=5)
    assert len(segments) == 5
    np.testing.assert_array_equal(segments[4], MEL.fit_transform([y[800:1000]])[0])


def test_n_segments_of_clips_of_different_lengths_names_duration():
    with pytest.raises(ValueError, match="duration="):
        Segmenter(MEL, sr=SR, n_segments=2).fit_transform([noise(1000), noise(2000)])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_segments": 3, "segment_duration": 1.0}, "n_segments or segment_duration, not both"),
        ({"n_segments": 3, "segment_hop": 1.0}, "takes no segment_hop"),
    ],
)
def test_two_ways_of_cutting_exclude_each_other(parameters, message):
    for segmenter in (Segmenter(MEL, sr=SR, **parameters), MFCCSegmenter(**parameters)):
        with pytest.raises(ValueError, match=message):
            segmenter.fit([noise(3000)])


def test_clips_of_different_lengths_are_ragged():
    clips = [noise(3000), noise(1000), noise(2000)]
    ragged = Segmenter(MEL, sr=SR, segment_duration=1.0).fit_transform(clips)
    assert ragged.dtype == object
    assert ragged.shape == (3,)
    assert [maps.shape for maps in ragged] == [(3, 4, 21), (1, 4, 21), (2, 4, 21)]
    alone = Segmenter(MEL, sr=SR, segment_duration=1.0).fit_transform(clips[2:])
    np.testing.assert_array_equal(ragged[2], alone[0])


def test_a_stack_and_a_pipeline_inside():
    framing = {"sr": SR, "n_fft": 100, "hop_length": 50}
    stack = FeatureStack([MFCC(n_mels=8, n_mfcc=3, **framing), MEL], sr=SR)
    y = noise(2000)
    assert segment_with(stack, y).shape == (2, 7, 21)
    pooled = segment_with(make_pipeline(clone(MEL), FramePooling()), y)
    assert pooled.shape == (2, 8, 1)
    maps = segment_with(MEL, y)
    np.testing.assert_allclose(pooled[:, :4, 0], maps.mean(axis=-1), rtol=1e-5)


def segment_with(feature, y):
    return Segmenter(feature, segment_duration=1.0, sr=SR).fit_transform([y])[0]


def test_nested_parameters_are_reached():
    segmenter = Segmenter(FeatureStack([MFCC(), ChromaFeatures()]))
    segmenter.set_params(feature__mfcc__n_mfcc=13, feature__chromafeatures__norm=None)
    assert segmenter.feature._members[0][1].n_mfcc == 13
    assert segmenter.get_params()["feature__chromafeatures__norm"] is None


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (MFCC(sr=16000), r"Segmenter has sr=22050, but MFCC in it has sr=16000"),
        (MFCC(memory="cache"), r"MFCC inside Segmenter has memory='cache'"),
        (MFCC(duration=3.0), r"MFCC inside Segmenter has duration=3.0"),
        (FeatureStack([MFCC(memory="cache")]), r"MFCC inside FeatureStack has memory='cache'"),
        (MFCC(n_mfcc=500), r"'n_mfcc' parameter of MFCC must be at most"),
        (MFCC(hop_length=0), r"'hop_length' parameter of MFCC must be an int"),
        (MFCC(device="cuda"), r"MFCC inside Segmenter has device='cuda'"),
        (Segmenter(MFCC()), r"must not make segments itself, as Segmenter does"),
        (MFCCSegmenter(), r"must not make segments itself, as MFCCSegmenter does"),
        (make_pipeline(MFCC(), PCA()), r"must not need fitting, but PCA in it does"),
        (make_pipeline(StandardScaler(), MFCC()), r"'feature' .* must be a transformer of clips"),
    ],
)
def test_what_can_not_be_inside_is_refused(feature, message):
    with pytest.raises(ValueError, match=message):
        Segmenter(feature).fit([noise(30000)])


def test_a_pipeline_inside_that_makes_segments_is_refused():
    feature = make_pipeline(clone(MEL), FrameSegmenter(n_frames=5))
    with pytest.raises(ShapeMismatchError, match=r"one feature map or row of each segment"):
        segment_with(feature, noise(2000))


def test_dataframes_stay_out_of_segments():
    plain = segment_with(make_pipeline(clone(MEL), FramePooling()), noise(2000))
    pooling = FramePooling().set_output(transform="pandas")
    np.testing.assert_array_equal(segment_with(make_pipeline(MEL, pooling), noise(2000)), plain)
    with config_context(transform_output="pandas"):
        pooled = segment_with(make_pipeline(clone(MEL), FramePooling()), noise(2000))
    np.testing.assert_array_equal(pooled, plain)


def test_segments_shorter_than_a_frame_are_padded_with_a_warning():
    with pytest.warns(ShortSignalWarning, match=r"1 of 1 clips have segments .* 100 samples"):
        assert segment(noise(500), segment_duration=0.05).shape[0] == 10
    with pytest.warns(ShortSignalWarning):
        segment(noise(500), n_segments=10)
    segment(noise(500), n_segments=5)


def test_mfcc_segmenter_is_a_segmenter_of_mfccs():
    clips = np.stack([noise(3 * 22050, seed) for seed in range(2)])
    short = MFCCSegmenter(segment_duration=1.0, segment_hop=0.5, n_mfcc=13, n_fft=1024, lifter=22)
    long = Segmenter(MFCC(n_mfcc=13, n_fft=1024, lifter=22), segment_duration=1.0, segment_hop=0.5)
    np.testing.assert_array_equal(short.fit_transform(clips), long.fit_transform(clips))


def test_mfcc_segmenter_with_statistics_is_a_segmenter_of_a_pipeline():
    clips = np.stack([noise(3 * 22050, seed) for seed in range(2)])
    statistics = ["mean", "var", "cov"]
    short = MFCCSegmenter(segment_duration=1.0, n_mfcc=5, statistics=statistics)
    pipeline = make_pipeline(MFCC(n_mfcc=5), FramePooling(statistics=statistics))
    long = Segmenter(pipeline, segment_duration=1.0)
    assert short.fit_transform(clips).shape == (2, 3, 25, 1)
    np.testing.assert_array_equal(short.fit_transform(clips), long.fit_transform(clips))


def test_mfcc_segmenter_names_an_unknown_statistic():
    with pytest.raises(ValueError, match="Got 'mode' instead"):
        MFCCSegmenter(statistics=["mode"]).fit([noise(30000)])
