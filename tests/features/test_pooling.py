import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn import config_context
from sklearn.exceptions import NotFittedError

from skgenre.exceptions import ShapeMismatchError
from skgenre.features import FramePooling


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(size=(5, 3, 40))


REFERENCES = {
    "mean": lambda X: X.mean(-1),
    "std": lambda X: X.std(-1),
    "var": lambda X: X.var(-1),
    "min": lambda X: X.min(-1),
    "max": lambda X: X.max(-1),
    "median": lambda X: np.median(X, -1),
    "skew": lambda X: scipy.stats.skew(X, axis=-1),
    "kurtosis": lambda X: scipy.stats.kurtosis(X, axis=-1),
}


@pytest.mark.parametrize("statistic", list(REFERENCES))
def test_statistics(statistic, maps):
    pooled = FramePooling(statistics=statistic).fit_transform(maps)
    np.testing.assert_allclose(pooled, REFERENCES[statistic](maps), rtol=1e-12)


@pytest.mark.parametrize(("name", "rank"), [("p0", 0), ("p5", 5), ("p50", 50), ("p100", 100)])
def test_percentiles_are_numpys(name, rank, maps):
    pooling = FramePooling(statistics=name).fit(maps)
    np.testing.assert_allclose(pooling.transform(maps), np.percentile(maps, rank, axis=-1))
    assert pooling.get_feature_names_out()[0] == f"band0_{name}"


def test_compression_keeps_the_sign(maps):
    plain = FramePooling(statistics=["mean", "cov"], delta_order=1).fit_transform(maps)
    root = FramePooling(statistics=["mean", "cov"], delta_order=1, compression="sqrt")
    logarithm = FramePooling(statistics=["mean", "cov"], delta_order=1, compression="log")
    assert (plain < 0).any()
    np.testing.assert_allclose(root.fit_transform(maps) * np.abs(root.transform(maps)), plain)
    log = logarithm.fit_transform(maps)
    np.testing.assert_allclose(np.sign(log) * np.expm1(np.abs(log)), plain)


def test_pickles_of_before_compression_are_read(maps, monkeypatch):
    pooling = FramePooling().fit(maps)
    whole = FramePooling.__getstate__

    def old_state(pooling):
        return {name: value for name, value in whole(pooling).items() if name != "compression"}

    with monkeypatch.context() as patch:
        patch.setattr(FramePooling, "__getstate__", old_state)
        pickled = pickle.dumps(pooling)
    loaded = pickle.loads(pickled)
    assert loaded.compression is None
    np.testing.assert_array_equal(loaded.transform(maps), pooling.transform(maps))


def test_cov_is_the_upper_triangle_of_numpys(maps):
    pooled = FramePooling(statistics="cov").fit(maps)
    names = pooled.get_feature_names_out()
    expected = np.cov(maps[2], bias=True)
    row = dict(zip(names, pooled.transform(maps)[2], strict=True))
    assert len(row) == 6
    assert row["band0_band2_cov"] == pytest.approx(expected[0, 2])
    assert row["band1_band1_cov"] == pytest.approx(expected[1, 1])


def test_a_constant_band_has_neither_skew_nor_kurtosis():
    maps = np.full((2, 1, 20), 0.3, dtype=np.float32)
    pooled = FramePooling(statistics=["skew", "kurtosis", "std"]).fit_transform(maps)
    np.testing.assert_allclose(pooled, 0.0, atol=1e-7)


def test_deltas_of_a_ramp_are_its_slope():
    ramp = 3.0 * np.arange(50)[np.newaxis, np.newaxis]
    pooling = FramePooling(statistics="median", delta_order=2).fit(ramp)
    assert pooling.get_feature_names_out().tolist() == [
        "band0_median",
        "delta_band0_median",
        "delta2_band0_median",
    ]
    np.testing.assert_allclose(pooling.transform(ramp)[0, 1:], [3.0, 0.0], atol=1e-9)


def test_deltas_of_three_frames_are_differences_over_two(maps):
    pooling = FramePooling(statistics="max", delta_order=2, delta_width=3).fit(maps)
    padded = np.concatenate([maps[..., :1], maps, maps[..., -1:]], axis=-1)
    slopes = (padded[..., 2:] - padded[..., :-2]) / 2
    curvatures = padded[..., 2:] - 2 * maps + padded[..., :-2]
    expected = np.concatenate([slopes.max(-1), curvatures.max(-1)], axis=1)
    np.testing.assert_allclose(pooling.transform(maps)[:, 3:], expected)


def test_segments_are_pooled_each_on_its_own(maps):
    segments = maps.reshape(5, 3, 4, 10).transpose(0, 2, 1, 3)
    pooled = FramePooling().fit_transform(segments)
    assert pooled.shape == (5, 4, 6, 1)
    np.testing.assert_allclose(pooled[1, 2, :3, 0], segments[1, 2].mean(axis=-1))


def test_ragged_segments_stay_ragged(maps):
    ragged = np.empty(2, dtype=object)
    ragged[:] = [maps[:3], maps[3:4]]
    pooled = FramePooling().fit_transform(ragged)
    assert [rows.shape for rows in pooled] == [(3, 6, 1), (1, 6, 1)]


def test_a_list_of_segments_is_ragged_too(maps):
    pooled = FramePooling().fit_transform([maps[:3], maps[3:4]])
    assert [rows.shape for rows in pooled] == [(3, 6, 1), (1, 6, 1)]


def test_ragged_segments_are_checked_clip_by_clip(maps):
    with pytest.raises(ShapeMismatchError, match=r"got maps of shape \(0, 3, 40\) for clip 1"):
        FramePooling().fit([maps[:3], maps[:0]])
    with pytest.raises(ShapeMismatchError, match=r"same number of bands, got \[2, 3\]"):
        FramePooling().fit([maps[:3], maps[:2, :2]])
    with pytest.raises(ValueError, match=r"The maps of clip 1: .*NaN"):
        FramePooling().fit([maps[:3], maps[:2] * np.nan])


def test_segments_stay_arrays_whatever_tables_become(maps):
    segments = maps[:, np.newaxis]
    with config_context(transform_output="pandas"):
        assert isinstance(FramePooling().fit_transform(segments), np.ndarray)
        assert FramePooling().fit_transform(list(segments)).dtype == object
        assert isinstance(FramePooling().fit_transform(maps), pd.DataFrame)


def test_a_dataframe_keeps_its_index():
    frame = pd.DataFrame({"low": [1.0, 2.0], "high": [3.0, 4.0]}, index=["a.wav", "b.wav"])
    pooled = FramePooling(statistics="max").set_output(transform="pandas").fit_transform(frame)
    assert pooled.index.tolist() == ["a.wav", "b.wav"]


def test_names_before_fit_say_so():
    with pytest.raises(NotFittedError):
        FramePooling().get_feature_names_out()


@pytest.mark.parametrize("shape", [(2, 3, 0), (2, 0, 3), (2, 0, 3, 4)])
def test_maps_of_nothing_are_refused(shape):
    with pytest.raises(ShapeMismatchError, match="at least one segment, band and frame"):
        FramePooling().fit(np.zeros(shape))


def test_columns_have_names_in_a_dataframe(maps):
    pooling = FramePooling().set_output(transform="pandas")
    frame = pooling.fit_transform(maps)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns[:4]) == ["band0_mean", "band1_mean", "band2_mean", "band0_std"]


def test_a_dataframe_names_the_bands():
    frame = pd.DataFrame({"low": [1.0, 2.0], "high": [3.0, 4.0]})
    pooling = FramePooling(statistics="mean").fit(frame)
    assert pooling.get_feature_names_out().tolist() == ["low_mean", "high_mean"]
    np.testing.assert_array_equal(pooling.transform(frame), frame.to_numpy())


def test_float32_stays_float32(maps):
    assert FramePooling().fit_transform(maps.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("pooling", "message"),
    [
        (FramePooling(statistics="mode"), "'statistics' parameter of FramePooling"),
        (FramePooling(statistics=["mean", "mode"]), "Got 'mode' instead"),
        (FramePooling(statistics=[]), "Got none instead"),
        (FramePooling(statistics="p101"), "percentiles from p0 to p100. Got 'p101'"),
        (FramePooling(statistics=["p05"]), "Got 'p05' instead"),
        (FramePooling(statistics=["mean", 5]), "Got 5 instead"),
        (FramePooling(compression="cube"), "'compression' parameter of FramePooling"),
        (FramePooling(statistics=["std", "std"]), "Got 'std' more than once"),
        (FramePooling(delta_order=3), "'delta_order' parameter of FramePooling"),
        (FramePooling(delta_width=4), "must be odd. Got 4"),
    ],
)
def test_parameters_out_of_range_are_refused(pooling, message, maps):
    with pytest.raises(ValueError, match=message):
        pooling.fit(maps)


def test_another_number_of_bands_is_refused(maps):
    pooling = FramePooling().fit(maps)
    with pytest.raises(ShapeMismatchError, match="fitted on maps with 3 bands, got 2"):
        pooling.transform(maps[:, :2])


@pytest.mark.parametrize("shape", [(2, 3, 4, 5, 6)])
def test_five_axes_are_refused(shape):
    with pytest.raises(ShapeMismatchError, match=r"Got an array of shape \(2, 3, 4, 5, 6\)"):
        FramePooling().fit(np.zeros(shape))


def test_nan_is_refused(maps):
    maps[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        FramePooling().fit(maps)
