# ruff: noqa: T201 (a command, which prints)
"""The sound model files that hostile ones are made of."""

import io
import warnings
import zipfile
from pathlib import Path

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.decomposition import (
    NMF,
    PCA,
    DictionaryLearning,
    KernelPCA,
    LatentDirichletAllocation,
)
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomTreesEmbedding,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_approximation import PolynomialCountSketch
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OutputCodeClassifier
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC, LinearSVC, NuSVC

from skgenre.classifiers import (
    CNNClassifier,
    MLPGenreClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter
from skgenre.persistence import save_model

GENRES = np.array(["blues", "jazz", "pop"])


def make_table(width: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Return sixty rows of three genres."""
    rng = np.random.default_rng(0)
    y = np.repeat(GENRES, 20)
    X = rng.normal(size=(60, width)) + 0.7 * np.searchsorted(GENRES, y)[:, np.newaxis]
    return X, y


def make_clips() -> tuple[np.ndarray, np.ndarray]:
    """Return twelve clips of 0.3 seconds at 8 kHz."""
    rng = np.random.default_rng(0)
    y = np.repeat(GENRES, 4)
    slopes = 1 + np.searchsorted(GENRES, y)
    waves = np.sin(np.arange(2400) * 0.1 * slopes[:, np.newaxis])
    return (0.3 * waves + 0.05 * rng.normal(size=waves.shape)).astype(np.float32), y


def _table_models():
    network = {"max_epochs": 1, "random_state": 0, "device": "cpu"}
    scaled = StandardScaler()
    return {
        "logistic": make_pipeline(scaled, PCA(5), LogisticRegression()),
        "svc": make_pipeline(MinMaxScaler(), SVC(probability=False)),
        "svc-probability": CalibratedClassifierCV(SVC(), cv=2),
        "nu-svc": NuSVC(nu=0.2, kernel="linear"),
        "linear-svc": make_pipeline(RobustScaler(), LinearSVC()),
        "sgd": make_pipeline(SimpleImputer(), SGDClassifier(random_state=0)),
        "forest": RandomForestClassifier(4, max_depth=4, random_state=0),
        "gradient-boosting": GradientBoostingClassifier(n_estimators=3, random_state=0),
        "hist": HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=3, random_state=0),
        "ada": AdaBoostClassifier(n_estimators=3, random_state=0),
        "bagging": BaggingClassifier(n_estimators=3, max_features=7, random_state=0),
        "knn": KNeighborsClassifier(algorithm="brute"),
        "bayes": make_pipeline(PowerTransformer(), GaussianNB()),
        "lda": LinearDiscriminantAnalysis(),
        "qda": make_pipeline(SelectKBest(k=4), QuadraticDiscriminantAnalysis()),
        "perceptron": make_pipeline(
            QuantileTransformer(n_quantiles=10),
            MLPClassifier((4,), max_iter=2, random_state=0),
        ),
        "process": GaussianProcessClassifier(),
        "isotonic": CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=2),
        "voting": VotingClassifier(
            [("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"
        ),
        "stacking": StackingClassifier([("a", GaussianNB()), ("b", SVC())], cv=2),
        "function": make_pipeline(FunctionTransformer(np.abs), LogisticRegression()),
        "search": GridSearchCV(SVC(), {"C": [1.0, 2.0]}, cv=2),
        "encoder": make_pipeline(
            KBinsDiscretizer(3, encode="ordinal"),
            OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2),
            LogisticRegression(),
        ),
        "bins": make_pipeline(KBinsDiscretizer(3), LogisticRegression()),
        "ordinal": make_pipeline(
            KBinsDiscretizer(3, encode="ordinal"),
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            CategoricalNB(),
        ),
        "target": make_pipeline(
            KBinsDiscretizer(3, encode="ordinal"), TargetEncoder(cv=2), GaussianNB()
        ),
        "nmf": make_pipeline(MinMaxScaler(), NMF(3, random_state=0), GaussianNB()),
        "topics": make_pipeline(
            MinMaxScaler(), LatentDirichletAllocation(3, random_state=0), GaussianNB()
        ),
        "dictionary": make_pipeline(
            DictionaryLearning(3, max_iter=2, random_state=0), GaussianNB()
        ),
        "kernel-pca": make_pipeline(KernelPCA(3, kernel="rbf"), GaussianNB()),
        "centers": make_pipeline(KMeans(3, random_state=0), GaussianNB()),
        "embedding": make_pipeline(
            RandomTreesEmbedding(3, max_depth=2, random_state=0), LogisticRegression()
        ),
        "radius": RadiusNeighborsClassifier(100.0, algorithm="brute"),
        "spreading": LabelSpreading(),
        "code": OutputCodeClassifier(GaussianNB(), random_state=0),
        "imputer": make_pipeline(KNNImputer(), GaussianNB()),
        "sketch": make_pipeline(
            PolynomialCountSketch(n_components=4, random_state=0), GaussianNB()
        ),
        "xgb": XGBGenreClassifier(n_estimators=3, random_state=0),
        "mlp": MLPGenreClassifier(dense=(6,), **network),
    }


def make_bases(folder: Path, names: tuple[str, ...] | None = None) -> dict[str, Path]:
    """Fit and save one small model of each kind; return the files by the model's name.

    X to predict lies beside each file, under the suffix ``.npy``. With names, these alone.
    """
    X, y = make_table()
    clips, genres = make_clips()
    network = {"max_epochs": 1, "random_state": 0, "device": "cpu"}
    mel = MelSpectrogram(sr=8000, n_mels=12, n_fft=256, hop_length=128)
    fits = {name: (model, X, y) for name, model in _table_models().items()}
    cnn = CNNClassifier(channels=(4,), **network)
    fits["segments"] = (
        make_pipeline(Segmenter(mel, sr=8000, segment_duration=0.1), SegmentVotingClassifier(cnn)),
        clips,
        genres,
    )
    crnn = MLPGenreClassifier(dense=(4,), **network)
    fits["maps"] = (make_pipeline(mel, crnn), clips, genres)
    mfcc = MFCC(sr=8000, n_mfcc=8, n_mels=20, n_fft=256, hop_length=128)
    fits["pooled"] = (
        make_pipeline(mfcc, FramePooling(), RandomForestClassifier(3, random_state=0)),
        clips,
        genres,
    )
    files = {}
    for name in names or fits:
        model, data, target = fits[name]
        path = folder / f"{name}.skops"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                save_model(model.fit(data, target), path)
            except TypeError as error:
                print(f"{name} is not saved: {error}")
                continue
        np.save(path.with_suffix(".npy"), data[:3])
        files[name] = path
    return files


def read_entries(path: Path) -> dict[str, bytes]:
    """Return the entries of a model file without their checksums."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "SHA256SUMS"}
