"""Configurations of every public transformer for the checks."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator


def features_configurations() -> list[BaseEstimator]:
    """Return at least two configurations of every public transformer."""
    from librosa.feature import rms, spectral_centroid
    from sklearn.pipeline import make_pipeline

    from ..features import (
        HPSS,
        MFCC,
        BahuleyanFeatures,
        BandCovariance,
        ChromaCENS,
        ChromaCQT,
        ChromaFeatures,
        Delta,
        FeatureStack,
        FMAFeatures,
        FramePooling,
        FrameSegmenter,
        FunctionFeature,
        GTZANFeatures,
        MelSpectrogram,
        MFCCSegmenter,
        MFCCStatistics,
        ModulationSpectrum,
        ModuleEmbedding,
        MusicnnEmbedding,
        Segmenter,
        SegmentPooling,
        SpectralDescriptors,
        Tempo,
        Tempogram,
        Tonnetz,
        TransformersEmbedding,
    )
    from ._tiny_model import TinyModel

    framing: dict[str, Any] = {"n_fft": 256, "hop_length": 128}
    return [
        MelSpectrogram(),
        MelSpectrogram(sr=8000, n_mels=16, scale="log", center=False, **framing),
        MelSpectrogram(sr=8000, n_mels=16, ref="max", top_db=60.0, n_jobs=2, **framing),
        MelSpectrogram(sr=8000, n_mels=16, dtype="float16", **framing),
        MelSpectrogram(sr=8000, n_mels=16, precision="single", **framing),
        MFCC(),
        MFCC(sr=8000, n_mfcc=5, n_mels=16, lifter=22, precision="single", **framing),
        ChromaFeatures(),
        ChromaFeatures(sr=8000, n_fft=1024, tuning=None, norm=2, duration=0.5),
        FeatureStack([MFCC(), ChromaFeatures()]),
        FeatureStack(
            [
                ("mel", MelSpectrogram(sr=8000, n_mels=8, **framing)),
                ("mfcc", MFCC(sr=8000, n_mels=24, **framing)),
            ],
            sr=8000,
        ),
        Segmenter(MelSpectrogram(n_mels=16), segment_duration=0.25),
        Segmenter(
            make_pipeline(MFCC(sr=8000, n_mels=24, **framing), FramePooling()),
            segment_duration=0.2,
            segment_hop=0.1,
            sr=8000,
        ),
        MFCCSegmenter(segment_duration=0.5),
        MFCCSegmenter(
            segment_duration=0.25,
            statistics=["mean", "var", "cov"],
            sr=8000,
            n_mels=24,
            n_mfcc=4,
            **framing,
        ),
        FrameSegmenter(n_frames=5),
        FrameSegmenter(n_frames=4, hop_frames=2),
        FramePooling(),
        FramePooling(
            statistics=["min", "max", "median", "var", "skew", "kurtosis", "cov"], delta_order=1
        ),
        SegmentPooling(),
        SegmentPooling(statistics=["mean", "std"]),
        FramePooling(
            statistics=["p5", "p50", "cov"], delta_order=2, delta_width=3, compression="log"
        ),
        MFCCStatistics(),
        MFCCStatistics(n_mfcc=3, statistics=["mean", "skew"], delta_order=0, compression=None),
        BandCovariance(),
        BandCovariance(n_bands=None, lags=(0, 1, 2), shrinkage=0.1, metric="riemann"),
        BandCovariance(n_bands=4, lag_seconds=(0, 0.1), frame_rate=20.0, ridge=0.0, mean=True),
        ModulationSpectrum(sr=400.0, hop_length=40, n_bands=None, max_rate=None, n_rates=3),
        ModulationSpectrum(),
        ModulationSpectrum(sr=400.0, hop_length=40, max_rate=None, n_rates=3, flux="bands"),
        ModuleEmbedding(_make_network(), sr=22050),
        ModuleEmbedding(
            _make_network(), sr=8000, window_duration=0.1, pooling=["max", "std"], n_jobs=2
        ),
        MusicnnEmbedding(weights=None, patch_duration=0.05),
        MusicnnEmbedding(weights=None, layer=["tags", "pool"], pooling="std", patch_duration=0.05),
        SpectralDescriptors(),
        SpectralDescriptors(["flatness", "bandwidth_3", "rms"], sr=8000, n_jobs=2, **framing),
        ChromaCQT(),
        ChromaCQT(sr=8000, n_octaves=4, bins_per_octave=12, tuning=None, norm=1, hop_length=256),
        ChromaCENS(n_octaves=5, bins_per_octave=12),
        ChromaCENS(sr=8000, n_octaves=5, bins_per_octave=12, win_len_smooth=9, tuning=None),
        Tonnetz(ChromaFeatures()),
        Tonnetz(ChromaCQT(sr=8000, n_octaves=4, bins_per_octave=12), sr=8000),
        Delta(MFCC(hop_length=128)),
        Delta(MelSpectrogram(sr=8000, n_mels=16, **framing), width=5, order=2, sr=8000),
        HPSS(MFCC()),
        HPSS(SpectralDescriptors(["rms"]), component="percussive"),
        Tempogram(),
        Tempogram(sr=8000, win_length_frames=50, **framing),
        Tempo(),
        Tempo(sr=8000, aggregate="median"),
        FunctionFeature(np.abs),
        FunctionFeature(rms, kw_args={"frame_length": 8}, sr=8000, n_jobs=2, duration=0.5),
        Segmenter(FunctionFeature(spectral_centroid, kw_args={"n_fft": 256})),
        TransformersEmbedding(TinyModel()),
        TransformersEmbedding(TinyModel(), layer=1, pooling=["max", "std"], window_duration=0.2),
        GTZANFeatures(),
        GTZANFeatures(sr=8000, pad_mode="constant", tuning=0.0, duration=0.5),
        Segmenter(GTZANFeatures(), segment_duration=0.25),
        FMAFeatures(),
        FMAFeatures(sr=16000, duration=0.5),
        BahuleyanFeatures(),
        BahuleyanFeatures(sr=16000, n_jobs=2),
    ]


def _make_network() -> Any:
    """Return a network of waveforms of any length.

    It has no weights: scikit-learn's checks compare parameters by joblib's hash, which differs
    between copies of a tensor.
    """
    from torch import nn

    return nn.Sequential(nn.Unflatten(1, (1, -1)), nn.AdaptiveMaxPool1d(3), nn.Flatten()).eval()
