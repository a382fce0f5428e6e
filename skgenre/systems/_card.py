"""Metadata of a system, and functions that make its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FRAMES_640_SAMPLES = 639 * 1024  # gives 640 frames, 1,024 samples apart
CLIP_SAMPLES = 660_000  # the shortest clip of GTZAN
SR = 22_050  # the documents' sampling rate in Hz


@dataclass(frozen=True)
class Card:
    """Reference system of a document.

    Parameters
    ----------
    id : str
        Its name.
    document : str
        Document that describes it.
    input : str
        Features, in words.
    network : str
        Model, in words.
    training : str
        Training recipe as stated.
    figure, protocol : str
        Result that the document reports, and the clips it is for.
    mended : str
        Faults that ``honest=True`` fixes.
    make_features : callable
        (sr, honest) -> list of transformers.
    make_classifier : callable
        (sr, honest) -> classifier.
    in_segments : bool
        Whether the segments of a clip vote.
    n_bands, n_frames, n_outputs : int
        Sizes stated in the document.
    parameters_stated : int or None
        Parameter count stated in the document.
    takes_mel : bool
        Whether it accepts mel spectrograms.
    """

    id: str
    document: str
    input: str
    network: str
    training: str
    figure: str
    protocol: str
    mended: str
    make_features: Callable[[float, bool], list[Any]]
    make_classifier: Callable[[float, bool], Any]
    in_segments: bool = False
    n_bands: int = 0
    n_frames: int = 0
    n_outputs: int = 10
    parameters_stated: int | None = None
    takes_mel: bool = False


def training(
    honest: bool,
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
    honest : bool
        Whether to stop early on clips held out from the training clips, and to leave out faults
        such as `double_softmax`.
    lr, batch_size, max_epochs, optimizer
        As stated.
    keeps_best : bool, default=False
        Whether the document restores the best epoch's weights.
    from_keras : bool, default=True
        Whether to use Keras's initial weights and optimizer epsilon.
    double_softmax : bool, default=False
        Whether the document applies softmax twice.
    """
    stated: dict[str, Any] = {
        "lr": lr,
        "batch_size": batch_size,
        "max_epochs": max_epochs,
        "optimizer": optimizer,
    }
    if honest:
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
