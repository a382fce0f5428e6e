"""System of Bhandari, Chaudhary and Patil: a CRNN over overlapping windows."""

from typing import Any

from ._card import CLIP_SAMPLES, SR, Card, training


def _windows(sr: float, as_published: bool) -> list[Any]:
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


def _crnn(sr: float, as_published: bool) -> Any:
    from ..classifiers import CRNNClassifier

    return CRNNClassifier(
        dims=2,
        channels=(16, 32, 64, 128, 256),
        kernel_size=3,
        pool_size=2,
        norm=None,
        conv_dropout=0.25,
        cell="lstm",
        hidden_size=128,
        num_layers=1,
        bidirectional=False,
        head="last",
        dropout=0.25,
        dense=(512,),
        **training(as_published, lr=1e-3, batch_size=64, max_epochs=50),
    )


CARDS = [
    Card(
        name="bhandari-crnn",
        source="Bhandari, Chaudhary and Patil, Music Genre Classification using Deep Learning",
        input="mel spectrogram, 128 bands, of 39 windows of 1.5 s, half overlapping",
        network="5 blocks of 2-D convolution (16, 32, 64, 128, 256), LSTM of 128, dense 512",
        training="Adam, batch 64; rate 1e-3 and 50 epochs (free)",
        score=".854 accuracy, .779 MAP@10, .929 AUC, which can't be of one evaluation",
        protocol="GTZAN, split unknown, probably over windows",
        faults="windows of one song in both train and test; no validation clips",
        make_features=_windows,
        make_classifier=_crnn,
        in_segments=True,
        n_bands=128,
        n_frames=129,
        takes_mel=True,
    )
]
