"""Features of clips in any order, and of framing of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skgenre.features import (
    MFCC,
    BahuleyanFeatures,
    ChromaFeatures,
    Delta,
    FeatureStack,
    FramePooling,
    MelSpectrogram,
    MFCCSegmenter,
    MusicnnEmbedding,
    Segmenter,
    SpectralDescriptors,
    Tonnetz,
)
from skgenre.testing._samples import same

pytestmark = pytest.mark.filterwarnings(
    "ignore::skgenre.exceptions.ShortSignalWarning", "ignore::skgenre.exceptions.LevelWarning"
)

SR = 4000
FRAMING = {"sr": SR, "n_fft": 256, "hop_length": 128}
MEL = MelSpectrogram(n_mels=8, **FRAMING)
RNG = np.random.default_rng(0)
SONG = RNG.uniform(-1, 1, 3 * SR).astype(np.float32)
# From loud to silent, so that a batch-wide level would show.
CLIPS = np.stack([10.0**-number * SONG[number * 300 :][:2000] for number in range(5)])
CLIPS[4] = 0
RAGGED = [clip[: 300 + 400 * number] for number, clip in enumerate(CLIPS)]
TRANSFORMERS = {
    "mel": (MEL, CLIPS),
    "mel-max": (MelSpectrogram(n_mels=8, ref="max", top_db=40.0, **FRAMING), CLIPS),
    "mfcc": (MFCC(n_mfcc=5, n_mels=16, **FRAMING), CLIPS),
    "chroma": (ChromaFeatures(tuning=None, **FRAMING), CLIPS),
    "stack": (
        FeatureStack([MEL, SpectralDescriptors(["flux", "flatness"], **FRAMING)], sr=SR),
        CLIPS,
    ),
    "tonnetz": (Tonnetz(ChromaFeatures(tuning=None, **FRAMING), sr=SR), CLIPS),
    "table": (BahuleyanFeatures(sr=16000), CLIPS),
    "segments": (Segmenter(MEL, segment_duration=0.1, sr=SR), RAGGED),
    "mfcc-segments": (
        MFCCSegmenter(
            segment_duration=0.1, n_mfcc=5, n_mels=16, statistics=["mean", "cov"], **FRAMING
        ),
        RAGGED,
    ),
    "musicnn": (MusicnnEmbedding(None, patch_duration=0.05), CLIPS),
    "delta": (Delta(MEL, sr=SR), CLIPS),
    "pooling": (FramePooling(statistics=["mean", "kurtosis"]), RNG.normal(size=(5, 8, 16))),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
@settings(max_examples=8)
@given(order=st.lists(st.integers(0, 4), min_size=1, max_size=8), n_jobs=st.sampled_from([None, 2]))
def test_the_features_of_clips_do_not_depend_on_their_order(name, order, n_jobs):
    transformer, clips = TRANSFORMERS[name]
    if hasattr(transformer, "n_jobs"):
        transformer = type(transformer)(**transformer.get_params(deep=False) | {"n_jobs": n_jobs})
    chosen = [clips[number] for number in order] if isinstance(clips, list) else clips[order]
    for features, number in zip(transformer.fit_transform(chosen), order, strict=True):
        (expected,) = transformer.fit_transform(clips[number : number + 1])
        assert same(features, expected)


FRAMED = {
    "MelSpectrogram": (lambda **params: MelSpectrogram(n_mels=4, **params), 4),
    "MFCC": (lambda **params: MFCC(n_mfcc=3, n_mels=4, **params), 3),
    "ChromaFeatures": (lambda **params: ChromaFeatures(**params), 12),
    "SpectralDescriptors": (
        lambda **params: SpectralDescriptors(["centroid", "flatness", "flux", "rms"], **params),
        4,
    ),
}


@pytest.mark.parametrize("name", FRAMED)
@given(
    n_samples=st.integers(1, 3000),
    duration=st.none() | st.floats(0.0001, 1.0),
    n_fft=st.integers(2, 1500),
    hop_length=st.integers(1, 1500),
    win_length=st.none() | st.integers(1, 1600),
    center=st.booleans(),
    pad_mode=st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]),
)
def test_framing_of_any_size_gives_the_documented_shape_or_an_error(
    name, n_samples, duration, n_fft, hop_length, win_length, center, pad_mode
):
    make, n_bands = FRAMED[name]
    transformer = make(
        sr=SR,
        duration=duration,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        center=center,
        pad_mode=pad_mode,
    )
    clips = np.tile(SONG[:n_samples], (2, 1))
    try:
        maps = transformer.fit_transform(clips)
    except ValueError as error:
        message = str(error)
        assert name in message
        if "'duration'" in message:
            assert round(duration * SR) == 0
        elif "'win_length'" in message:
            assert win_length > n_fft
        else:
            assert "'n_mels'" in message
            assert n_fft < 100
        return
    length = n_samples if duration is None else round(duration * SR)
    padded = max(length, n_fft) + 2 * (n_fft // 2) * center
    n_frames = 1 + (padded - n_fft) // hop_length
    assert maps.shape == (2, n_bands, n_frames)
    assert maps.dtype == np.float32
    assert np.isfinite(maps).all()
