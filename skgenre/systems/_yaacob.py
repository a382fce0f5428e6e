"""Systems of Yaacob and Goldrich (2020): networks over 640 frames of a mel spectrogram."""

from typing import Any

from ._card import Card, Make, mel_of_640_frames, training


def _training(as_published: bool) -> dict[str, Any]:
    recipe = training(as_published, lr=1e-3, batch_size=32, max_epochs=70, keeps_best=True)
    net_params = {**(recipe.get("net_params") or {}), "plateau_patience": 10}
    return {**recipe, "schedule": "plateau", "net_params": net_params}


def _cnn(dims: int, channels: tuple[int, ...]) -> Make:
    def make(sr: float, as_published: bool) -> Any:
        from ..classifiers import CNNClassifier

        return CNNClassifier(
            dims=dims,
            channels=channels,
            kernel_size=5 if dims == 1 else 3,
            pool_size=2,
            norm="batch",
            conv_dropout=0.4 if dims == 1 else 0.25,
            head="avg",
            dropout=0.2,
            dense=(),
            penalize="conv",
            l2=1e-3,
            **_training(as_published),
        )

    return make


def _rnn(sr: float, as_published: bool) -> Any:
    from ..classifiers import LSTMClassifier

    return LSTMClassifier(
        pool_size=1,
        cell="lstm",
        hidden_size=96,
        num_layers=1,
        bidirectional=False,
        head="last",
        dropout=0.0,
        dense=(),
        **_training(as_published),
    )


def _crnn(num_layers: int, n_blocks: int = 3, recurrent_dropout: float = 0.0) -> Make:
    def make(sr: float, as_published: bool) -> Any:
        from ..classifiers import CRNNClassifier

        return CRNNClassifier(
            dims=1,
            channels=(56,) * n_blocks,
            kernel_size=5,
            pool_size=2,
            norm="batch",
            padding="valid",
            ceil_mode=False,
            conv_bias=True,
            cell="lstm",
            hidden_size=96,
            num_layers=num_layers,
            bidirectional=False,
            recurrent_dropout=recurrent_dropout,
            head="last",
            dropout=0.4,
            dense=(64,),
            penalize="conv",
            l2=1e-3,
            **_training(as_published),
        )

    return make


def _mel(sr: float, as_published: bool) -> list[Any]:
    return mel_of_640_frames(sr, "log" if as_published else "db")


def _card(name: str, network: str, score: str, make: Make, stated: int | None = None) -> Card:
    return Card(
        name=f"yaacob2020-{name}",
        source="Yaacob and Goldrich (2020), Music Genre Classification Using Neural Networks",
        input="mel spectrogram, 128 bands, 640 frames, log",
        network=network,
        training="Adam 1e-3, halved after 10 epochs without a lower loss, batch 32, 70 epochs, "
        "L2 1e-3, best validation epoch",
        score=score,
        protocol="FMA-small, official split" if score else "",
        faults="training features in natural logarithms, test features in dB; epochs chosen on "
        "the clips that are reported",
        make_features=_mel,
        make_classifier=make,
        n_bands=128,
        n_frames=640,
        n_outputs=8,
        stated_parameters=stated,
        takes_mel=True,
    )


CARDS = [
    _card(
        "cnn2d-deep",
        "5 blocks of 2-D convolution (16, 32, 64, 128, 128), mean",
        "validation .576, test .404",
        _cnn(2, (16, 32, 64, 128, 128)),
    ),
    _card(
        "cnn2d-shallow",
        "2 blocks of 2-D convolution (16, 32), mean",
        "validation .540, test .315",
        _cnn(2, (16, 32)),
    ),
    _card(
        "cnn1d-deep",
        "5 blocks of 1-D convolution (56 each), mean",
        "validation .5375, test .331",
        _cnn(1, (56,) * 5),
    ),
    _card(
        "cnn1d-shallow",
        "2 blocks of 1-D convolution (56 each), mean",
        "validation .544, test .331",
        _cnn(1, (56,) * 2),
    ),
    _card("rnn", "LSTM of 96", "validation .1475, test .111", _rnn),
    _card(
        "crnn",
        "3 blocks of 1-D convolution (56 each), LSTM of 96, dense 64",
        "validation .519, test .271 (the original: .441)",
        _crnn(1),
        133_520,
    ),
    _card(
        "crnn-stacked",
        "3 blocks of 1-D convolution (56 each), 2 LSTM layers of 96, dense 64",
        "validation .519, test .401",
        _crnn(2),
    ),
    _card(
        "crnn-stacked-dropout",
        "3 blocks of 1-D convolution (56 each), 2 LSTM layers of 96 with dropout inside the cells, "
        "dense 64",
        "",
        _crnn(2, recurrent_dropout=0.4),
    ),
    _card(
        "crnn-stacked-deep",
        "5 blocks of 1-D convolution (56 each), 2 LSTM layers of 96, dense 64",
        "",
        _crnn(2, n_blocks=5),
    ),
]
