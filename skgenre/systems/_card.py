"""Metadata of a system, and functions that make its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CLIP_SAMPLES = 660_000  # the shortest clip of GTZAN
SR = 22_050  # the sources' sampling rate in Hz

Make = Callable[[float, bool], Any]


@dataclass(frozen=True)
class Card:
    """Reference system of a source.

    Parameters
    ----------
    name, source : str
        Its name, and the publication or project that describes it.
    input : str
        Features, in words.
    network : str
        Model, in words.
    training : str
        Training recipe as stated.
    score, protocol : str
        Result that the source reports, and the clips it is for.
    faults : str
        Faults of the source that are corrected unless ``as_published=True``.
    make_features : callable
        (sr, as_published) -> list of transformers.
    make_classifier : callable
        (sr, as_published) -> classifier.
    in_segments : bool
        Whether the segments of a clip vote.
    n_bands, n_frames, n_outputs : int
        Sizes stated in the source.
    stated_parameters : int or None
        Parameter count stated in the source.
    takes_mel : bool
        Whether it accepts mel spectrograms.
    grid : tuple or None
        Hyper-parameters that the source tried: prefix of their names in the pipeline, names, rows.
    """

    name: str
    source: str
    input: str
    network: str
    training: str
    score: str
    protocol: str
    faults: str
    make_features: Make
    make_classifier: Make
    in_segments: bool = False
    n_bands: int = 0
    n_frames: int = 0
    n_outputs: int = 10
    stated_parameters: int | None = None
    takes_mel: bool = False
    grid: tuple[str, tuple[str, ...], tuple[tuple[Any, ...], ...]] | None = None


def training(
    as_published: bool,
    *,
    lr: float,
    batch_size: int,
    max_epochs: int,
    optimizer: str = "adam",
    keeps_best: bool = False,
    from_keras: bool = True,
    double_softmax: bool = False,
) -> dict[str, Any]:
    """Return the training parameters of a network.

    Parameters
    ----------
    as_published : bool
        False stops early on clips held out from the training clips, and leaves out faults such as
        `double_softmax`.
    lr, batch_size, max_epochs, optimizer
        As stated.
    keeps_best, from_keras, double_softmax : bool
        Whether the source restores the best epoch's weights, uses Keras (its initial weights and
        optimizer epsilon), or applies softmax twice.
    """
    stated: dict[str, Any] = {
        "lr": lr,
        "batch_size": batch_size,
        "max_epochs": max_epochs,
        "optimizer": optimizer,
        "schedule": "constant",
        "center": None,  # No source centres bands.
    }
    if not as_published:
        return {**stated, "early_stopping": True, "n_iter_no_change": 20}
    net_params: dict[str, Any] = {}
    if from_keras:
        stated["initializer"] = "keras"
        net_params["optimizer__eps"] = 1e-7
    if double_softmax:
        from ..nn import DoubleSoftmaxLoss

        net_params["criterion"] = DoubleSoftmaxLoss
    if keeps_best:
        stated |= {"early_stopping": True, "n_iter_no_change": max_epochs}
    return {**stated, "net_params": net_params or None}


def mel_of_640_frames(sr: float, scale: str = "db") -> list[Any]:
    """Return the mel spectrogram that several sources share; `scale` is "db" or "log"."""
    from ..features import MelSpectrogram

    # The number of frames is fixed, so the duration depends on the rate.
    duration = 639 * 1024 / sr
    return [MelSpectrogram(n_mels=128, hop_length=1024, scale=scale, sr=sr, duration=duration)]
