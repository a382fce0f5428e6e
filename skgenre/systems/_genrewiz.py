"""Systems of GenreWiz: a CNN parallel to a recurrent network, over 640 frames."""

from typing import Any

from ._card import Card, Make, mel_of_640_frames, training


def _parallel(**parameters: Any) -> Make:
    def make(sr: float, as_published: bool) -> Any:
        from ..classifiers import ParallelCRNNClassifier

        recipe = training(
            as_published,
            lr=5e-4,
            batch_size=64,
            max_epochs=120,
            optimizer="rmsprop",
            keeps_best=True,
            from_keras=False,
            double_softmax=True,
        )
        return ParallelCRNNClassifier(
            channels=(16, 32, 64, 64, 64),
            kernel_size=(1, 3),
            padding="valid",
            pool_size=(2, 2, 2, 4, 4),
            ceil_mode=False,
            norm=None,
            head="flatten",
            recurrent_pool=(2, 4),
            cell="gru",
            num_layers=1,
            bidirectional=True,
            dropout=0.0,
            dense=(),
            **parameters,
            **recipe,
        )

    return make


def _card(name: str, gru: str, n_outputs: int, stated: int, make: Make) -> Card:
    return Card(
        name=f"genrewiz-{name}",
        source="Li, Ng and Ng, GenreWiz: Music Genre Classification with RNN and CNN",
        input="mel spectrogram, 128 bands, 640 frames",
        network="5 blocks of 2-D convolution (16, 32, 64, 64, 64) parallel to a bidirectional GRU "
        f"of {gru}",
        training="RMSprop 5e-4, batch 64, 120 epochs, best validation epoch",
        score=".38 accuracy, .33 macro F1",
        protocol="50 clips from elsewhere; trained on GTZAN, 80/20 by clip",
        faults="softmax twice; the GRU reads the batch, not time; epochs chosen on the clips that "
        "are reported",
        make_features=lambda sr, as_published: mel_of_640_frames(sr),
        make_classifier=make,
        n_bands=128,
        n_frames=640,
        n_outputs=n_outputs,
        stated_parameters=stated,
        takes_mel=True,
    )


CARDS = [
    _card("pcrnn", "64", 8, 85_160, _parallel(hidden_size=64, recurrent_head="last")),
    _card(
        "pcrnn-steps",
        "1, all of whose 160 steps are kept",
        10,
        38_716,
        _parallel(hidden_size=1, recurrent_head="flatten"),
    ),
]
