import numpy as np
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.exceptions import ShapeMismatchError
from skgenre.features import MFCC, FramePooling, MelSpectrogram, MFCCStatistics
from skgenre.persistence import load_model, save_model


@pytest.fixture
def maps():
    return 10 * np.random.default_rng(0).normal(size=(5, 24, 40)) - 40


def test_it_is_the_pooling_of_mfccs(clips):
    options = {
        "statistics": ["mean", "p10", "cov"],
        "delta_order": 2,
        "delta_width": 3,
        "compression": "sqrt",
    }
    maps = MelSpectrogram(n_mels=40, top_db=80).fit_transform(clips)
    mfcc = MFCC(n_mfcc=5, n_mels=40).fit_transform(clips)
    table = MFCCStatistics(n_mfcc=5, **options).fit_transform(maps)
    expected = FramePooling(**options).fit_transform(mfcc)
    np.testing.assert_allclose(table, expected, rtol=1e-3, atol=1e-2)


def test_columns_are_named_after_the_coefficients(maps):
    statistics = MFCCStatistics(n_mfcc=2, statistics=["mean", "cov"], delta_order=1).fit(maps)
    names = statistics.get_feature_names_out().tolist()
    assert names[:5] == ["mfcc0_mean", "mfcc1_mean", "mfcc0_mfcc0_cov", "mfcc0_mfcc1_cov",
                         "mfcc1_mfcc1_cov"]  # fmt: skip
    assert names[5] == "delta_mfcc0_mean"
    assert len(names) == statistics.transform(maps).shape[1]


def test_a_gain_changes_the_first_coefficient_alone(maps):
    statistics = MFCCStatistics().set_output(transform="pandas").fit(maps)
    louder, quieter = statistics.transform(maps + 20), statistics.transform(maps)
    changed = (louder - quieter).abs().max(axis=0) > 1e-6
    names = set(changed[changed].index)
    assert names == {f"mfcc0_{name}" for name in ("mean", "p10", "p25", "p75", "p90")}


def test_a_map_with_fewer_bands_has_as_many_coefficients_as_bands(maps):
    statistics = MFCCStatistics(statistics="mean", delta_order=0).fit(maps[:, :3])
    assert statistics.get_feature_names_out().tolist() == ["mfcc0_mean", "mfcc1_mean", "mfcc2_mean"]
    assert statistics.transform(maps[:, :3]).shape == (5, 3)


def test_segments_keep_their_axis_and_ragged_ones_stay_ragged(maps):
    segments = maps.reshape(5, 24, 2, 20).transpose(0, 2, 1, 3)
    statistics = MFCCStatistics(n_mfcc=4).fit(segments)
    table = statistics.transform(segments)
    assert table.ndim == 4
    np.testing.assert_array_equal(table[3, 1, :, 0], statistics.transform(segments[3, 1:2])[0])
    with config_context(transform_output="pandas"):
        ragged = statistics.transform([segments[0], segments[1][:1]])
    assert [len(rows) for rows in ragged] == [2, 1]
    np.testing.assert_array_equal(ragged[0], table[0])


def test_in_a_pipeline_it_is_saved_and_loaded(maps, tmp_path):
    model = make_pipeline(MFCCStatistics(n_mfcc=4), StandardScaler(), LogisticRegression())
    model.fit(maps, ["blues", "jazz", "blues", "jazz", "pop"])
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(maps), model.predict_proba(maps))


def test_no_coefficient_is_refused(maps):
    with pytest.raises(ValueError, match="'n_mfcc' parameter of MFCCStatistics"):
        MFCCStatistics(n_mfcc=0).fit(maps)


def test_another_number_of_bands_is_refused(maps):
    with pytest.raises(ShapeMismatchError, match="fitted on maps with 24 bands, got 20"):
        MFCCStatistics().fit(maps).transform(maps[:, :20])
