"""A comparison of three models on MP3 files, as written without skgenre.

librosa computes the features once per file in two processes, NumPy keeps them, and two processes
fit the models in three folds: an SVM and XGBoost on the mean and the deviation of MFCCs, and a
small CNN in skorch on mel spectrograms.
"""

# The first lines time the imports, too.
from ._comparison import (
    BATCH,
    CHANNELS,
    DROPOUT,
    EPOCHS,
    HOP,
    KERNEL,
    N_FFT,
    N_FOLDS,
    N_JOBS,
    N_MELS,
    N_MFCC,
    POOL,
    RATE,
    SR,
    SVM,
    TREES,
    Clock,
    read_list,
)

clock = Clock()

from pathlib import Path  # noqa: E402

import librosa  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from sklearn.metrics import accuracy_score  # noqa: E402
from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import LabelEncoder, StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from skorch import NeuralNetClassifier  # noqa: E402
from torch import nn  # noqa: E402
from xgboost import XGBClassifier  # noqa: E402


def extract(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the mel spectrogram of a file in dB, and statistics of its MFCCs."""
    y, _ = librosa.load(path, sr=SR)
    mel = librosa.feature.melspectrogram(y=y, sr=SR, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS)
    decibels = librosa.power_to_db(mel, top_db=None).astype(np.float32)
    mfcc = librosa.feature.mfcc(S=decibels, n_mfcc=N_MFCC)
    return decibels, np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])


class CNN(nn.Module):
    """Three blocks of convolutions over frames, with the bands as channels."""

    def __init__(self, n_genres: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        n_in = N_MELS
        for n_out in CHANNELS:
            layers += [
                nn.Conv1d(n_in, n_out, KERNEL, padding=KERNEL // 2, bias=False),
                nn.BatchNorm1d(n_out),
                nn.MaxPool1d(POOL, ceil_mode=True),
                nn.ReLU(),
                nn.Dropout(DROPOUT),
            ]
            n_in = n_out
        self.blocks = nn.Sequential(*layers)
        self.output = nn.Linear(n_in, n_genres)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        return self.output(self.blocks(maps).mean(dim=2))


def fit_cnn(
    maps: np.ndarray, genres: np.ndarray, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    """Train the network on standardized bands, and predict."""
    train_maps = maps[train]
    mean = train_maps.mean(axis=(0, 2), keepdims=True)
    std = train_maps.std(axis=(0, 2), keepdims=True)
    torch.manual_seed(0)
    net = NeuralNetClassifier(
        CNN,
        module__n_genres=len(np.unique(genres)),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=RATE,
        batch_size=BATCH,
        max_epochs=EPOCHS,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    net.fit((train_maps - mean) / std, genres[train])
    return net.predict((maps[test] - mean) / std)


def fit_fold(
    name: str,
    maps: np.ndarray,
    table: np.ndarray,
    genres: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
) -> tuple[str, float]:
    """Fit a model, and return its name and accuracy."""
    if name == "cnn":
        predicted = fit_cnn(maps, genres, train, test)
    else:
        trees = XGBClassifier(**TREES, n_jobs=1, random_state=0)
        model = trees if name == "xgb" else make_pipeline(StandardScaler(), SVC(**SVM))
        predicted = model.fit(table[train], genres[train]).predict(table[test])
    return name, accuracy_score(genres[test], predicted)


def main() -> None:
    """Extract, keep, fit, and print seconds and accuracies."""
    music = read_list()
    folder: Path = music["folder"]
    clock.end("imports")
    found = Parallel(n_jobs=N_JOBS)(delayed(extract)(path) for path in music["paths"])
    np.save(folder / "mel.npy", np.stack([mel for mel, _ in found]))
    np.save(folder / "mfcc.npy", np.stack([statistics for _, statistics in found]))
    del found
    clock.end("extraction")
    maps = np.load(folder / "mel.npy", mmap_mode="r")
    table = np.load(folder / "mfcc.npy")
    genres = LabelEncoder().fit_transform(music["genres"])
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=0)
    folds = list(splitter.split(genres, genres, music["artists"]))
    scores = Parallel(n_jobs=N_JOBS)(
        delayed(fit_fold)(name, maps, table, genres, train, test)
        for train, test in folds
        for name in ("svm", "xgb", "cnn")
    )
    clock.end("fits")
    clock.report(
        {
            name: float(np.mean([score for one, score in scores if one == name]))
            for name in ("svm", "xgb", "cnn")
        }
    )


if __name__ == "__main__":
    main()
