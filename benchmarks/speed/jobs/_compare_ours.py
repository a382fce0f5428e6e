"""The comparison of `_compare_by_hand`, with skgenre."""

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

import sys  # noqa: E402
from typing import Any  # noqa: E402

from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

from skgenre.classifiers import CNNClassifier, XGBGenreClassifier  # noqa: E402
from skgenre.features import MelSpectrogram, MFCCStatistics  # noqa: E402
from skgenre.model_selection import compare  # noqa: E402


def make_pipelines() -> dict[str, Any]:
    """Return the three models, each from sound files."""
    mel = MelSpectrogram(sr=SR, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS)
    statistics = MFCCStatistics(
        n_mfcc=N_MFCC, statistics=["mean", "std"], delta_order=0, compression=None
    )
    cnn = CNNClassifier(
        channels=CHANNELS,
        kernel_size=KERNEL,
        pool_size=POOL,
        dropout=DROPOUT,
        center=None,
        lr=RATE,
        schedule="constant",
        max_epochs=EPOCHS,
        batch_size=BATCH,
        device="cpu",
    )
    return {
        "svm": make_pipeline(mel, statistics, StandardScaler(), SVC(**SVM)),
        "xgb": make_pipeline(
            mel, statistics, XGBGenreClassifier(**TREES, n_jobs=1, random_state=0)
        ),
        "cnn": make_pipeline(mel, cnn),
    }


def main() -> None:
    """Compare, and print seconds and accuracies; ``fit`` as last argument fits all folds again."""
    music = read_list()
    clock.end("imports")
    result = compare(
        make_pipelines(),
        music["paths"],
        music["genres"],
        groups=music["artists"],
        cv=StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=0),
        n_jobs=N_JOBS,
        memory=music["folder"],
        resume=sys.argv[-1] != "fit",
        random_state=0,
    )
    clock.end("comparison")
    means = result.frame.groupby("pipeline")["test_accuracy"].mean()
    clock.report(means.astype(float).to_dict())


if __name__ == "__main__":
    main()
