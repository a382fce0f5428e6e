"""Models beside the reference systems: of our own, and the classical ones that they have to beat.

All take log-mel maps in dB. The networks' settings were chosen by the protocol "choice". Those of
the support vector machines are the usual ones, but for one that was seen on the clips that are
reported: covariances are not standardized.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.fft import dct
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import CNNClassifier, CRNNClassifier, SegmentVotingClassifier
from skgenre.features import BandCovariance, FramePooling, FrameSegmenter, ModulationSpectrum
from skgenre.nn import Augmentation

_SR = 22050
_N_MFCC = 20
# Frames of a segment: ten seconds of GTZAN's maps.
_N_FRAMES = 129

# What all networks of our own share.
_TRAINING: dict[str, Any] = {
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "schedule": "one_cycle",
    "label_smoothing": 0.1,
    "ema_decay": 0.99,
    "center": None,
    "early_stopping": True,
    "n_iter_no_change": 100,
}


# These take rates in Hz.
NEED_FRAME_RATE = ("svm-modulation", "svm-all", "own-vote-all")


def make_recipe(name: str, frame_rate: float | None) -> Pipeline:
    """Make one of `RECIPES` for maps with so many frames a second."""
    return RECIPES[name](frame_rate)


def _augmentation() -> Augmentation:
    return Augmentation(
        freq_shift=4,
        time_stretch=0.1,
        gain=6.0,
        mixup=0.2,
        time_masks=2,
        time_mask_width=0.1,
        freq_masks=2,
        freq_mask_width=0.1,
    )


def _mild_augmentation() -> Augmentation:
    return Augmentation(
        mixup=0.2, time_masks=2, time_mask_width=0.1, freq_masks=2, freq_mask_width=0.1
    )


def _in_segments(classifier: Any) -> Pipeline:
    segmenter = FrameSegmenter(_N_FRAMES, hop_frames=(_N_FRAMES + 1) // 2)
    return make_pipeline(segmenter, SegmentVotingClassifier(classifier))


def _centred(pipeline: Pipeline) -> Pipeline:
    """Take away each clip's mean in each band first: level and equalisation of a recording."""
    return make_pipeline(FunctionTransformer(subtract_means), *[step for _, step in pipeline.steps])


def subtract_means(maps: np.ndarray) -> np.ndarray:
    """Return maps less each clip's mean in each band."""
    return maps - maps.mean(axis=2, keepdims=True)


def _cnn_1d(augmentation: Augmentation | None, max_epochs: int = 30) -> Pipeline:
    return _in_segments(
        CNNClassifier(
            dims=1,
            channels=(64, 64, 128, 128),
            kernel_size=5,
            pool_size=2,
            conv_dropout=0.1,
            head="attention",
            dropout=0.3,
            lr=3e-3,
            max_epochs=max_epochs,
            augmentation=augmentation,
            **_TRAINING,
        )
    )


def _crnn(augmentation: Augmentation | None) -> Pipeline:
    return _in_segments(
        CRNNClassifier(
            channels=(64, 64, 64),
            kernel_size=5,
            pool_size=2,
            cell="lstm",
            hidden_size=96,
            head="last",
            dense=(64,),
            dropout=0.3,
            lr=3e-3,
            max_epochs=30,
            augmentation=augmentation,
            **_TRAINING,
        )
    )


def _cnn_2d(augmentation: Augmentation | None) -> Pipeline:
    return _in_segments(
        CNNClassifier(
            dims=2,
            channels=(8, 32, 64, 128, 128),
            pool_size=2,
            conv_dropout=0.1,
            dropout=0.3,
            lr=3e-3,
            max_epochs=10,
            augmentation=augmentation,
            **_TRAINING,
        )
    )


def _cepstrum(maps: np.ndarray) -> np.ndarray:
    """Return MFCCs of maps in dB, as librosa makes them."""
    return dct(maps, axis=1, norm="ortho")[:, :_N_MFCC].astype(np.float32)


def _mfcc() -> Pipeline:
    return make_pipeline(
        FunctionTransformer(_cepstrum), FramePooling(statistics=("mean", "std")), StandardScaler()
    )


def _modulation(frame_rate: float | None) -> Pipeline:
    if frame_rate is None:
        raise ValueError("Modulation rates need the maps' frame rate, which the data do not say.")
    hop_length = round(_SR / frame_rate)
    spectrum = ModulationSpectrum(sr=_SR, hop_length=hop_length, max_rate=None)
    return make_pipeline(spectrum, StandardScaler())


def _covariances() -> list[BandCovariance]:
    return [
        BandCovariance(n_bands=32, lags=(0,), ridge=0.0),
        BandCovariance(n_bands=16, lags=(0, 1, 2), ridge=0.0),
    ]


def _svm() -> SVC:
    return SVC(C=10)


def _svm_covariances() -> Pipeline:
    return make_pipeline(make_union(*_covariances()), _svm())


def _all_tables(frame_rate: float | None) -> Pipeline:
    scaled = [make_pipeline(covariance, StandardScaler()) for covariance in _covariances()]
    return make_pipeline(make_union(*scaled, _mfcc(), _modulation(frame_rate)), _svm())


def _vote(*, classical: Pipeline, augmentation: Augmentation | None, max_epochs: int) -> Pipeline:
    """Add a network's probabilities to those of a support vector machine."""
    calibrated = CalibratedClassifierCV(classical[-1], method="temperature", ensemble=False)
    members = [
        ("network", _centred(_cnn_1d(augmentation, max_epochs))),
        ("classical", make_pipeline(*[step for _, step in classical.steps[:-1]], calibrated)),
    ]
    return make_pipeline(VotingClassifier(members, voting="soft"))


RECIPES: dict[str, Callable[[float | None], Pipeline]] = {
    "own-cnn1d-plain": lambda _: _cnn_1d(None),
    "own-cnn1d": lambda _: _cnn_1d(_augmentation()),
    "own-cnn1d-centred": lambda _: _centred(_cnn_1d(_augmentation())),
    "own-cnn1d-centred-plain": lambda _: _centred(_cnn_1d(None)),
    "own-cnn1d-centred-long": lambda _: _centred(_cnn_1d(_mild_augmentation(), 60)),
    "own-crnn": lambda _: _crnn(_augmentation()),
    "own-cnn2d": lambda _: _cnn_2d(_augmentation()),
    "own-cnn2d-centred": lambda _: _centred(_cnn_2d(_augmentation())),
    "own-vote-plain": lambda _: _vote(
        classical=_svm_covariances(), augmentation=None, max_epochs=30
    ),
    "own-vote": lambda _: _vote(
        classical=_svm_covariances(), augmentation=_mild_augmentation(), max_epochs=60
    ),
    "own-vote-all": lambda rate: _vote(
        classical=_all_tables(rate), augmentation=_mild_augmentation(), max_epochs=60
    ),
    "svm-mfcc": lambda _: make_pipeline(_mfcc(), _svm()),
    "svm-modulation": lambda rate: make_pipeline(_modulation(rate), _svm()),
    "svm-covariance": lambda _: make_pipeline(BandCovariance(ridge=0.0), _svm()),
    "svm-covariances": lambda _: _svm_covariances(),
    "svm-all": _all_tables,
}
