"""Models of skgenre's own: pipelines chosen by measurement, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

SR = 22_050.0
# Frames of the maps that the models were chosen on last 77.5 ms: four times as long as usual, and
# as accurate, since what is learnt is timbre over seconds.
FRAME_DURATION = 1709 / 22_050
SEGMENT_DURATION = 10.0  # seconds
# musicnn's rate: all parts of a model read a song at one.
_MUSICNN_SR = 16_000.0


@dataclass(frozen=True)
class Model:
    """Model that was chosen by measurement.

    Parameters
    ----------
    name : str
        Its name.
    features, classifier : str
        Its parts, in words.
    advice : str
        When to take it.
    make : callable
        (`Front`) -> list of the pipeline's steps.
    sr : float
        Sampling rate in Hz, unless one is given.
    takes_mel : bool
        Whether it accepts mel spectrograms.
    """

    name: str
    features: str
    classifier: str
    advice: str
    make: "Callable[[Front], list[Any]]"
    sr: float = SR
    takes_mel: bool = True


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

    def segments(self, overlap: float = 0.5) -> Any:
        """Return the transformer that makes mel spectrograms of segments of 10 s."""
        from ..features import FrameSegmenter, MelSpectrogram, Segmenter

        hop = SEGMENT_DURATION * (1 - overlap)
        if self.frame_rate is not None:
            n_frames = max(1, round(SEGMENT_DURATION * self.frame_rate))
            return FrameSegmenter(n_frames, hop_frames=max(1, round(hop * self.frame_rate)))
        mel = MelSpectrogram(
            sr=self.sr, n_mels=128, hop_length=self.hop_length, ref="max", top_db=80
        )
        return Segmenter(mel, sr=self.sr, segment_duration=SEGMENT_DURATION, segment_hop=hop)

    @property
    def hop_length(self) -> int:
        """Return the samples from one frame to the next."""
        frame_duration = FRAME_DURATION if self.frame_rate is None else 1 / self.frame_rate
        return max(1, round(self.sr * frame_duration))


def make_model(model: Model, *, sr: float | None, frame_rate: float | None) -> "Pipeline":
    """Make the pipeline of a model, of mel spectrograms if `frame_rate` is given."""
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*model.make(Front(model.sr if sr is None else sr, frame_rate)))


def _covariance() -> Any:
    from sklearn.pipeline import make_pipeline

    from ..features import BandCovariance, SegmentPooling

    return make_pipeline(BandCovariance(n_bands=32, lags=(0,), mean=True), SegmentPooling())


def _mfcc() -> Any:
    from sklearn.pipeline import make_pipeline

    from ..features import MFCCStatistics, SegmentPooling

    return make_pipeline(MFCCStatistics(), SegmentPooling())


def _modulation(front: Front) -> Any:
    from sklearn.pipeline import make_pipeline

    from ..features import ModulationSpectrum, SegmentPooling

    spectrum = ModulationSpectrum(
        sr=front.sr, hop_length=front.hop_length, max_rate=None, flux="bands"
    )
    return make_pipeline(spectrum, SegmentPooling())


def _fast(front: Front) -> list[Any]:
    from ..classifiers import BlockKernelClassifier

    blocks = [("covariance", _covariance())]
    return [front.segments(), BlockKernelClassifier(blocks, standardize=False, base="ridge")]


def _svm_mfcc(front: Front) -> list[Any]:
    from ..classifiers import BlockKernelClassifier

    return [front.segments(), BlockKernelClassifier([("mfcc", _mfcc())])]


def _svm(front: Front) -> list[Any]:
    return [front.segments(), _kernels()]


def _kernels() -> Any:
    from ..classifiers import BlockKernelClassifier

    blocks = [("covariance", _covariance()), ("mfcc", _mfcc())]
    return BlockKernelClassifier(blocks, standardize=["mfcc"])


def _network(name: str) -> Callable[[Front], list[Any]]:
    def make(front: Front) -> list[Any]:
        from .. import classifiers

        network = getattr(classifiers, name)()
        return [front.segments(overlap=0.0), classifiers.SegmentVotingClassifier(network)]

    return make


def _xgb(front: Front) -> list[Any]:
    from sklearn.pipeline import make_union

    from ..classifiers import XGBGenreClassifier

    return [front.segments(), make_union(_mfcc(), _modulation(front)), XGBGenreClassifier()]


def _vote(front: Front) -> list[Any]:
    from sklearn.ensemble import VotingClassifier

    from ..classifiers import CNNClassifier, SegmentVotingClassifier

    members = [("svm", _kernels()), ("cnn", SegmentVotingClassifier(CNNClassifier()))]
    return [front.segments(), VotingClassifier(members, voting="soft")]


def _best(front: Front) -> list[Any]:
    from sklearn.ensemble import VotingClassifier

    from ..classifiers import CovarianceNetClassifier, SegmentVotingClassifier

    network = SegmentVotingClassifier(CovarianceNetClassifier())
    members = [("svm", _kernels()), ("covnet", network)]
    return [front.segments(), VotingClassifier(members, voting="soft")]


def _best_embedding(front: Front) -> list[Any]:
    from sklearn.pipeline import make_pipeline

    from ..classifiers import BlockKernelClassifier
    from ..features import MusicnnEmbedding

    blocks = [
        ("covariance", make_pipeline(front.segments(), *[step for _, step in _covariance().steps])),
        ("mfcc", make_pipeline(front.segments(), *[step for _, step in _mfcc().steps])),
        ("embedding", MusicnnEmbedding()),
    ]
    return [BlockKernelClassifier(blocks, standardize=["mfcc", "embedding"])]
