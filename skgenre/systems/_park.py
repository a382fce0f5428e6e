"""Systems of Park, Ma and Dasgupta: networks over means of MFCCs and chroma."""

from typing import Any

import numpy as np

from .._public import public
from ._card import Card, training

_SOURCE = "Park, Ma and Dasgupta, Music Genre Classification"
_FAULTS = (
    "segments of one song in both train and test; softmax twice; scaler fitted before the split; "
    "parameters chosen on the clips that are reported"
)


@public
def segments_to_frames(X: np.ndarray) -> np.ndarray:
    """Make a feature map of each clip, with one frame per segment.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_segments, n_features, 1)
        Segments, each summarized as one row, as :class:`skgenre.features.FramePooling` does.

    Returns
    -------
    ndarray of shape (n_clips, n_features, n_segments)
        Feature maps.

    Raises
    ------
    ValueError
        If X has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.systems import segments_to_frames
    >>> segments_to_frames(np.zeros((4, 12, 32, 1))).shape
    (4, 32, 12)
    """
    if getattr(X, "ndim", None) != 4 or X.shape[3] != 1:
        raise ValueError(
            "segments_to_frames takes segments of one frame, (n_clips, n_segments, n_features, 1), "
            f"got an array of shape {getattr(X, 'shape', None)}."
        )
    return np.ascontiguousarray(X[..., 0].swapaxes(1, 2))


def _mfcc_means(sr: float, as_published: bool) -> list[Any]:
    from ..features import MFCCSegmenter

    return [MFCCSegmenter(segment_duration=0.5, n_mfcc=20, statistics="mean", sr=sr)]


def _periods(sr: float, as_published: bool) -> list[Any]:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from ..features import MFCC, ChromaFeatures, FeatureStack, FramePooling, Segmenter

    stack = FeatureStack([MFCC(n_mfcc=20, sr=sr), ChromaFeatures(sr=sr)], sr=sr)
    means = make_pipeline(stack, FramePooling(statistics="mean"))
    steps: list[Any] = [Segmenter(means, n_segments=12, sr=sr)]
    return steps if as_published else [*steps, FunctionTransformer(segments_to_frames)]


def _training(as_published: bool, batch_size: int, max_epochs: int) -> dict[str, Any]:
    return training(
        as_published, lr=0.01, batch_size=batch_size, max_epochs=max_epochs, double_softmax=True
    )


def _fc(sr: float, as_published: bool) -> Any:
    from ..classifiers import MLPGenreClassifier

    return MLPGenreClassifier(dense=(300, 150), dropout=0.0, **_training(as_published, 100, 10))


def _cnn(sr: float, as_published: bool) -> Any:
    from ..classifiers import CNNClassifier

    return CNNClassifier(
        dims=2,
        stem=(32, 4, 4),
        channels=(64, 128, 128),
        kernel_size=2,
        pool_size=1,
        norm=None,
        conv_dropout=(0.0, 0.0, 0.5),
        head="flatten",
        dropout=0.0,
        dense=(150, 64),
        **_training(as_published, 200, 100),
    )


def _rnn(sr: float, as_published: bool) -> Any:
    from ..classifiers import CRNNClassifier, LSTMClassifier, SegmentVotingClassifier

    recurrent: dict[str, Any] = {
        "cell": "lstm",
        "hidden_size": (128, 32),
        "num_layers": 2,
        "bidirectional": False,
        "head": "last",
        "layer_dropout": 0.05,
        "recurrent_dropout": 0.35,
        "dropout": 0.0,
        "dense": (),
        **_training(as_published, 128, 100),
    }
    if as_published:
        # The dense output of each period is reshaped into 16 "steps"; the periods vote.
        return SegmentVotingClassifier(LSTMClassifier(pool_size=1, stem=(16, 16), **recurrent))
    # The same dense layer for each of the 12 periods, which the LSTM reads in order.
    return CRNNClassifier(
        dims=1,
        channels=(256,),
        kernel_size=1,
        pool_size=1,
        norm="batch",
        activation="leaky_relu",
        **recurrent,
    )


# Hyper-parameters that the source lists, without rows that differ only in their result, and without
# the output layer, as wide as there are genres.
_SEGMENT = "segmentvotingclassifier__estimator__"
_FC_GRID = (
    _SEGMENT,
    ("batch_size", "lr", "dense", "max_epochs"),
    (
        (25, 0.01, (30,), 1),
        (25, 0.01, (150,), 1),
        (25, 0.01, (300,), 1),
        (25, 0.01, (300, 150), 1),
        (100, 0.01, (150, 64), 10),
        (100, 0.01, (300, 150), 10),
    ),
)
_CNN_GRID = (
    _SEGMENT,
    ("batch_size", "lr", "channels", "conv_dropout", "dense", "max_epochs"),
    (
        (25, 0.01, (64, 64, 64), (0.0, 0.0, 0.35), (150,), 1),
        (25, 0.01, (64, 64, 128), (0.0, 0.0, 0.5), (150, 64), 1),
        (100, 0.01, (64, 128, 128), (0.0, 0.0, 0.5), (150, 64), 10),
        (200, 0.01, (64, 128, 128), (0.0, 0.0, 0.5), (150, 64), 100),
    ),
)
# The first of its two columns of dropout is taken as the rate after the dense layer, the second as
# the rate inside the cells.
_RNN_GRID = (
    "crnnclassifier__",
    (
        *("batch_size", "lr", "channels", "conv_dropout"),
        *("hidden_size", "recurrent_dropout", "max_epochs"),
    ),
    (
        (25, 0.01, (), 0.0, (64, 10), 0.35, 1),
        (25, 0.01, (), 0.0, (64, 10), 0.5, 1),
        (100, 0.01, (), 0.0, (64, 16), 0.5, 10),
        (100, 0.01, (256,), 0.2, (96, 32), 0.5, 100),
        (128, 0.01, (256,), 0.2, (128, 32), 0.5, 100),
    ),
)

CARDS = [
    Card(
        name="park-fc",
        source=_SOURCE,
        input="means of 20 MFCCs over half-second segments",
        network="dense 300, 150",
        training="Adam .01, batch 100, 10 epochs",
        score=".6258",
        protocol="GTZAN, 80/20 over segments",
        faults=_FAULTS,
        make_features=_mfcc_means,
        make_classifier=_fc,
        in_segments=True,
        n_bands=20,
        n_frames=1,
        grid=_FC_GRID,
    ),
    Card(
        name="park-cnn",
        source=_SOURCE,
        input="means of 20 MFCCs over half-second segments",
        network="dense 512 folded to 32 x 4 x 4, 3 layers of 2-D convolution (64, 128, 128), dense "
        "150, 64",
        training="Adam .01, batch 200, 100 epochs",
        score=".779",
        protocol="GTZAN, 80/20 over segments",
        faults=f"{_FAULTS}. Not corrected: the convolution has no time axis",
        make_features=_mfcc_means,
        make_classifier=_cnn,
        in_segments=True,
        n_bands=20,
        n_frames=1,
        grid=_CNN_GRID,
    ),
    Card(
        name="park-rnn",
        source=_SOURCE,
        input="means of 20 MFCCs and 12 chroma bands over 12 periods",
        network="dense 256, LSTM of 128, LSTM of 32",
        training="Adam .01, batch 128, 100 epochs",
        score=".8379",
        protocol="GTZAN, 80/20 over segments",
        faults=f"{_FAULTS}; periods that are pitch classes, and an LSTM without a time axis",
        make_features=_periods,
        make_classifier=_rnn,
        n_bands=32,
        n_frames=12,
        grid=_RNN_GRID,
    ),
]
