"""System of Kumar (2021): a network over the image of a mel spectrogram."""

from typing import Any

from ._card import CLIP_SAMPLES, SR, Card, training

IMAGE_FAULTS = "8.4 M parameters trained without validation clips; jet colours for decibels"


def make_mel(sr: float, as_published: bool) -> list[Any]:
    """Return the mel spectrogram that becomes an image."""
    from ..features import MelSpectrogram

    return [MelSpectrogram(n_mels=96, ref="max", top_db=80.0, sr=sr, duration=CLIP_SAMPLES / SR)]


def make_cnn(sr: float, as_published: bool) -> Any:
    """Return the network."""
    from ..classifiers import CNNClassifier

    return CNNClassifier(
        dims=2,
        channels=(32, 32, 64),
        kernel_size=3,
        pool_size=2,
        norm=None,
        conv_dropout=(0.0, 0.0, 0.3),
        head="flatten",
        dropout=0.0,
        dense=(128,),
        image_size=(256, 256),
        in_channels=3,
        colormap="jet" if as_published else None,
        **training(as_published, lr=1e-4, batch_size=32, max_epochs=500),
    )


CARDS = [
    Card(
        name="kumar2021-cnn",
        source="Kumar (2021), Music Genre Classification using CNN and RNN-LSTM",
        input="mel spectrogram, 96 bands, as an image of 256 x 256 pixels",
        network="3 blocks of 2-D convolution (32, 32, 64), flatten, dense 128",
        training="Adam 1e-4, 500 epochs; batch 32 (free)",
        score=".52 accuracy, .53 macro F1",
        protocol="GTZAN, 60/40 by clip, 400 test clips",
        faults=IMAGE_FAULTS,
        make_features=make_mel,
        make_classifier=make_cnn,
        n_bands=96,
        n_frames=1290,
        stated_parameters=8_418_666,
        takes_mel=True,
    )
]
