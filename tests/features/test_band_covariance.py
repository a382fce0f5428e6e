import pickle
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skgenre.exceptions import ShapeMismatchError, ShortSignalWarning
from skgenre.features import BandCovariance, MelSpectrogram, Segmenter
from skgenre.persistence import load_model, save_model
from skgenre.persistence._safe.invariants import check_model


def make_maps(n_clips=6, n_bands=5, n_frames=80, seed=0):
    """Bands that share noise, each clip in another mixture and at another level."""
    rng = np.random.default_rng(seed)
    mixtures = rng.normal(size=(n_clips, n_bands, n_bands))
    return 10 * mixtures @ rng.normal(size=(n_clips, n_bands, n_frames)) - 40


@pytest.fixture
def maps():
    return make_maps()


def covariance_of(bands, lags, shrinkage, ridge=3.0):
    """The covariance as the docstring has it, with numpy.cov."""
    n_frames = bands.shape[1] - max(lags)
    rows = [bands[:, max(lags) - lag : max(lags) - lag + n_frames] for lag in lags]
    covariance = np.cov(np.concatenate(rows), bias=True)
    size = len(covariance)
    target = np.trace(covariance) / size * np.eye(size)
    return (1 - shrinkage) * covariance + shrinkage * target + ridge * np.eye(size)


def log_of(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(np.log(values)) @ vectors.T


def upper(matrix):
    rows, columns = np.triu_indices(len(matrix))
    return matrix[rows, columns] * np.where(rows == columns, 1, np.sqrt(2))


def test_logeuclid_is_the_difference_of_logarithms(maps):
    lags = (0, 2)
    logarithms = [log_of(covariance_of(bands, lags, 0.05)) for bands in maps]
    expected = [upper(logarithm - np.mean(logarithms, axis=0)) for logarithm in logarithms]
    covariance = BandCovariance(n_bands=None, lags=lags, shrinkage=0.05)
    np.testing.assert_allclose(covariance.fit_transform(maps), expected, atol=1e-7)
    reference = scipy.linalg.expm(np.mean(logarithms, axis=0))
    np.testing.assert_allclose(covariance.reference_, reference, rtol=1e-7)


def test_riemann_is_the_logarithm_of_matrices_whitened_by_their_geometric_mean(maps):
    covariance = BandCovariance(n_bands=None, lags=(0,), shrinkage=0.05, metric="riemann")
    table = covariance.fit_transform(maps)
    whitening = scipy.linalg.inv(scipy.linalg.sqrtm(covariance.reference_))
    matrices = [covariance_of(bands, (0,), 0.05) for bands in maps]
    expected = [upper(log_of(whitening @ C @ whitening)) for C in matrices]
    np.testing.assert_allclose(table, expected, atol=1e-7)
    # The geometric mean is where the tangent vectors sum up to nothing.
    np.testing.assert_allclose(table.mean(axis=0), 0, atol=1e-6)


def test_distances_of_rows_are_those_of_matrices(maps):
    table = BandCovariance(n_bands=None, lags=(0,)).fit_transform(maps)
    one, other = (log_of(covariance_of(maps[clip], (0,), 0.01)) for clip in (1, 4))
    assert np.linalg.norm(table[1] - table[4]) == pytest.approx(np.linalg.norm(one - other))


def test_neighbouring_bands_are_averaged():
    maps = make_maps(n_bands=7)
    grouped = np.stack([maps[:, 0:2].mean(1), maps[:, 2:4].mean(1), maps[:, 4:7].mean(1)], axis=1)
    covariance = BandCovariance(n_bands=3).fit(maps)
    expected = BandCovariance(n_bands=None).fit_transform(grouped)
    np.testing.assert_allclose(covariance.transform(maps), expected, atol=1e-9)
    names = covariance.get_feature_names_out()
    assert names[0] == "band0-1_lag0_band0-1_lag0_logcov"
    assert names[2] == "band0-1_lag0_band4-6_lag0_logcov"


def test_columns_are_named_after_the_rows_and_columns_of_the_matrix():
    maps = make_maps(n_bands=2)
    table = BandCovariance(lags=(0, 3)).set_output(transform="pandas").fit_transform(maps)
    logarithms = [log_of(covariance_of(bands, (0, 3), 0.01)) for bands in maps]
    matrix = logarithms[3] - np.mean(logarithms, axis=0)
    assert isinstance(table, pd.DataFrame)
    assert len(table.columns) == 10
    row = table.iloc[3]
    assert row["band0_lag0_band0_lag0_logcov"] == pytest.approx(matrix[0, 0])
    assert row["band1_lag0_band0_lag3_logcov"] == pytest.approx(matrix[1, 2] * np.sqrt(2))
    assert row["band1_lag3_band1_lag3_logcov"] == pytest.approx(matrix[3, 3])


def test_a_lag_looks_back():
    """Band 1 does what band 0 did two frames before."""
    noise = np.random.default_rng(0).normal(size=200)
    follower = np.stack([noise[2:], noise[:-2]])[np.newaxis]
    covariance = BandCovariance(lags=(0, 2), ridge=0.0).fit(make_maps(n_bands=2))
    row = dict(
        zip(covariance.get_feature_names_out(), covariance.transform(follower)[0], strict=True)
    )
    together = row["band1_lag0_band0_lag2_logcov"]
    assert together > 3 + max(
        row["band0_lag0_band1_lag0_logcov"], row["band0_lag0_band1_lag2_logcov"]
    )


@pytest.mark.parametrize("metric", ["logeuclid", "riemann"])
def test_the_reference_is_of_the_training_clips_alone(metric):
    maps = make_maps(20)
    model = make_pipeline(BandCovariance(metric=metric), SVC())
    labels = np.arange(20) % 2
    folds = [(np.arange(12), np.arange(12, 20))]
    result = cross_validate(model, maps, labels, cv=folds, return_estimator=True)
    expected = BandCovariance(metric=metric).fit(maps[:12]).reference_
    fitted = result["estimator"][0][0].reference_
    np.testing.assert_array_equal(fitted, expected)
    assert not np.allclose(fitted, BandCovariance(metric=metric).fit(maps).reference_, rtol=0.01)


def test_a_gain_changes_nothing(maps):
    covariance = BandCovariance().fit(maps)
    np.testing.assert_allclose(covariance.transform(maps + 20), covariance.transform(maps))


def test_the_ridge_is_added_to_each_variance(maps):
    table = BandCovariance(n_bands=None, lags=(0,), ridge=7.0).fit_transform(maps)
    logarithms = [log_of(covariance_of(bands, (0,), 0.01, ridge=7.0)) for bands in maps]
    expected = [upper(logarithm - np.mean(logarithms, axis=0)) for logarithm in logarithms]
    np.testing.assert_allclose(table, expected, atol=1e-7)


def test_clips_that_hardly_vary_look_alike_with_a_ridge():
    """A hundredth of a decibel is no difference that is heard."""
    still = np.full((2, 3, 80), -80.0)
    still[1] += 0.01 * np.random.default_rng(0).normal(size=(3, 80))
    distances = [
        np.linalg.norm(np.diff(BandCovariance(ridge=ridge).fit_transform(still), axis=0))
        for ridge in (0.0, 3.0)
    ]
    assert distances[0] > 10
    assert distances[1] < 0.01


def test_lags_in_seconds_are_those_of_the_nearest_frames(maps):
    seconds = BandCovariance(lag_seconds=(0, 0.1, 0.29), frame_rate=20.0).fit(maps)
    frames = BandCovariance(lags=(0, 2, 6)).fit(maps)
    np.testing.assert_array_equal(seconds.transform(maps), frames.transform(maps))
    assert seconds.get_feature_names_out().tolist() == frames.get_feature_names_out().tolist()
    array = BandCovariance(lag_seconds=np.array([0, 0.1, 0.29]), frame_rate=20.0).fit(maps)
    np.testing.assert_array_equal(array.transform(maps), frames.transform(maps))


@pytest.mark.parametrize("metric", ["logeuclid", "riemann"])
def test_means_are_whitened_deviations_from_those_of_the_training_clips(metric, maps):
    covariance = BandCovariance(n_bands=2, metric=metric, mean=True).fit(maps[:4])
    table = covariance.transform(maps)
    without = BandCovariance(n_bands=2, metric=metric).fit(maps[:4]).transform(maps)
    np.testing.assert_array_equal(table[:, :-2], without)
    pooled = np.stack([maps[:, :2].mean((1, 2)), maps[:, 2:].mean((1, 2))], axis=1)
    whitening = scipy.linalg.inv(scipy.linalg.sqrtm(covariance.reference_[:2, :2]))
    deviations = pooled - pooled[:4].mean(axis=0)
    np.testing.assert_allclose(table[:, -2:], deviations @ whitening / 2, atol=1e-7)
    assert covariance.get_feature_names_out()[-2:].tolist() == ["band0-1_mean", "band2-4_mean"]


def test_with_the_mean_each_clip_weighs_the_same(maps):
    long = np.concatenate([maps[:1], maps[:1], maps[:1]])
    uneven = BandCovariance(mean=True).fit([long, maps[1:2]])
    even = BandCovariance(mean=True).fit(maps[:2])
    np.testing.assert_allclose(uneven.reference_mean_, even.reference_mean_)


def test_a_gain_changes_the_means_alone(maps):
    covariance = BandCovariance(mean=True).fit(maps)
    difference = covariance.transform(maps + 20) - covariance.transform(maps)
    np.testing.assert_allclose(difference[:, :-5], 0, atol=1e-9)
    assert (np.abs(difference[:, -5:]) > 0.01).all()


def test_models_of_before_the_ridge_keep_what_they_were(maps, tmp_path, monkeypatch):
    model = make_pipeline(BandCovariance(ridge=0.0), SVC()).fit(maps, [0, 1] * 3)
    later = ("ridge", "mean", "lag_seconds", "frame_rate")
    whole = BandCovariance.__getstate__

    def old_state(covariance):
        return {name: value for name, value in whole(covariance).items() if name not in later}

    with monkeypatch.context() as patch:
        patch.setattr(BandCovariance, "__getstate__", old_state)
        pickled = pickle.dumps(model)
        save_model(model, tmp_path / "model.skops")
    for loaded in (pickle.loads(pickled), load_model(tmp_path / "model.skops")):
        assert loaded[0].get_params() == model[0].get_params()
        np.testing.assert_array_equal(loaded[0].transform(maps), model[0].transform(maps))


def test_with_means_it_is_saved_and_loaded(maps, tmp_path):
    model = make_pipeline(BandCovariance(mean=True), SVC()).fit(maps, [0, 1] * 3)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded[0].transform(maps), model[0].transform(maps))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lags", list(range(4000))),
        ("lag_seconds", [0, 1, 2]),
        ("n_bands", 3),
        ("reference_", np.eye(1)),
        ("reference_mean_", np.zeros(1)),
    ],
)
def test_a_file_of_another_size_than_its_reference_is_refused(name, value, maps):
    """Else a file of a few bytes could ask for covariances of any size."""
    covariance = BandCovariance(n_bands=4, mean=True).fit(maps)
    check_model(covariance)
    setattr(covariance, name, value)
    with pytest.raises(ValueError, match="BandCovariance: reference_"):
        check_model(covariance)


def test_segments_are_described_each_on_its_own(maps):
    segments = maps.reshape(6, 5, 2, 40).transpose(0, 2, 1, 3)
    covariance = BandCovariance().fit(segments)
    table = covariance.transform(segments)
    assert table.shape == (6, 2, 55, 1)
    np.testing.assert_array_equal(table[3, 1, :, 0], covariance.transform(segments[3, 1:2])[0])


@pytest.mark.parametrize("metric", ["logeuclid", "riemann"])
def test_each_clip_weighs_the_same_in_the_reference(metric, maps):
    """Segments that repeat change nothing."""
    long = np.concatenate([maps[:1], maps[:1], maps[:1]])
    uneven = BandCovariance(metric=metric).fit([long, maps[1:2]])
    even = BandCovariance(metric=metric).fit(maps[:2])
    np.testing.assert_allclose(uneven.reference_, even.reference_, rtol=1e-6)


def test_ragged_segments_stay_ragged(maps):
    covariance = BandCovariance(lags=(0,)).fit([maps[:2], maps[2:5]])
    with config_context(transform_output="pandas"):
        table = covariance.transform([maps[:2], maps[2:5]])
    assert [rows.shape for rows in table] == [(2, 15, 1), (3, 15, 1)]
    np.testing.assert_array_equal(table[1][2, :, 0], covariance.transform(maps)[4])


def test_of_mel_spectrograms_and_their_segments(clips):
    mel = MelSpectrogram(n_mels=12)
    assert make_pipeline(mel, BandCovariance(n_bands=4)).fit_transform(clips).shape == (4, 36)
    segments = Segmenter(mel, segment_duration=1.0)
    table = make_pipeline(segments, BandCovariance(n_bands=4)).fit_transform(clips)
    assert table.shape == (4, 2, 36, 1)
    assert table.dtype == np.float32


def test_inside_a_segmenter_it_is_refused_for_it_has_to_be_fitted(clips):
    inner = make_pipeline(MelSpectrogram(n_mels=12), BandCovariance(n_bands=4))
    with pytest.raises(ValueError, match="BandCovariance in it does: put it after the Segmenter"):
        Segmenter(inner, segment_duration=1.0).fit(clips)


def test_silence_is_finite(maps):
    maps[2] = -100
    table = BandCovariance().fit_transform(maps)
    assert np.isfinite(table).all()
    table = BandCovariance(metric="riemann").fit_transform(maps)
    assert np.isfinite(table).all()


def test_a_table_has_nothing_that_varies():
    table = np.random.default_rng(0).normal(size=(4, 3))
    message = r"BandCovariance got a table of shape \(4, 3\), .* maps of a single frame"
    with pytest.warns(ShortSignalWarning, match=message) as warned:
        covariance = BandCovariance().fit(table)
    assert warned[0].filename == __file__
    np.testing.assert_allclose(covariance.transform(table), 0, atol=1e-9)


def test_maps_with_fewer_frames_than_the_lags_need_are_refused(maps):
    message = r"BandCovariance with lags=\(0, 3\) needs maps of at least 5 frames, got 4"
    with pytest.raises(ShapeMismatchError, match=message):
        BandCovariance(lags=(0, 3)).fit(maps[..., :4])
    covariance = BandCovariance(lags=(0, 3)).fit(maps[..., :5])
    with pytest.raises(ShapeMismatchError, match=message):
        covariance.transform([maps[:2], maps[:1, :, :4]])
    seconds = BandCovariance(lag_seconds=(0, 0.15), frame_rate=20.0)
    with pytest.raises(
        ShapeMismatchError, match=r"lag_seconds=\(0, 0.15\) and frame_rate=20 needs"
    ):
        seconds.fit(maps[..., :4])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"lags": ()}, r"'lags' parameter of BandCovariance must be .*\(0, 1\). Got \(\)"),
        ({"lags": (0, 0)}, r"Got \(0, 0\)"),
        ({"lags": (0, -1)}, r"Got \(0, -1\)"),
        ({"lags": (0, 1.5)}, r"Got \(0, 1.5\)"),
        ({"lags": 3}, "'lags' parameter of BandCovariance"),
        ({"shrinkage": 0.0}, "'shrinkage' parameter of BandCovariance"),
        ({"ridge": -1.0}, "'ridge' parameter of BandCovariance"),
        ({"lag_seconds": (0, 0.1)}, "with 'lag_seconds' needs 'frame_rate', .*Got frame_rate=None"),
        (
            {"frame_rate": 12.9},
            "'frame_rate' parameter .* is used with 'lag_seconds' only, which is None",
        ),
        (
            {"lags": (0, 2), "lag_seconds": (0, 0.1), "frame_rate": 10.0},
            r"'lags' in frames or 'lag_seconds', not both. Got lags=\(0, 2\) and lag_seconds=\(0,",
        ),
        (
            {"lag_seconds": (0, 0.01), "frame_rate": 10.0},
            r"different numbers of frames, such as \(0, 0.05\). Got \(0, 0.01\) .*frame_rate=10",
        ),
        ({"lag_seconds": (0, -0.1), "frame_rate": 10.0}, r"Got \(0, -0.1\)"),
        ({"lag_seconds": (), "frame_rate": 10.0}, r"Got \(\)"),
        ({"lag_seconds": (0, np.nan), "frame_rate": 10.0}, "nan"),
        ({"lag_seconds": (0, 1e300), "frame_rate": 1e300}, r"Got \(0, 1e\+300\)"),
        ({"metric": "wasserstein"}, "'metric' parameter of BandCovariance"),
        ({"n_bands": 0}, "'n_bands' parameter of BandCovariance"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message, maps):
    with pytest.raises(ValueError, match=message):
        BandCovariance(**parameters).fit(maps)


def test_another_number_of_bands_is_refused(maps):
    covariance = BandCovariance().fit(maps)
    with pytest.raises(ShapeMismatchError, match="fitted on maps with 5 bands, got 4"):
        covariance.transform(maps[:, :4])


def test_before_fit_it_says_so(maps):
    with pytest.raises(NotFittedError):
        BandCovariance().transform(maps)
    with pytest.raises(NotFittedError):
        BandCovariance().get_feature_names_out()


def test_without_pyriemann_its_metric_names_the_extra(maps, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyriemann.tangentspace", None)
    with pytest.raises(ImportError, match=r"pip install 'skgenre\[riemann\]'"):
        BandCovariance(metric="riemann").fit(maps)
    assert np.isfinite(BandCovariance().fit_transform(maps)).all()
