"""Choices among tables and kernels, measured on grouped folds: classifiers of mel maps in dB.

Each is made for maps with so many frames a second. The user guide has their accuracy.
"""

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import BlockKernelClassifier
from skgenre.features import BandCovariance, FramePooling, MFCCStatistics, ModulationSpectrum

# Frames per second of librosa's defaults are of this rate; others are rounded to a hop length.
_SR = 22050
# One frame of GTZAN's maps, which have a frame every 77.5 ms.
_LAGS = (0, 0.0775)


def choices() -> dict[str, Callable[[float], BaseEstimator]]:
    """Return makers of the classifiers by name; each takes the frame rate of the maps in Hz."""
    return {**_single_tables(), **_blocks()}


def _single_tables() -> dict[str, Callable[[float], BaseEstimator]]:
    return {
        "mfcc-mean-std": lambda _: _scaled(
            MFCCStatistics(statistics=("mean", "std"), delta_order=0, compression=None)
        ),
        "mfcc-mean-std-deltas9": lambda _: _scaled(
            MFCCStatistics(statistics=("mean", "std"), delta_width=9, compression=None)
        ),
        "mfcc-mean-std-deltas3": lambda _: _scaled(
            MFCCStatistics(statistics=("mean", "std"), compression=None)
        ),
        "mfcc-uncompressed": lambda _: _scaled(MFCCStatistics(compression=None)),
        "mfcc-log": lambda _: _scaled(MFCCStatistics(compression="log")),
        "mfcc-26": lambda _: _scaled(MFCCStatistics(n_mfcc=26)),
        "mfcc": lambda _: _scaled(MFCCStatistics()),
        "mel-mean-std": lambda _: _scaled(FramePooling()),
        "modulation": lambda rate: _scaled(_modulation(rate)),
        "modulation-no-flux": lambda rate: _scaled(_modulation(rate, flux=None)),
        "modulation-flux-bands": lambda rate: _scaled(_modulation(rate, flux="bands")),
        "covariance": lambda rate: _plain(_covariance(rate)),
        "covariance-scaled": lambda rate: _scaled(_covariance(rate)),
        "covariance-riemann": lambda rate: _plain(_covariance(rate, metric="riemann")),
        "covariance-ridge0": lambda rate: _plain(_covariance(rate, ridge=0.0)),
        "covariance-ridge1": lambda rate: _plain(_covariance(rate, ridge=1.0)),
        "covariance-ridge10": lambda rate: _plain(_covariance(rate, ridge=10.0)),
        "covariance-no-lag": lambda rate: _plain(_covariance(rate, lag_seconds=(0,))),
        "covariance-two-lags": lambda rate: _plain(
            _covariance(rate, lag_seconds=(0, _LAGS[1], 2 * _LAGS[1]))
        ),
        "covariance-32": lambda rate: _plain(_covariance(rate, n_bands=32)),
        "covariance-40": lambda rate: _plain(_covariance(rate, n_bands=40)),
        "covariance-mean": lambda rate: _plain(_covariance(rate, mean=True)),
        "covariance-40-mean": lambda rate: _plain(_covariance(rate, n_bands=40, mean=True)),
    }


def _blocks() -> dict[str, Callable[[float], BaseEstimator]]:
    return {
        "blocks": _make_blocks,
        "blocks-svm": lambda rate: _make_blocks(rate, base="svm"),
        "blocks-width2": lambda rate: _make_blocks(rate, width=2.0),
        "blocks-40": lambda rate: _make_blocks(rate, n_bands=40),
        "blocks-mfcc-half": lambda rate: _make_blocks(rate, weights={"mfcc": 0.5}),
        "blocks-mfcc-double": lambda rate: _make_blocks(rate, weights={"mfcc": 2.0}),
        "blocks-modulation": lambda rate: _make_blocks(rate, modulation=0.5),
        "blocks-modulation-svm": lambda rate: _make_blocks(rate, modulation=0.5, base="svm"),
    }


def _scaled(table: Any) -> BaseEstimator:
    return make_pipeline(table, StandardScaler(), SVC(C=10))


def _plain(table: Any) -> BaseEstimator:
    return make_pipeline(table, SVC(C=10))


def _covariance(frame_rate: float, **params: Any) -> BandCovariance:
    return BandCovariance(**{"lag_seconds": _LAGS, "frame_rate": frame_rate, **params})


def _modulation(frame_rate: float, **params: Any) -> ModulationSpectrum:
    hop_length = round(_SR / frame_rate)
    return ModulationSpectrum(sr=_SR, hop_length=hop_length, max_rate=None, **params)


def _make_blocks(
    frame_rate: float, *, n_bands: int = 32, modulation: float = 0.0, **params: Any
) -> BlockKernelClassifier:
    blocks: list[tuple[str, Any]] = [
        ("covariance", _covariance(frame_rate, n_bands=n_bands, mean=True)),
        ("mfcc", MFCCStatistics()),
    ]
    if modulation:
        blocks.append(("modulation", _modulation(frame_rate, flux="bands")))
        params["weights"] = {**params.get("weights", {}), "modulation": modulation}
    scaled = [name for name, _ in blocks if name != "covariance"]
    return BlockKernelClassifier(blocks, standardize=scaled, **params)
