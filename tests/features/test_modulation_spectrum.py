import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skgenre.exceptions import ShapeMismatchError, ShortSignalWarning
from skgenre.features import MelSpectrogram, ModulationSpectrum, Segmenter

FRAME_RATE = 22050 / 512


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(-40, 10, size=(5, 6, 200))


def variance_of(envelope, frame_rate, low, high):
    """The variance of an envelope between two rates, term by term."""
    n_frames = len(envelope)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_frames) / n_frames)
    spectrum = np.fft.fft((envelope - envelope.mean()) * window)
    width = frame_rate / n_frames
    variance = 0.0
    for number in range(n_frames // 2 + 1):
        power = abs(spectrum[number]) ** 2 / (n_frames * (window**2).sum())
        if 0 < number < n_frames / 2:
            power *= 2
        overlap = min(high, (number + 0.5) * width) - max(low, (number - 0.5) * width)
        variance += power * max(overlap, 0) / width
    return variance


def test_columns_are_variances_within_rates(maps):
    spectrum = ModulationSpectrum(n_bands=3, min_rate=0.5, max_rate=8.0, n_rates=4)
    table = spectrum.set_output(transform="pandas").fit_transform(maps)
    assert table.shape == (5, 16)
    clip = maps[3]
    flux = np.mean([np.maximum(np.diff(band, prepend=band[0]), 0) for band in clip], axis=0)
    envelopes = {"band0-1": clip[:2].mean(0), "band4-5": clip[4:].mean(0), "flux": flux}
    for name, envelope in envelopes.items():
        for low, high in [(0.5, 1), (1, 2), (2, 4), (4, 8)]:
            expected = 10 * np.log10(variance_of(envelope, FRAME_RATE, low, high))
            assert table.iloc[3][f"{name}_{low}-{high}Hz"] == pytest.approx(expected, abs=1e-9)


def test_all_rates_together_are_the_variance():
    time = np.arange(400) / FRAME_RATE
    envelope = 3 * np.sin(2 * np.pi * 2 * time) + np.sin(2 * np.pi * 7 * time)
    table = ModulationSpectrum(max_rate=None).fit_transform(envelope[np.newaxis, np.newaxis])
    variance = (10 ** (table[0, :8] / 10)).sum()
    assert variance == pytest.approx(3**2 / 2 + 1 / 2, rel=0.01)


@pytest.mark.parametrize(("sr", "hop_length"), [(22050, 512), (22050, 256), (16000, 512)])
def test_noise_that_swells_four_times_a_second_peaks_there(sr, hop_length):
    rng = np.random.default_rng(0)
    time = np.arange(6 * sr) / sr
    clip = rng.standard_normal(len(time)) * (1.2 + np.sin(2 * np.pi * 4 * time)) * 0.1
    mel = MelSpectrogram(sr=sr, n_fft=1024, hop_length=hop_length, n_mels=40)
    spectrum = ModulationSpectrum(
        sr=sr, hop_length=hop_length, n_bands=4, min_rate=0.75, max_rate=12, n_rates=4
    )
    table = make_pipeline(mel, spectrum.set_output(transform="pandas")).fit_transform(clip[None])
    peaks = table.to_numpy().reshape(5, 4).argmax(axis=1)
    ranges = table.columns.to_numpy().reshape(5, 4)
    peak_names = [names[peak].split("_")[1] for names, peak in zip(ranges, peaks, strict=True)]
    assert peak_names == ["3-6Hz"] * 5


def test_the_flux_counts_rises_alone():
    """Saw teeth of 2 Hz: sudden rises are onsets, sudden falls are not."""
    falling = -(np.arange(420.0) % 21)[np.newaxis, np.newaxis]
    spectrum = ModulationSpectrum().set_output(transform="pandas")
    falling, rising = (spectrum.fit_transform(maps).iloc[0] for maps in (falling, -falling))
    flux = [name for name in falling.index if name.startswith("flux")]
    assert len(flux) == 8
    assert (falling[flux[3:]] > rising[flux[3:]] + 10).all()
    np.testing.assert_allclose(falling.drop(flux), rising.drop(flux))


def test_a_gain_changes_nothing(maps):
    spectrum = ModulationSpectrum().fit(maps)
    np.testing.assert_allclose(spectrum.transform(maps + 20), spectrum.transform(maps), atol=1e-9)


def test_one_flux_per_group_is_that_of_its_bands_alone(maps):
    options = {"n_bands": 2, "n_rates": 3}
    spectrum = ModulationSpectrum(flux="bands", **options).set_output(transform="pandas")
    table = spectrum.fit_transform(maps)
    assert table.shape == (5, 12)
    assert table.columns[6].startswith("band0-2_flux_0.5-")
    groups = [
        ModulationSpectrum(**options).fit_transform(part) for part in (maps[:, :3], maps[:, 3:])
    ]
    expected = np.concatenate([group[:, -3:] for group in groups], axis=1)
    np.testing.assert_allclose(table.to_numpy()[:, 6:], expected)


def test_without_flux_its_columns_alone_are_missing(maps):
    table = ModulationSpectrum(flux=None, n_bands=2).fit_transform(maps)
    whole = ModulationSpectrum(n_bands=2).fit_transform(maps)
    np.testing.assert_array_equal(table, whole[:, :-8])


def test_pickles_of_before_the_flux_of_bands_are_read(maps, monkeypatch):
    spectrum = ModulationSpectrum().fit(maps)
    whole = ModulationSpectrum.__getstate__

    def old_state(spectrum):
        return {name: value for name, value in whole(spectrum).items() if name != "flux"}

    with monkeypatch.context() as patch:
        patch.setattr(ModulationSpectrum, "__getstate__", old_state)
        pickled = pickle.dumps(spectrum)
    loaded = pickle.loads(pickled)
    np.testing.assert_array_equal(loaded.transform(maps), spectrum.transform(maps))


def test_what_does_not_vary_is_minus_100(maps):
    maps[:] = maps[:, :, :1]
    np.testing.assert_array_equal(ModulationSpectrum().fit_transform(maps), -100)


def test_segments_are_described_each_on_its_own(maps):
    segments = maps.reshape(5, 6, 2, 100).transpose(0, 2, 1, 3)
    table = ModulationSpectrum(n_bands=2, n_rates=4).fit_transform(segments)
    assert table.shape == (5, 2, 12, 1)
    alone = ModulationSpectrum(n_bands=2, n_rates=4).fit_transform(segments[:, 1])
    np.testing.assert_array_equal(table[:, 1, :, 0], alone)


def test_ragged_segments_stay_ragged(maps):
    spectrum = ModulationSpectrum(n_bands=2, n_rates=4)
    with config_context(transform_output="pandas"):
        table = spectrum.fit_transform([maps[:2], maps[2:5]])
        assert isinstance(spectrum.transform(maps), pd.DataFrame)
    assert [rows.shape for rows in table] == [(2, 12, 1), (3, 12, 1)]
    np.testing.assert_array_equal(table[1][2, :, 0], spectrum.transform(maps)[4])


def test_of_segments_of_clips_of_different_lengths(clips):
    mel = Segmenter(MelSpectrogram(n_mels=12), segment_duration=1.0)
    spectrum = ModulationSpectrum(n_bands=4, min_rate=1.0)
    table = make_pipeline(mel, spectrum).fit_transform([clips[0], clips[1][:22050]])
    assert [rows.shape for rows in table] == [(2, 40, 1), (1, 40, 1)]


def test_it_goes_into_a_segmenter_or_behind_it(clips):
    mel, spectrum = MelSpectrogram(n_mels=12), ModulationSpectrum(n_bands=4, min_rate=1.0)
    inside = Segmenter(make_pipeline(mel, spectrum), segment_duration=1.0)
    behind = make_pipeline(Segmenter(mel, segment_duration=1.0), spectrum)
    np.testing.assert_array_equal(inside.fit_transform(clips), behind.fit_transform(clips))


def test_short_maps_have_no_empty_column():
    """One second resolves 1 Hz; ranges narrower than that share what they lie in."""
    maps = np.random.default_rng(0).normal(size=(1, 2, 44))
    table = ModulationSpectrum(min_rate=1.0, max_rate=16, n_rates=40).fit_transform(maps)
    assert table.min() > -50


def test_maps_shorter_than_one_period_are_refused(maps):
    message = "min_rate=0.5, sr=22050 and hop_length=512 needs maps of at least 87 frames, got 86"
    with pytest.raises(ShapeMismatchError, match=message):
        ModulationSpectrum().fit(maps[..., :86])
    assert ModulationSpectrum().fit_transform(maps[..., :87]).shape == (5, 56)


def test_a_table_has_nothing_that_varies():
    table = np.random.default_rng(0).normal(size=(4, 3))
    with pytest.warns(ShortSignalWarning, match=r"ModulationSpectrum got a table"):
        rows = ModulationSpectrum().fit_transform(table)
    np.testing.assert_array_equal(rows, -100)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"max_rate": 22.0}, "must be at most half the frame rate, 21.53 Hz"),
        ({"hop_length": 2048}, "5.383 Hz with sr=22050 and hop_length=2048. Got 16 instead"),
        ({"min_rate": 16.0}, "'min_rate' parameter of ModulationSpectrum must be below"),
        ({"flux": "median"}, "'flux' parameter of ModulationSpectrum"),
        ({"n_rates": 0}, "'n_rates' parameter of ModulationSpectrum"),
        ({"n_bands": 0}, "'n_bands' parameter of ModulationSpectrum"),
        ({"sr": 0}, "'sr' parameter of ModulationSpectrum"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message, maps):
    with pytest.raises(ValueError, match=message):
        ModulationSpectrum(**parameters).fit(maps)


def test_a_dataframe_names_the_bands():
    frame = pd.DataFrame({"low": [1.0, 2.0], "mid": [3.0, 4.0], "high": [5.0, 6.0]})
    with pytest.warns(ShortSignalWarning):
        spectrum = ModulationSpectrum(n_bands=2, min_rate=1, max_rate=4, n_rates=1).fit(frame)
    assert spectrum.get_feature_names_out().tolist() == [
        "low_1-4Hz",
        "mid-high_1-4Hz",
        "flux_1-4Hz",
    ]


def test_names_before_fit_say_so():
    with pytest.raises(NotFittedError):
        ModulationSpectrum().get_feature_names_out()


def test_another_number_of_bands_is_refused(maps):
    spectrum = ModulationSpectrum().fit(maps)
    with pytest.raises(ShapeMismatchError, match="fitted on maps with 6 bands, got 4"):
        spectrum.transform(maps[:, :4])
