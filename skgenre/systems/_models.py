"""Models of skgenre's own: pipelines chosen by measurement, by name."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_SR = 22_050.0
# All parts of a model read a song at one rate, and musicnn needs this one.
_MUSICNN_SR = 16_000.0
# Frames per second of the spectrograms that the models were chosen on.
FRAME_RATE = 22_050 / 1709
_SEGMENT_DURATION = 10.0  # seconds
_LAG = 0.0775  # seconds
_PROTOCOL = (
    "639 clips of GTZAN's fault-filtered train and validation parts, 5 folds, runs of ten clip "
    "numbers in one fold"
)
_WEIGHTS = {"modulation": 0.5}
_SCALED = ["mfcc", "modulation"]
_NETWORKS = {
    "cnn": "CNNClassifier",
    "covnet": "CovarianceNetClassifier",
    "crnn": "CRNNClassifier",
    "lstm": "LSTMClassifier",
}


@dataclass(frozen=True)
class Model:
    """Model that was chosen by measurement.

    Parameters
    ----------
    name : str
        Its name.
    input, classifier : str
        Its features and its classifier, in words.
    advice : str
        When to take it.
    make : callable
        (`Front`) -> list of the pipeline's steps.
    sr : float
        Sampling rate in Hz, unless one is given.
    takes_mel : bool
        Whether it accepts mel spectrograms.
    takes_any_sr : bool
        Whether another sampling rate may be given.
    accuracy, margin : float
        Measured accuracy, and half its 95 % interval; NaN where not measured.
    fit_seconds : float
        CPU time of a fit in seconds, on one thread.
    kilobytes : float
        Size of the pickled model.
    protocol : str
        Clips and split of the figures.
    """

    name: str
    input: str
    classifier: str
    advice: str
    make: "Callable[[Front], list[Any]]"
    sr: float = _SR
    takes_mel: bool = True
    takes_any_sr: bool = True
    accuracy: float = math.nan
    margin: float = math.nan
    fit_seconds: float = math.nan
    kilobytes: float = math.nan
    protocol: str = _PROTOCOL


@dataclass(frozen=True)
class Front:
    """Begin a pipeline: from waveforms, or from mel spectrograms.

    Parameters
    ----------
    sr : float
        Sampling rate of waveforms in Hz.
    frame_rate : float or None
        Frames per second of mel spectrograms; None for waveforms.
    """

    sr: float
    frame_rate: float | None

    def segments(self) -> Any:
        """Return the transformer to mel spectrograms of segments of 10 s."""
        from ..features import FrameSegmenter, MelSpectrogram, Segmenter

        if self.frame_rate is not None:
            return FrameSegmenter(max(1, round(_SEGMENT_DURATION * self.frame_rate)))
        mel = MelSpectrogram(
            n_mels=128, hop_length=self.hop_length, ref="max", top_db=80.0, sr=self.sr
        )
        return Segmenter(mel, segment_duration=_SEGMENT_DURATION, sr=self.sr)

    @property
    def hop_length(self) -> int:
        """Return the samples from one frame to the next."""
        return max(1, round(self.sr / (self.frame_rate or FRAME_RATE)))

    @property
    def lag(self) -> int:
        """Return the frames nearest to the lag that covariances have, at least 1."""
        return max(1, round(_LAG * (self.frame_rate or FRAME_RATE)))


def make_model(model: Model, *, sr: float | None, frame_rate: float | None) -> "Pipeline":
    """Make the pipeline of a model, of mel spectrograms if `frame_rate` is given."""
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*model.make(Front(model.sr if sr is None else sr, frame_rate)))


def _covariance(front: Front) -> list[Any]:
    from ..features import BandCovariance, SegmentPooling

    frame_rate = front.sr / front.hop_length
    lag = max(_LAG, 1 / frame_rate)
    covariance = BandCovariance(n_bands=32, lag_seconds=(0, lag), frame_rate=frame_rate, mean=True)
    return [covariance, SegmentPooling()]


def _mfcc() -> list[Any]:
    from ..features import MFCCStatistics, SegmentPooling

    return [MFCCStatistics(), SegmentPooling()]


def _modulation(front: Front) -> list[Any]:
    from ..features import ModulationSpectrum, SegmentPooling

    spectrum = ModulationSpectrum(sr=front.sr, hop_length=front.hop_length, max_rate=None)
    return [spectrum, SegmentPooling()]


def _kernels(front: Front, base: str) -> Any:
    """Return a classifier of segments, with a kernel for each of three tables."""
    from sklearn.pipeline import make_pipeline

    from ..classifiers import BlockKernelClassifier

    blocks = [(name, make_pipeline(*steps)) for name, steps in _tables(front).items()]
    return BlockKernelClassifier(
        blocks, weights=dict(_WEIGHTS), standardize=list(_SCALED), base=base
    )


def _tables(front: Front) -> dict[str, list[Any]]:
    return {"covariance": _covariance(front), "mfcc": _mfcc(), "modulation": _modulation(front)}


def _svm(front: Front) -> list[Any]:
    return [front.segments(), _kernels(front, "svm")]


def _svm_mfcc(front: Front) -> list[Any]:
    from sklearn.pipeline import make_pipeline

    from ..classifiers import BlockKernelClassifier

    return [
        front.segments(),
        BlockKernelClassifier([("mfcc", make_pipeline(*_mfcc()))], base="svm"),
    ]


def _fast(front: Front) -> list[Any]:
    from sklearn.pipeline import make_pipeline

    from ..classifiers import BlockKernelClassifier

    blocks = [("covariance", make_pipeline(*_covariance(front)))]
    return [front.segments(), BlockKernelClassifier(blocks, standardize=False)]


def _xgb(front: Front) -> list[Any]:
    from ..classifiers import SegmentVotingClassifier, XGBGenreClassifier
    from ..features import MFCCStatistics

    statistics = MFCCStatistics(statistics=("mean", "std"))
    return [front.segments(), statistics, SegmentVotingClassifier(XGBGenreClassifier())]


def _networks(front: Front, *names: str) -> list[tuple[str, Any]]:
    from .. import classifiers

    settings = {"covnet": {"lags": (0, front.lag)}}
    networks = {
        name: getattr(classifiers, _NETWORKS[name])(**settings.get(name, {})) for name in names
    }
    return [
        (name, classifiers.SegmentVotingClassifier(network)) for name, network in networks.items()
    ]


def _network(name: str) -> "Callable[[Front], list[Any]]":
    def make(front: Front) -> list[Any]:
        [(_, network)] = _networks(front, name)
        return [front.segments(), network]

    return make


def _vote(front: Front, *names: str) -> list[Any]:
    from ..classifiers import GenreVotingClassifier

    members = [("kernels", _kernels(front, "ridge")), *_networks(front, *names)]
    return [front.segments(), GenreVotingClassifier(members)]


def _best_embedding(front: Front) -> list[Any]:
    from sklearn.pipeline import make_pipeline

    from ..classifiers import BlockKernelClassifier
    from ..features import MusicnnEmbedding

    # Of waveforms: each block makes its own segments.
    blocks = [
        (name, make_pipeline(front.segments(), *steps)) for name, steps in _tables(front).items()
    ]
    # The embedding is first: if its weights are missing, the error comes before other work.
    kernels = BlockKernelClassifier(
        [("embedding", MusicnnEmbedding()), *blocks],
        weights={**_WEIGHTS, "embedding": 4.0},
        standardize=[*_SCALED, "embedding"],
    )
    return [kernels]


_MAPS = "mel spectrograms of 10-s segments"
MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            "best",
            "covariances of bands, MFCC statistics, modulation spectra; mel spectrograms",
            "mean probability of kernel ridge regression and 'covnet'",
            "The first choice without pre-trained weights.",
            lambda front: _vote(front, "covnet"),
            accuracy=0.772,
            margin=0.056,
            fit_seconds=38,
            kilobytes=7130,
        ),
        Model(
            "best-embedding",
            "the tables of 'best', and musicnn's embedding",
            "kernel ridge regression with a kernel for each table",
            "Small collections. Needs musicnn's weights.",
            _best_embedding,
            sr=_MUSICNN_SR,
            takes_mel=False,
            takes_any_sr=False,
            accuracy=0.923,
            protocol="60 clips of GTZAN, 5 x 5 folds by clip, where 'svm' has 0.830",
        ),
        Model(
            "fast",
            "covariances of bands",
            "kernel ridge regression",
            "Searches, and first results within seconds.",
            _fast,
            accuracy=0.767,
            margin=0.056,
            fit_seconds=4.8,
            kilobytes=4428,
        ),
        Model(
            "svm",
            "covariances of bands, MFCC statistics, modulation spectra",
            "support vector machine with a kernel for each table",
            "Accurate without a network: fits in seconds.",
            _svm,
            accuracy=0.777,
            margin=0.056,
            fit_seconds=8.6,
            kilobytes=6739,
        ),
        Model(
            "svm-mfcc",
            "MFCC statistics",
            "support vector machine",
            "The classical baseline.",
            _svm_mfcc,
            accuracy=0.736,
            margin=0.054,
            fit_seconds=1.5,
            kilobytes=2072,
        ),
        Model(
            "covnet",
            _MAPS,
            "covariance network, whose segments vote",
            "The most accurate single network.",
            _network("covnet"),
            accuracy=0.742,
            margin=0.052,
            fit_seconds=29,
            kilobytes=116,
        ),
        Model(
            "cnn",
            _MAPS,
            "1-D convolutional network, whose segments vote",
            "A network for large collections and GPUs.",
            _network("cnn"),
            accuracy=0.734,
            margin=0.052,
            fit_seconds=53,
            kilobytes=606,
        ),
        Model(
            "crnn",
            _MAPS,
            "convolutional recurrent network, whose segments vote",
            "Where the order of seconds matters.",
            _network("crnn"),
            accuracy=0.725,
            margin=0.055,
            fit_seconds=37.0,
            kilobytes=468,
        ),
        Model(
            "lstm",
            _MAPS,
            "recurrent network, whose segments vote",
            "A baseline of recurrent networks.",
            _network("lstm"),
            accuracy=0.582,
            margin=0.058,
            fit_seconds=14,
            kilobytes=538,
        ),
        Model(
            "vote",
            "covariances of bands, MFCC statistics, modulation spectra; mel spectrograms",
            "mean probability of kernel ridge regression, 'covnet' and 'cnn'",
            "Three kinds of models, at the cost of two networks.",
            lambda front: _vote(front, "covnet", "cnn"),
            accuracy=0.778,
            margin=0.055,
            fit_seconds=80,
            kilobytes=7736,
        ),
        Model(
            "xgb",
            "means and deviations of MFCCs of 10-s segments",
            "boosted trees, whose segments vote",
            "A baseline of trees, with importances of named columns.",
            _xgb,
            accuracy=0.652,
            margin=0.058,
            fit_seconds=8.0,
            kilobytes=3493,
        ),
    )
}
