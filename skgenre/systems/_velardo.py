"""Systems of Velardo: networks over the MFCCs of segments."""

from typing import Any

from ._card import SR, Card, Make, training


def _mfcc_segments(n_samples: int) -> Make:
    def make(sr: float, as_published: bool) -> list[Any]:
        from ..features import MFCC, Segmenter

        return [Segmenter(MFCC(n_mfcc=13, sr=sr), segment_duration=n_samples / SR, sr=sr)]

    return make


def _mlp(sr: float, as_published: bool) -> Any:
    from ..classifiers import MLPGenreClassifier

    return MLPGenreClassifier(
        dense=(512, 256, 64),
        dropout=0.0,
        **training(as_published, lr=1e-4, batch_size=32, max_epochs=50),
    )


def _regularized_mlp(sr: float, as_published: bool) -> Any:
    parameters = {"dropout": 0.3, "penalize": "dense", "l2": 1e-3, "max_epochs": 100}
    return _mlp(sr, as_published).set_params(**parameters)


def _lstm(sr: float, as_published: bool) -> Any:
    from ..classifiers import LSTMClassifier

    return LSTMClassifier(
        pool_size=1,
        cell="lstm",
        hidden_size=64,
        num_layers=2,
        bidirectional=False,
        layer_dropout=0.0,
        head="last",
        dropout=0.3,
        dense=(64,),
        **training(as_published, lr=1e-4, batch_size=32, max_epochs=30),
    )


def _cnn(sr: float, as_published: bool) -> Any:
    from ..classifiers import CNNClassifier

    return CNNClassifier(
        dims=2,
        channels=(32, 32, 32),
        kernel_size=(3, 3, 2),
        padding="valid",
        pool_size=(3, 3, 2),
        pool_stride=2,
        norm="batch",
        norm_position="pool",
        norm_momentum=0.01 if as_published else 0.1,
        conv_dropout=0.0,
        head="flatten",
        dropout=0.3,
        dense=(64,),
        **training(as_published, lr=1e-4, batch_size=32, max_epochs=30),
    )


def _card(
    name: str,
    network: str,
    recipe: str,
    score: str,
    protocol: str,
    make_classifier: Make,
    *,
    n_frames: int = 130,
) -> Card:
    is_short = n_frames == 100
    return Card(
        name=f"velardo-{name}",
        source="Velardo, Deep Learning (for Audio) with Python; scores of Kumar (2021)",
        input=f"13 MFCCs of {'segments of 100 frames' if is_short else '3-s segments'}",
        network=network,
        training=recipe,
        score=score,
        protocol=protocol,
        faults="segments of one song in both train and test; no validation clips",
        make_features=_mfcc_segments(99 * 512 if is_short else 3 * SR),
        make_classifier=make_classifier,
        in_segments=True,
        n_bands=13,
        n_frames=n_frames,
    )


CARDS = [
    _card(
        "mlp",
        "flatten, dense 512, 256, 64",
        "Adam 1e-4, batch 32, 50 epochs",
        ".97 in training, about .57 on unseen clips",
        "GTZAN, split over segments",
        _mlp,
    ),
    _card(
        "mlp-regularized",
        "flatten, dense 512, 256, 64, dropout",
        "Adam 1e-4, batch 32, 100 epochs, L2 1e-3",
        "",
        "",
        _regularized_mlp,
    ),
    _card(
        "cnn",
        "3 blocks of 2-D convolution (32, 32, 32), flatten, dense 64",
        "Adam 1e-4, batch 32, 30 epochs",
        "",
        "",
        _cnn,
        n_frames=100,
    ),
    _card(
        "lstm",
        "2 LSTM layers of 64, dense 64",
        "Adam 1e-4, batch 32, 30 epochs",
        ".683 in training, .5907 in test",
        "GTZAN, 25 % test, probably over segments",
        _lstm,
    ),
]
