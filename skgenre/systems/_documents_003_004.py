"""Systems of documents 003 and 004: networks over segments."""

from typing import Any

from ._card import CLIP_SAMPLES, SR, Card, training

_DOCUMENT_003 = "003, Park, Ma and Dasgupta"
_FAULTS_003 = (
    "segments of one song on both sides of the split; softmax twice; scaler fitted before the "
    "split; parameters chosen on the clips that are reported"
)


def _mfcc_means(sr: float, honest: bool) -> list[Any]:
    from ..features import MFCCSegmenter

    return [MFCCSegmenter(segment_duration=0.5, n_mfcc=20, statistics="mean", sr=sr)]


def _periods(sr: float, honest: bool) -> list[Any]:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from ..features import MFCC, ChromaFeatures, FeatureStack, FramePooling, Segmenter
    from ._shapes import segments_to_frames

    stack = FeatureStack([MFCC(n_mfcc=20, sr=sr), ChromaFeatures(sr=sr)], sr=sr)
    means = make_pipeline(stack, FramePooling(statistics="mean"))
    steps: list[Any] = [Segmenter(means, n_segments=12, sr=sr)]
    return [*steps, FunctionTransformer(segments_to_frames)] if honest else steps


def _windows(sr: float, honest: bool) -> list[Any]:
    from ..features import MelSpectrogram, Segmenter

    mel = MelSpectrogram(n_mels=128, n_fft=1024, hop_length=256, sr=sr)
    return [
        Segmenter(
            mel,
            segment_duration=33_000 / SR,
            segment_hop=16_500 / SR,
            sr=sr,
            duration=CLIP_SAMPLES / SR,
        )
    ]


def _training_003(honest: bool, batch_size: int, max_epochs: int) -> dict[str, Any]:
    return training(
        honest, lr=0.01, batch_size=batch_size, max_epochs=max_epochs, double_softmax=True
    )


def _fc(sr: float, honest: bool) -> Any:
    from ..classifiers import MLPGenreClassifier

    return MLPGenreClassifier(dense=(300, 150), dropout=0.0, **_training_003(honest, 100, 10))


def _cnn(sr: float, honest: bool) -> Any:
    from ..classifiers import CNNClassifier

    return CNNClassifier(
        stem=(32, 4, 4),
        channels=(64, 128, 128),
        kernel_size=2,
        pool_size=1,
        norm=None,
        conv_dropout=(0.0, 0.0, 0.5),
        head="flatten",
        dropout=0.0,
        dense=(150, 64),
        **_training_003(honest, 200, 100),
    )


def _rnn(sr: float, honest: bool) -> Any:
    from ..classifiers import CRNNClassifier, LSTMClassifier, SegmentVotingClassifier

    recurrent: dict[str, Any] = {
        "hidden_size": (128, 32),
        "layer_dropout": 0.05,
        "recurrent_dropout": 0.35,
        "dropout": 0.0,
        "dense": (),
        **_training_003(honest, 128, 100),
    }
    if not honest:
        # The dense output of each period is reshaped into 16 "steps"; the periods vote.
        return SegmentVotingClassifier(LSTMClassifier(stem=(16, 16), **recurrent))
    # The same dense layer for each of the 12 periods, which the LSTM reads in order.
    return CRNNClassifier(
        channels=(256,), kernel_size=1, pool_size=1, activation="leaky_relu", **recurrent
    )


def _crnn(sr: float, honest: bool) -> Any:
    from ..classifiers import CRNNClassifier

    return CRNNClassifier(
        dims=2,
        channels=(16, 32, 64, 128, 256),
        kernel_size=3,
        norm=None,
        conv_dropout=0.25,
        hidden_size=128,
        dropout=0.25,
        dense=(512,),
        **training(honest, lr=1e-3, batch_size=64, max_epochs=50),
    )


CARDS = [
    Card(
        id="003-fc",
        document=_DOCUMENT_003,
        input="means of 20 MFCCs over half-second segments",
        network="dense 300, 150",
        training="Adam .01, batch 100, 10 epochs",
        figure=".6258",
        protocol="GTZAN, 80/20 over segments",
        mended=_FAULTS_003,
        make_features=_mfcc_means,
        make_classifier=_fc,
        in_segments=True,
        n_bands=20,
        n_frames=1,
    ),
    Card(
        id="003-cnn",
        document=_DOCUMENT_003,
        input="means of 20 MFCCs over half-second segments",
        network="dense 512 folded to 32 x 4 x 4, 3 layers of 2-D convolution (64, 128, 128), dense "
        "150, 64",
        training="Adam .01, batch 200, 100 epochs",
        figure=".779",
        protocol="GTZAN, 80/20 over segments",
        mended=f"{_FAULTS_003}. Not mended: the convolution has no time axis, which is the network",
        make_features=_mfcc_means,
        make_classifier=_cnn,
        in_segments=True,
        n_bands=20,
        n_frames=1,
    ),
    Card(
        id="003-rnn",
        document=_DOCUMENT_003,
        input="means of 20 MFCCs and 12 chroma bands over 12 periods",
        network="dense 256, LSTM of 128, LSTM of 32",
        training="Adam .01, batch 128, 100 epochs",
        figure=".8379",
        protocol="GTZAN, 80/20 over segments",
        mended=f"{_FAULTS_003}; periods that are pitch classes, and an LSTM without a time axis",
        make_features=_periods,
        make_classifier=_rnn,
        n_bands=32,
        n_frames=12,
    ),
    Card(
        id="004-crnn",
        document="004, Bhandari, Chaudhary and Patil",
        input="mel spectrogram, 128 bands, of 39 windows of 1.5 s, half overlapping",
        network="5 blocks of 2-D convolution (16, 32, 64, 128, 256), LSTM of 128, dense 512",
        training="Adam, batch 64; rate 1e-3 and 50 epochs (free)",
        figure=".854 accuracy, .779 MAP@10, .929 AUC, which can't be of one evaluation",
        protocol="GTZAN, split unknown, probably over windows",
        mended="windows of one song on both sides of the split; no validation clips",
        make_features=_windows,
        make_classifier=_crnn,
        in_segments=True,
        n_bands=128,
        n_frames=129,
        takes_mel=True,
    ),
]
