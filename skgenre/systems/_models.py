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
