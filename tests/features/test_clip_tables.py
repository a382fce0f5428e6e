"""The tables of the collections against their published or librosa's own computation."""

import librosa
import numpy as np
import pytest
import scipy.stats
from sklearn.pipeline import make_pipeline

from skgenre.datasets import make_genre_music
from skgenre.features import (
    BahuleyanFeatures,
    FMAFeatures,
    GTZANFeatures,
    Segmenter,
)

SR = 22050
TABLES = [GTZANFeatures(), FMAFeatures(), BahuleyanFeatures()]
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: type(table).__name__)


@pytest.fixture(scope="module")
def music():
    return make_genre_music(
        3, genres=["classical", "disco", "metal"], duration=6.0, random_state=0
    ).data


def columns_of(table, X):
    return table.set_output(transform="pandas").fit_transform(X)


def test_gtzan_has_the_published_names_in_their_order():
    names = list(GTZANFeatures().get_feature_names_out())
    assert len(names) == 57
    assert names[:4] == ["chroma_stft_mean", "chroma_stft_var", "rms_mean", "rms_var"]
    assert names[8:17] == [
        *("rolloff_mean", "rolloff_var", "zero_crossing_rate_mean", "zero_crossing_rate_var"),
        *("harmony_mean", "harmony_var", "perceptr_mean", "perceptr_var", "tempo"),
    ]
    assert names[17:19] == ["mfcc1_mean", "mfcc1_var"]
    assert names[-1] == "mfcc20_var"


@pytest.mark.parametrize("pad_mode", ["reflect", "constant"])
def test_gtzan_is_librosas(music, pad_mode):
    ours = columns_of(GTZANFeatures(pad_mode=pad_mode), music)
    y = music[1]
    S = np.abs(librosa.stft(y, pad_mode=pad_mode))
    mel = librosa.feature.melspectrogram(S=S**2, sr=SR)
    decibels = librosa.power_to_db(mel)
    onsets = librosa.onset.onset_strength(S=decibels, aggregate=np.median)
    harmonic, percussive = librosa.effects.hpss(y)
    series = {
        "chroma_stft": librosa.feature.chroma_stft(S=S**2, sr=SR),
        "rms": librosa.feature.rms(y=y, pad_mode=pad_mode),
        "spectral_centroid": librosa.feature.spectral_centroid(S=S),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(S=S),
        "rolloff": librosa.feature.spectral_rolloff(S=S),
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(y),
        **{f"mfcc{n}": row for n, row in enumerate(librosa.feature.mfcc(S=decibels), start=1)},
    }
    expected = {"tempo": librosa.feature.tempo(onset_envelope=onsets)[0]}
    for name, values in series.items():
        expected[f"{name}_mean"] = values.mean(dtype=float)
        expected[f"{name}_var"] = values.var(dtype=float)
    for name, value in expected.items():
        assert ours.loc[1, name] == pytest.approx(value, rel=1e-4, abs=1e-4), name
    if pad_mode == "constant":  # which librosa's separation has no other than
        assert ours.loc[1, "harmony_var"] == pytest.approx(harmonic.var(), rel=1e-4)
        assert ours.loc[1, "perceptr_var"] == pytest.approx(percussive.var(), rel=1e-4)
        assert ours.loc[1, "harmony_mean"] == pytest.approx(harmonic.mean(), abs=1e-7)


def fma_by_librosa(y):
    """Go through FMA's own sequence of calls, with one constant-Q and one short-time transform."""
    cqt = np.abs(librosa.cqt(y, sr=SR, hop_length=512, bins_per_octave=12, n_bins=84, tuning=None))
    cens = librosa.feature.chroma_cens(C=cqt, n_chroma=12, n_octaves=7, bins_per_octave=12)
    S = np.abs(librosa.stft(y, n_fft=2048, hop_length=512))
    mel = librosa.feature.melspectrogram(sr=SR, S=S**2)
    return {
        "chroma_cens": cens,
        "chroma_cqt": librosa.feature.chroma_cqt(
            C=cqt, n_chroma=12, n_octaves=7, bins_per_octave=12
        ),
        "chroma_stft": librosa.feature.chroma_stft(S=S**2, n_chroma=12),
        "mfcc": librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20),
        "rmse": librosa.feature.rms(S=S),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(S=S),
        "spectral_centroid": librosa.feature.spectral_centroid(S=S),
        "spectral_contrast": librosa.feature.spectral_contrast(S=S, n_bands=6),
        "spectral_rolloff": librosa.feature.spectral_rolloff(S=S),
        "tonnetz": librosa.feature.tonnetz(chroma=cens),
        "zcr": librosa.feature.zero_crossing_rate(y, frame_length=2048, hop_length=512),
    }


def test_fma_is_librosas(music):
    ours = columns_of(FMAFeatures(), music)
    assert ours.shape == (3, 518)
    statistics = {
        "kurtosis": scipy.stats.kurtosis,
        "max": np.max,
        "mean": np.mean,
        "median": np.median,
        "min": np.min,
        "skew": scipy.stats.skew,
        "std": np.std,
    }
    number = 0
    for name, rows in fma_by_librosa(music[2]).items():
        for statistic, function in statistics.items():
            for band, row in enumerate(rows, start=1):
                column = f"{name}_{statistic}_{band:02d}"
                assert ours.columns[number] == column
                value = function(row.astype(float))
                assert ours.loc[2, column] == pytest.approx(value, rel=1e-3, abs=1e-3), column
                number += 1
    assert number == 518


def test_bahuleyan_is_librosas(music):
    ours = columns_of(BahuleyanFeatures(), music)
    assert ours.shape == (3, 97)
    y = music[0]
    expected = {
        "signal_mean": y.mean(),
        "signal_std": y.std(),
        "signal_skew": scipy.stats.skew(y.astype(float)),
        "signal_kurtosis": scipy.stats.kurtosis(y.astype(float)),
        "tempo": librosa.feature.tempo(y=y)[0],
        "rms_mean": librosa.feature.rms(y=y).mean(),
        "zcr_std": librosa.feature.zero_crossing_rate(y).std(),
        "spectral_centroid_mean": librosa.feature.spectral_centroid(y=y).mean(),
        "spectral_bandwidth_2_std": librosa.feature.spectral_bandwidth(y=y).std(),
        "spectral_bandwidth_3_std": librosa.feature.spectral_bandwidth(y=y, p=3).std(),
        "spectral_bandwidth_4_mean": librosa.feature.spectral_bandwidth(y=y, p=4).mean(),
        "spectral_contrast_7_mean": librosa.feature.spectral_contrast(y=y)[6].mean(),
        "spectral_rolloff_std": librosa.feature.spectral_rolloff(y=y).std(),
        "mfcc_3_mean": librosa.feature.mfcc(y=y)[2].mean(),
        "chroma_12_std": librosa.feature.chroma_stft(y=y)[11].std(),
    }
    for name, value in expected.items():
        assert ours.loc[0, name] == pytest.approx(float(value), rel=1e-4, abs=1e-5), name


@each_table
def test_names_are_different_and_match_the_columns(table, music):
    names = table.get_feature_names_out()
    assert len(set(names)) == len(names) == table.fit_transform(music[:1]).shape[1]


@each_table
def test_clips_of_any_lengths_make_one_table(table, music):
    clips = [music[0], music[1][:50_000], music[2][:1000]]
    with pytest.warns(UserWarning, match="1 of 3 clips are shorter than one analysis window"):
        together = np.asarray(table.fit_transform(clips))
    assert np.isfinite(together).all()
    np.testing.assert_array_equal(together[1], np.asarray(table.fit_transform([clips[1]]))[0])


@each_table
def test_silence_has_finite_columns(table):
    assert np.isfinite(np.asarray(table.fit_transform(np.zeros((1, SR))))).all()


def test_rows_of_segments_are_those_of_the_segments_as_clips(music):
    segments = Segmenter(GTZANFeatures(), segment_duration=3.0).fit_transform(music)
    assert segments.shape == (3, 2, 57, 1)
    second = GTZANFeatures().fit_transform(music[:, 3 * SR : 6 * SR])
    np.testing.assert_array_equal(segments[:, 1, :, 0], second)


def test_a_table_goes_into_a_pipeline_with_pandas(music):
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(GTZANFeatures(), StandardScaler()).set_output(transform="pandas")
    table = pipeline.fit_transform(music)
    assert list(table.columns) == list(GTZANFeatures().get_feature_names_out())
    np.testing.assert_allclose(table.mean(), 0, atol=1e-5)


@pytest.mark.parametrize("table", [FMAFeatures(sr=8000), BahuleyanFeatures(sr=8000)])
def test_a_rate_too_low_for_the_bands_is_refused(table):
    with pytest.raises(ValueError, match=r"The 'sr' parameter of .* must be at least 1"):
        table.fit(np.zeros((1, 8000)))
