"""Systems of documents 001 and 002: networks over 640 frames of a mel spectrogram."""

from collections.abc import Callable
from typing import Any

from ._card import FRAMES_640_SAMPLES, Card, training

_INPUT = "mel spectrogram, 128 bands, 640 frames"


def _mel(sr: float, honest: bool) -> list[Any]:
    return [_mel_of_640_frames(sr, scale="db")]


def _mel_of_001(sr: float, honest: bool) -> list[Any]:
    return [_mel_of_640_frames(sr, scale="db" if honest else "log")]


def _mel_of_640_frames(sr: float, scale: str) -> Any:
    from ..features import MelSpectrogram

    # The number of frames is fixed, so the duration depends on the rate.
    duration = FRAMES_640_SAMPLES / sr
    return MelSpectrogram(n_mels=128, hop_length=1024, scale=scale, sr=sr, duration=duration)


def _training_001(honest: bool) -> dict[str, Any]:
    recipe = training(honest, lr=1e-3, batch_size=32, max_epochs=70, keeps_best=True)
    net_params = {**(recipe.get("net_params") or {}), "plateau_patience": 10}
    return {**recipe, "schedule": "plateau", "net_params": net_params}


def _cnn(dims: int, channels: tuple[int, ...]) -> Callable[[float, bool], Any]:
    def make(sr: float, honest: bool) -> Any:
        from ..classifiers import CNNClassifier

        return CNNClassifier(
            dims=dims,
            channels=channels,
            kernel_size=5 if dims == 1 else 3,
            conv_dropout=0.4 if dims == 1 else 0.25,
            penalize="conv",
            l2=1e-3,
            **_training_001(honest),
        )

    return make


def _rnn(sr: float, honest: bool) -> Any:
    from ..classifiers import LSTMClassifier

    return LSTMClassifier(
        hidden_size=96, num_layers=1, dropout=0.0, dense=(), **_training_001(honest)
    )


def _crnn(
    num_layers: int, n_blocks: int = 3, recurrent_dropout: float = 0.0
) -> Callable[[float, bool], Any]:
    def make(sr: float, honest: bool) -> Any:
        from ..classifiers import CRNNClassifier

        return CRNNClassifier(
            channels=(56,) * n_blocks,
            kernel_size=5,
            padding="valid",
            ceil_mode=False,
            conv_bias=True,
            hidden_size=96,
            num_layers=num_layers,
            recurrent_dropout=recurrent_dropout,
            dropout=0.4,
            dense=(64,),
            penalize="conv",
            l2=1e-3,
            **_training_001(honest),
        )

    return make


def _parallel(**parameters: Any) -> Callable[[float, bool], Any]:
    def make(sr: float, honest: bool) -> Any:
        from ..classifiers import ParallelCRNNClassifier

        recipe = training(
            honest,
            lr=5e-4,
            batch_size=64,
            max_epochs=120,
            optimizer="rmsprop",
            keeps_best=True,
            from_keras=False,
            double_softmax=True,
        )
        return ParallelCRNNClassifier(
            kernel_size=(1, 3),
            padding="valid",
            pool_size=(2, 2, 2, 4, 4),
            ceil_mode=False,
            norm=None,
            **parameters,
            **recipe,
        )

    return make


def _card_001(name: str, network: str, figure: str, make: Any, stated: int | None = None) -> Card:
    return Card(
        id=f"001-{name}",
        document="001, Yaacob and Goldrich (2020)",
        input=f"{_INPUT}, log",
        network=network,
        training="Adam 1e-3, halved where the loss stays for 10 epochs, batch 32, 70 epochs, "
        "L2 1e-3, best validation epoch",
        figure=figure,
        protocol="FMA-small, official split" if figure else "",
        mended="training features in natural logarithms, test features in dB; epochs chosen on "
        "the clips that are reported",
        make_features=_mel_of_001,
        make_classifier=make,
        n_bands=128,
        n_frames=640,
        n_outputs=8,
        parameters_stated=stated,
        takes_mel=True,
    )


def _card_002(name: str, network: str, n_outputs: int, stated: int, make: Any) -> Card:
    return Card(
        id=name,
        document="002, Li, Ng and Ng (GenreWiz)",
        input=_INPUT,
        network=network,
        training="RMSprop 5e-4, batch 64, 120 epochs, best validation epoch",
        figure=".38 accuracy, .33 macro F1",
        protocol="50 clips from elsewhere; trained on GTZAN, 80/20 by clip",
        mended="softmax twice; the GRU reads the batch, not time; epochs chosen on the clips that "
        "are reported",
        make_features=_mel,
        make_classifier=make,
        n_bands=128,
        n_frames=640,
        n_outputs=n_outputs,
        parameters_stated=stated,
        takes_mel=True,
    )


CARDS = [
    _card_001(
        "cnn2d-deep",
        "5 blocks of 2-D convolution (16, 32, 64, 128, 128), mean",
        "validation .576, test .404",
        _cnn(2, (16, 32, 64, 128, 128)),
    ),
    _card_001(
        "cnn2d-shallow",
        "2 blocks of 2-D convolution (16, 32), mean",
        "validation .540, test .315",
        _cnn(2, (16, 32)),
    ),
    _card_001(
        "cnn1d-deep",
        "5 blocks of 1-D convolution (56 each), mean",
        "validation .5375, test .331",
        _cnn(1, (56,) * 5),
    ),
    _card_001(
        "cnn1d-shallow",
        "2 blocks of 1-D convolution (56 each), mean",
        "validation .544, test .331",
        _cnn(1, (56,) * 2),
    ),
    _card_001("rnn", "LSTM of 96", "validation .1475, test .111", _rnn),
    _card_001(
        "crnn",
        "3 blocks of 1-D convolution (56 each), LSTM of 96, dense 64",
        "validation .519, test .271 (the original: .441)",
        _crnn(1),
        133_520,
    ),
    _card_001(
        "crnn-stacked",
        "3 blocks of 1-D convolution (56 each), 2 LSTM layers of 96, dense 64",
        "validation .519, test .401",
        _crnn(2),
    ),
    _card_001(
        "crnn-stacked-dropout",
        "3 blocks of 1-D convolution (56 each), 2 LSTM layers of 96 with dropout inside the cells, "
        "dense 64",
        "",
        _crnn(2, recurrent_dropout=0.4),
    ),
    _card_001(
        "crnn-stacked-deep",
        "5 blocks of 1-D convolution (56 each), 2 LSTM layers of 96, dense 64",
        "",
        _crnn(2, n_blocks=5),
    ),
    _card_002(
        "002-pcrnn",
        "5 blocks of 2-D convolution (16, 32, 64, 64, 64) beside a bidirectional GRU of 64",
        8,
        85_160,
        _parallel(),
    ),
    _card_002(
        "002-pcrnn-steps",
        "5 blocks of 2-D convolution (16, 32, 64, 64, 64) beside a bidirectional GRU of 1, all of "
        "whose 160 steps are kept",
        10,
        38_716,
        _parallel(hidden_size=1, recurrent_head="flatten"),
    ),
]
