"""Results in float16: half the size, the same values to its precision, no silent infinity."""

import gc
import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.exceptions import ShapeMismatchError
from skgenre.features import (
    HPSS,
    MFCC,
    AudioTransformer,
    BandCovariance,
    ChromaFeatures,
    Delta,
    FeatureStack,
    FramePooling,
    FrameSegmenter,
    GTZANFeatures,
    MelSpectrogram,
    MFCCSegmenter,
    ModulationSpectrum,
    Segmenter,
    Tempo,
    Tonnetz,
    cache_info,
    clear_cache,
)
from skgenre.testing import all_estimators

SMALL = {"sr": 8000, "n_fft": 256, "hop_length": 128, "n_mels": 16}
MEL = MelSpectrogram(**SMALL)
IO = ["n_jobs", "verbose", "memory", "max_in_memory", "dtype", "device"]


@pytest.fixture
def memory(tmp_path):
    return str(tmp_path / "cache")


@pytest.fixture
def uneven(tones):
    """Clips of 1, 3, 2 and 1 s."""
    return [tones(1, length, sr=8000, seed=k)[0] for k, length in enumerate((1.0, 3.0, 2.0, 1.0))]


@pytest.fixture
def restless():
    """A clip whose rolloff jumps between 200 Hz and nearly 11 kHz."""
    time = np.arange(2 * 22050) / 22050
    return np.where(time < 1, np.sin(2 * np.pi * 200 * time), np.sin(2 * np.pi * 1e4 * time))


def scratch(memory):
    return sorted(Path(memory, "skgenre-features", "scratch").glob("*"))


TRANSFORMERS = [
    MEL,
    Tempo(sr=8000),
    HPSS(MEL, sr=8000),
    Delta(MEL, sr=8000),
    Tonnetz(ChromaFeatures(sr=8000), sr=8000),
    FeatureStack([MEL, MFCC(**{**SMALL, "n_mels": 24})], sr=8000),
    Segmenter(make_pipeline(MEL, FramePooling()), segment_duration=0.5, sr=8000),
    MFCCSegmenter(segment_duration=0.5, statistics="mean", sr=8000),
]


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda feature: type(feature).__name__)
@pytest.mark.parametrize("max_in_memory", ["1MB", 10])
def test_the_values_are_those_of_float32_rounded(transformer, max_in_memory, files, memory):
    single = transformer.fit_transform(files)
    half = type(transformer)(
        **{
            **transformer.get_params(deep=False),
            "dtype": "float16",
            "memory": memory,
            "max_in_memory": max_in_memory,
        }
    ).fit_transform(files)
    assert single.dtype == np.float32
    assert half.dtype == np.float16
    assert isinstance(half, np.memmap) == (max_in_memory == 10)
    np.testing.assert_array_equal(half, single.astype(np.float16))
    np.testing.assert_allclose(half.astype(np.float32), single, rtol=1e-3, atol=1e-7)


def mel(memory, dtype, **parameters):
    return MelSpectrogram(**SMALL, memory=memory, dtype=dtype, **parameters)


def test_the_scratch_file_has_half_the_size(files, memory):
    sizes = {}
    for dtype in ("float32", "float16"):
        X = mel(memory, dtype, max_in_memory=10).fit_transform(files)
        sizes[dtype] = scratch(memory)[0].stat().st_size
        assert sizes[dtype] == X.nbytes
        with pytest.raises(ValueError, match="read-only"):
            X[0] = 0.0
        del X
        gc.collect()
        assert scratch(memory) == []
    assert sizes["float32"] == 2 * sizes["float16"]


def test_the_limit_is_of_the_result(files):
    single = MEL.fit_transform(files)
    limit = single.nbytes // 2
    assert mel(None, "float16", max_in_memory=limit).fit_transform(files).nbytes == limit
    with pytest.raises(ValueError, match=r"more than max_in_memory="):
        mel(None, "float32", max_in_memory=limit).fit_transform(files)


@pytest.mark.parametrize("max_in_memory", [10, 15_000, "1MB"])
def test_ragged_results_are_float16(max_in_memory, uneven, memory):
    """With 15 kB it is the second clip that exceeds the limit."""

    def segment(dtype, **parameters):
        return Segmenter(MEL, segment_duration=0.5, sr=8000, dtype=dtype, **parameters)

    expected = segment("float32").fit_transform(uneven)
    limit = {"memory": memory, "max_in_memory": max_in_memory}
    X = segment("float16", **limit).fit_transform(uneven)
    assert len(scratch(memory)) == (max_in_memory != "1MB")
    for maps, single in zip(X, expected, strict=True):
        assert maps.dtype == np.float16
        np.testing.assert_array_equal(maps, single.astype(np.float16))


def test_both_types_share_one_cache(files, memory):
    mel(memory, "float16").fit_transform(files)
    X = mel(memory, "float32").fit_transform(files)
    info = cache_info(memory)
    assert (info.hits, info.misses, info.entries) == (6, 6, 6)
    np.testing.assert_array_equal(X, MEL.fit_transform(files))


def test_clearing_the_cache_removes_the_file_and_leaves_the_array_readable(files, memory):
    X = mel(memory, "float16", max_in_memory=10).fit_transform(files)
    expected = np.array(X)
    clear_cache(memory)
    assert scratch(memory) == []
    assert cache_info(memory).entries == 0
    np.testing.assert_array_equal(X, expected)


def first_too_large(row):
    """Return the name and the value of the first column that float16 can't hold."""
    column = next(name for name in row.index if abs(row[name]) > 65504)
    return column, f"{row[column]:g}".replace("+", r"\+")


def test_a_column_that_overflows_is_named(restless, tmp_path):
    paths = [str(tmp_path / name) for name in ("calm.wav", "restless.wav")]
    for path, clip in zip(paths, (np.zeros_like(restless), restless), strict=True):
        soundfile.write(path, 0.5 * clip, 22050)
    table = GTZANFeatures().set_output(transform="pandas").fit_transform(paths)
    assert table["rolloff_var"][1] > 65504
    column, value = first_too_large(table.loc[1])
    message = (
        rf"^GTZANFeatures with dtype='float16' can't hold {value}, in column '{column}' of "
        r".*restless\.wav: float16 ends at 65504\. Set dtype='float32'"
    )
    with pytest.raises(ValueError, match=message):
        GTZANFeatures(dtype="float16").fit_transform(paths)


@pytest.mark.parametrize(
    "outer", [Segmenter(GTZANFeatures(), n_segments=1), HPSS(GTZANFeatures())], ids=["cut", "part"]
)
def test_a_column_of_a_table_inside_is_named(outer, restless):
    row = outer.fit_transform([restless]).ravel()
    column, value = first_too_large(pd.Series(row, GTZANFeatures().get_feature_names_out()))
    with pytest.raises(ValueError, match=rf"can't hold {value}, in column '{column}' of clip 0"):
        outer.set_params(dtype="float16").fit_transform([restless])


@pytest.mark.parametrize("max_in_memory", ["1MB", 10])
def test_a_band_that_overflows_is_named(max_in_memory, restless, memory):
    power = MelSpectrogram(
        scale="power", n_mels=16, norm=None, memory=memory, max_in_memory=max_in_memory
    )
    X = power.fit_transform([restless])
    loudest = int(np.flatnonzero((X[0] > 65504).any(axis=1))[0])
    power.set_params(dtype="float16")
    message = rf"MelSpectrogram with dtype='float16' can't hold .*, in band {loudest} of clip 0:"
    with pytest.raises(ValueError, match=message):
        power.fit_transform([restless])
    segments = Segmenter(MelSpectrogram(scale="power", n_mels=16, norm=None), dtype="float16")
    with pytest.raises(ValueError, match=rf"Segmenter with .*, in band {loudest} of clip 0:"):
        segments.fit_transform([restless])
    del X
    gc.collect()
    assert scratch(memory) == []


class Constant(MelSpectrogram):
    """A map of one value."""

    def __init__(self, value=0.0, dtype="float16"):
        super().__init__(dtype=dtype)
        self.value = value

    def compute(self, y):
        return np.full((2, 3), self.value)


@pytest.mark.parametrize("value", [65504.0, -65504.0, 1e-9, np.inf, np.nan])
def test_what_float16_holds_and_what_is_not_finite_goes_in(value):
    X = Constant(value).fit_transform(np.zeros((1, 4096)))
    np.testing.assert_array_equal(X, np.full((1, 2, 3), value, np.float16))


@pytest.mark.parametrize("value", [65505.0, -65505.0, 1e30])
def test_what_is_finite_never_becomes_infinite(value):
    with pytest.raises(ValueError, match=rf"can't hold {value:g}".replace("+", r"\+")):
        Constant(value).fit_transform(np.zeros((1, 4096)))


def test_a_table_becomes_a_dataframe_of_float16(clips):
    tempo = Tempo(dtype="float16").set_output(transform="pandas")
    table = tempo.fit_transform(clips)
    assert isinstance(table, pd.DataFrame)
    assert table.dtypes.tolist() == [np.float16]
    np.testing.assert_array_equal(table, Tempo().fit_transform(clips).astype(np.float16))


@pytest.mark.parametrize(
    ("outer", "parameters"),
    [
        (Segmenter, {"feature": MFCC(dtype="float16")}),
        (Segmenter, {"feature": make_pipeline(MFCC(dtype="float16"), FramePooling())}),
        (FeatureStack, {"transformers": [ChromaFeatures(), MFCC(dtype="float16")]}),
        (HPSS, {"feature": MFCC(dtype="float16")}),
        (Delta, {"feature": MFCC(dtype="float16")}),
        (Tonnetz, {"feature": MFCC(dtype="float16")}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_outermost_owns_it(outer, parameters, dtype, clips):
    message = rf"MFCC inside {outer.__name__} has dtype='float16', .* leave it 'float32' in MFCC"
    with pytest.raises(ValueError, match=message):
        outer(**parameters, dtype=dtype).fit(clips)


@pytest.mark.parametrize("dtype", ["float64", "half", None])
def test_other_types_are_refused(dtype, clips):
    with pytest.raises(ValueError, match=r"'dtype' parameter of MFCC must be a str among"):
        MFCC(dtype=dtype).fit(clips)


def test_every_transformer_of_clips_has_it_in_its_place():
    for name, estimator in all_estimators():
        if issubclass(estimator, AudioTransformer):
            parameters = inspect.signature(estimator).parameters
            assert list(parameters)[-len(IO) :] == IO, name
            assert parameters["dtype"].default == "float32", name


@pytest.mark.parametrize("is_ragged", [False, True])
def test_segments_of_a_scratch_file_vote_as_those_of_float32(is_ragged, tones, memory):
    clips = list(tones(12, 1.0, sr=8000))
    if is_ragged:
        clips = [clip[: 4000 * (1 + k % 2)] for k, clip in enumerate(clips)]
    segmenter = Segmenter(MEL, segment_duration=0.5, sr=8000, dtype="float16")
    half = segmenter.set_params(memory=memory, max_in_memory=10).fit_transform(clips)
    if is_ragged:
        single = np.empty(12, dtype=object)
        single[:] = [maps.astype(np.float32) for maps in half]
    else:
        single = half.astype(np.float32)
    y = np.repeat(["blues", "metal"], 6)
    cnn = CNNClassifier(channels=(4,), max_epochs=2, batch_size=4, random_state=0)
    voting = SegmentVotingClassifier(cnn)
    expected = voting.fit(single, y).predict_proba(single)
    np.testing.assert_array_equal(voting.fit(half, y).predict_proba(half), expected)
    assert len(scratch(memory)) == 1


def make_maps():
    maps = 20 * np.random.default_rng(0).standard_normal((4, 6, 200)) - 30
    return maps.astype(np.float16)


def test_a_frame_segmenter_is_a_view_of_float16():
    maps = make_maps()
    segments = FrameSegmenter(n_frames=50).fit_transform(maps)
    assert segments.dtype == np.float16
    assert np.shares_memory(segments, maps)


@pytest.mark.parametrize(
    "table",
    [
        FramePooling(statistics=["mean", "std", "cov"], delta_order=1),
        ModulationSpectrum(),
        BandCovariance(),
    ],
    ids=lambda table: type(table).__name__,
)
def test_what_is_computed_of_float16_is_float32(table):
    maps = make_maps()
    result = table.fit_transform(maps)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, table.fit_transform(maps.astype(np.float32)))


def test_squares_of_float16_do_not_overflow():
    hertz = 500 * np.abs(make_maps())
    assert np.isfinite(hertz).all()
    variances = FramePooling(statistics="var").fit_transform(hertz)
    assert np.isfinite(variances).all()
    assert variances.max() > 65504


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("at_once", [16_000_000, 1])
def test_float16_maps_that_are_not_finite_are_refused(value, at_once, monkeypatch):
    monkeypatch.setattr("skgenre._half_precision._CHECKED_BYTES", at_once)
    maps = make_maps()
    FramePooling().fit(maps)
    maps[3, 1, 7] = value
    name = "NaN" if np.isnan(value) else "infinity"
    with pytest.raises(ValueError, match=f"Input X contains {name}"):
        FramePooling().fit(maps)
    with pytest.raises(ShapeMismatchError):
        FramePooling().fit(maps[:, :, :0])
