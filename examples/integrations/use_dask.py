"""Run scikit-learn's folds on Dask workers. The scheduler listens only on this machine."""

import dask
import joblib
import numpy as np
from distributed import Client, LocalCluster
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling


def main() -> None:
    music = make_genre_music(18, genres=["classical", "metal"], duration=2.0, random_state=0)
    pipeline = make_pipeline(MFCC(), FramePooling(), StandardScaler(), LogisticRegression())
    here = cross_val_score(pipeline, music.data, music.target, cv=3)
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        there = cross_val_score(pipeline, music.data, music.target, cv=3, n_jobs=2)
    np.testing.assert_allclose(there, here)
    print(f"dask {dask.__version__}, joblib {joblib.__version__}: accuracy {there.mean():.2f}")


# The workers are processes that import this file.
if __name__ == "__main__":
    main()
