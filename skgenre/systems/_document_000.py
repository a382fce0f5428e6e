"""Systems of document 000, a survey with its own experiments and those of others."""

from typing import Any

from ._card import CLIP_SAMPLES, SR, Card, training

_DOCUMENT = "000, survey of genre classifiers"
_AFTER_BAHULEYAN = "000, after Bahuleyan (2018)"
_AFTER_VELARDO = "000, after Velardo"
_SEGMENT_FAULTS = "segments of one song on both sides of the split; no validation clips"
_IMAGE_FAULTS = "8.4 M parameters trained without validation clips; jet colours for decibels"
_TABLE = "97 columns: waveform, tempo, and means and deviations of librosa's features"
_AUDIOSET = "AudioSet, 7 genres, 90/5/5 by clip"


def _mfcc_segments(n_samples: int) -> Any:
    def make(sr: float, honest: bool) -> list[Any]:
        from ..features import MFCC, Segmenter

        return [Segmenter(MFCC(n_mfcc=13, sr=sr), segment_duration=n_samples / SR, sr=sr)]

    return make


def _mel(sr: float, honest: bool) -> list[Any]:
    from ..features import MelSpectrogram

    return [MelSpectrogram(n_mels=96, ref="max", top_db=80.0, sr=sr, duration=CLIP_SAMPLES / SR)]


def _table(is_scaled: bool) -> Any:
    def make(sr: float, honest: bool) -> list[Any]:
        from sklearn.preprocessing import StandardScaler

        from ..features import BahuleyanFeatures

        table = BahuleyanFeatures(sr=sr)
        return [table, StandardScaler()] if is_scaled else [table]

    return make


def _nothing(sr: float, honest: bool) -> list[Any]:
    return []


def _mlp(sr: float, honest: bool) -> Any:
    from ..classifiers import MLPGenreClassifier

    return MLPGenreClassifier(
        dense=(512, 256, 64),
        dropout=0.0,
        **training(honest, lr=1e-4, batch_size=32, max_epochs=50),
    )


def _regularized_mlp(sr: float, honest: bool) -> Any:
    parameters = {"dropout": 0.3, "penalize": "dense", "l2": 1e-3, "max_epochs": 100}
    return _mlp(sr, honest).set_params(**parameters)


def _cnn(sr: float, honest: bool) -> Any:
    from ..classifiers import CNNClassifier

    return CNNClassifier(
        channels=(32, 32, 64),
        norm=None,
        conv_dropout=(0.0, 0.0, 0.3),
        head="flatten",
        dropout=0.0,
        dense=(128,),
        image_size=(256, 256),
        in_channels=3,
        colormap=None if honest else "jet",
        **training(honest, lr=1e-4, batch_size=32, max_epochs=500),
    )


def _transfer(sr: float, honest: bool) -> Any:
    from ..classifiers import TransferCNNClassifier

    recipe = training(honest, lr=1e-5, batch_size=32, max_epochs=10)
    recipe.pop("initializer", None)
    return TransferCNNClassifier(
        image_size=(216, 216),
        dense=(512,),
        dropout=0.3,
        colormap=None if honest else "jet",
        penalize="dense",
        l2=1e-3,
        **recipe,
    )


def _finetuned(sr: float, honest: bool) -> Any:
    return _transfer(sr, honest).set_params(trainable_blocks=5)


def _lstm(sr: float, honest: bool) -> Any:
    from ..classifiers import LSTMClassifier

    return LSTMClassifier(
        hidden_size=64,
        num_layers=2,
        layer_dropout=0.0,
        dropout=0.3,
        dense=(64,),
        **training(honest, lr=1e-4, batch_size=32, max_epochs=30),
    )


def _velardo_cnn(sr: float, honest: bool) -> Any:
    from ..classifiers import CNNClassifier

    return CNNClassifier(
        channels=(32, 32, 32),
        kernel_size=(3, 3, 2),
        padding="valid",
        pool_size=(3, 3, 2),
        pool_stride=2,
        norm_position="pool",
        norm_momentum=0.1 if honest else 0.01,
        conv_dropout=0.0,
        head="flatten",
        dropout=0.3,
        dense=(64,),
        **training(honest, lr=1e-4, batch_size=32, max_epochs=30),
    )


def _logistic(sr: float, honest: bool) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _forest(sr: float, honest: bool) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=500)


def _svm(sr: float, honest: bool) -> Any:
    from sklearn.svm import SVC

    return SVC(kernel="rbf")


def _xgb(sr: float, honest: bool) -> Any:
    from ..classifiers import XGBGenreClassifier

    return XGBGenreClassifier(
        n_estimators=500, max_depth=5, learning_rate=0.1, subsample=0.8, colsample_bytree=1.0
    )


def _ensemble(sr: float, honest: bool) -> Any:
    from sklearn.ensemble import VotingClassifier
    from sklearn.pipeline import make_pipeline

    trees = make_pipeline(*_table(is_scaled=False)(sr, honest), _xgb(sr, honest))
    network = make_pipeline(*_mel(sr, honest), _cnn(sr, honest))
    return VotingClassifier([("xgb", trees), ("cnn", network)], voting="soft")


def _classical(name: str, model: str, figure: str, make: Any, *, is_scaled: bool = True) -> Card:
    return Card(
        id=f"000-{name}",
        document=_AFTER_BAHULEYAN,
        input=_TABLE,
        network=model,
        training="as scikit-learn or XGBoost does",
        figure=figure,
        protocol=_AUDIOSET,
        mended="scaler fitted before the split" if is_scaled else "",
        make_features=_table(is_scaled),
        make_classifier=make,
    )


def _card_mlp(name: str, network: str, recipe: str, figure: str, make: Any) -> Card:
    return Card(
        id=name,
        document=_AFTER_VELARDO,
        input="13 MFCCs of 3-s segments",
        network=network,
        training=recipe,
        figure=figure,
        protocol="GTZAN, split over segments" if figure else "",
        mended=_SEGMENT_FAULTS,
        make_features=_mfcc_segments(3 * SR),
        make_classifier=make,
        in_segments=True,
        n_bands=13,
        n_frames=130,
    )


def _card_transfer(name: str, network: str, figure: str, make: Any) -> Card:
    return Card(
        id=name,
        document=_AFTER_BAHULEYAN,
        input="mel spectrogram, 96 bands, as an image of 216 x 216 pixels",
        network=network,
        training="Adam 1e-5, batch 32, 10 epochs, L2 1e-3",
        figure=figure,
        protocol="GTZAN, 60/40 by clip, n=400" if figure else "",
        mended="no validation clips; jet colours for decibels",
        make_features=_mel,
        make_classifier=make,
        n_bands=96,
        n_frames=1290,
        takes_mel=True,
    )


CARDS = [
    _card_mlp(
        "000-mlp",
        "flatten, dense 512, 256, 64",
        "Adam 1e-4, batch 32, 50 epochs",
        ".97 in training, about .57 on unseen",
        _mlp,
    ),
    _card_mlp(
        "000-mlp-regularized",
        "flatten, dense 512, 256, 64, dropout",
        "Adam 1e-4, batch 32, 100 epochs, L2 1e-3",
        "",
        _regularized_mlp,
    ),
    Card(
        id="000-cnn",
        document=_DOCUMENT,
        input="mel spectrogram, 96 bands, as an image of 256 x 256 pixels",
        network="3 blocks of 2-D convolution (32, 32, 64), flatten, dense 128",
        training="Adam 1e-4, 500 epochs; batch 32 (free)",
        figure=".52 accuracy, .53 macro F1",
        protocol="GTZAN, 60/40 by clip, n=400",
        mended=_IMAGE_FAULTS,
        make_features=_mel,
        make_classifier=_cnn,
        n_bands=96,
        n_frames=1290,
        parameters_stated=8_418_666,
        takes_mel=True,
    ),
    _card_transfer(
        "000-transfer",
        "VGG16 of ImageNet, frozen, flatten, dense 512",
        ".54 accuracy",
        _transfer,
    ),
    _card_transfer(
        "000-transfer-finetuned",
        "VGG16 of ImageNet, trained on, flatten, dense 512",
        "",
        _finetuned,
    ),
    Card(
        id="000-lstm",
        document=_AFTER_VELARDO,
        input="13 MFCCs of 3-s segments",
        network="2 LSTM layers of 64, dense 64",
        training="Adam 1e-4, batch 32, 30 epochs",
        figure=".683 in training, .5907 in test",
        protocol="GTZAN, 25 % test, probably over segments",
        mended=_SEGMENT_FAULTS,
        make_features=_mfcc_segments(3 * SR),
        make_classifier=_lstm,
        in_segments=True,
        n_bands=13,
        n_frames=130,
    ),
    Card(
        id="000-velardo-cnn",
        document=_AFTER_VELARDO,
        input="13 MFCCs of segments of 100 frames",
        network="3 blocks of 2-D convolution (32, 32, 32), flatten, dense 64",
        training="Adam 1e-4, batch 32, 30 epochs",
        figure="",
        protocol="",
        mended=_SEGMENT_FAULTS,
        make_features=_mfcc_segments(99 * 512),
        make_classifier=_velardo_cnn,
        in_segments=True,
        n_bands=13,
        n_frames=100,
    ),
    _classical("logistic", "logistic regression, L2", ".53", _logistic),
    _classical("forest", "random forest of 500 trees", ".54", _forest, is_scaled=False),
    _classical("svm", "support vector machine, RBF kernel", ".57", _svm),
    _classical("xgb", "XGBoost, 500 trees of depth 5", ".59", _xgb, is_scaled=False),
    Card(
        id="000-ensemble",
        document=_AFTER_BAHULEYAN,
        input=f"{_TABLE}; and the image of 000-cnn",
        network="mean of the probabilities of 000-xgb and 000-cnn",
        training="as 000-xgb and 000-cnn",
        figure=".65 (with a VGG as the network)",
        protocol=_AUDIOSET,
        mended=_IMAGE_FAULTS,
        make_features=_nothing,
        make_classifier=_ensemble,
    ),
]
