"""Systems of Bahuleyan (2018): a table of features, and VGG16 over an image."""

from typing import Any

from ._card import Card, Make, training
from ._kumar import IMAGE_FAULTS, make_cnn, make_mel

_SOURCE = "Bahuleyan (2018), Music Genre Classification using Machine Learning Techniques"
_TABLE = "97 columns: waveform, tempo, and means and deviations of librosa's features"
_AUDIOSET = "AudioSet, 7 genres, 90/5/5 by clip"


def _table(is_scaled: bool) -> Make:
    def make(sr: float, as_published: bool) -> list[Any]:
        from sklearn.preprocessing import StandardScaler

        from ..features import BahuleyanFeatures

        table = BahuleyanFeatures(sr=sr)
        return [table, StandardScaler()] if is_scaled else [table]

    return make


def _logistic(sr: float, as_published: bool) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _forest(sr: float, as_published: bool) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=500)


def _svm(sr: float, as_published: bool) -> Any:
    from sklearn.svm import SVC

    return SVC(kernel="rbf")


def _xgb(sr: float, as_published: bool) -> Any:
    from ..classifiers import XGBGenreClassifier

    return XGBGenreClassifier(
        n_estimators=500, max_depth=5, learning_rate=0.1, subsample=0.8, colsample_bytree=1.0
    )


def _vgg16(sr: float, as_published: bool) -> Any:
    from ..classifiers import TransferCNNClassifier

    recipe = training(as_published, lr=1e-5, batch_size=32, max_epochs=10)
    recipe.pop("initializer", None)
    return TransferCNNClassifier(
        image_size=(216, 216),
        dense=(512,),
        dropout=0.3,
        colormap="jet" if as_published else None,
        penalize="dense",
        l2=1e-3,
        **recipe,
    )


def _finetuned(sr: float, as_published: bool) -> Any:
    return _vgg16(sr, as_published).set_params(trainable_blocks=5)


def _ensemble(sr: float, as_published: bool) -> Any:
    from sklearn.pipeline import make_pipeline

    from ..classifiers import GenreVotingClassifier

    trees = make_pipeline(*_table(is_scaled=False)(sr, as_published), _xgb(sr, as_published))
    network = make_pipeline(*make_mel(sr, as_published), make_cnn(sr, as_published))
    return GenreVotingClassifier([("xgb", trees), ("cnn", network)])


def _classical(name: str, model: str, score: str, make: Make, *, is_scaled: bool = True) -> Card:
    return Card(
        name=f"bahuleyan2018-{name}",
        source=_SOURCE,
        input=_TABLE,
        network=model,
        training="as scikit-learn or XGBoost does",
        score=score,
        protocol=_AUDIOSET,
        faults="scaler fitted before the split" if is_scaled else "",
        make_features=_table(is_scaled),
        make_classifier=make,
    )


def _card_vgg16(name: str, network: str, score: str, make: Make) -> Card:
    return Card(
        name=f"bahuleyan2018-{name}",
        source=_SOURCE,
        input="mel spectrogram, 96 bands, as an image of 216 x 216 pixels",
        network=network,
        training="Adam 1e-5, batch 32, 10 epochs, L2 1e-3",
        score=score,
        protocol="GTZAN, 60/40 by clip, 400 test clips" if score else "",
        faults="no validation clips; jet colours for decibels",
        make_features=make_mel,
        make_classifier=make,
        n_bands=96,
        n_frames=1290,
        takes_mel=True,
    )


CARDS = [
    _classical("logistic", "logistic regression, L2", ".53", _logistic),
    _classical("forest", "random forest of 500 trees", ".54", _forest, is_scaled=False),
    _classical("svm", "support vector machine, RBF kernel", ".57", _svm),
    _classical("xgb", "XGBoost, 500 trees of depth 5", ".59", _xgb, is_scaled=False),
    _card_vgg16(
        "vgg16",
        "VGG16 of ImageNet, frozen, flatten, dense 512",
        ".54 accuracy in Kumar (2021)",
        _vgg16,
    ),
    _card_vgg16(
        "vgg16-finetuned", "VGG16 of ImageNet, fine-tuned, flatten, dense 512", "", _finetuned
    ),
    Card(
        name="bahuleyan2018-ensemble",
        source=_SOURCE,
        input=f"{_TABLE}; and the image of kumar2021-cnn",
        network="mean of the probabilities of bahuleyan2018-xgb and kumar2021-cnn",
        training="as bahuleyan2018-xgb and kumar2021-cnn",
        score=".65 (with a VGG as the network)",
        protocol=_AUDIOSET,
        faults=IMAGE_FAULTS,
        make_features=lambda sr, as_published: [],
        make_classifier=_ensemble,
    ),
]
