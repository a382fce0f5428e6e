"""Cross-validate on a Dask cluster: python dask_cluster.py genres/ cache/.

Each worker computes the features of a part of the clips, into a shared folder; the cross-validation
then reads them from there, on all workers. The cluster here has two processes on this machine: pass
your cluster's address to Client, and use a folder that its machines share.
"""

import os
import sys

import joblib
from dask.distributed import Client, LocalCluster
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import load_genre_folder
from skgenre.features import MFCC, FramePooling, cache_info


def extract(feature, paths):
    """Compute the features of some clips into the cache, and return the worker's process id."""
    feature.fit_transform(paths)
    return os.getpid()


def main(folder, cache):
    """Print who computed what, and the scores."""
    music = load_genre_folder(folder)
    mfcc = MFCC(duration=3.0, memory=cache)
    pipeline = make_pipeline(
        mfcc, FramePooling(), StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
    )
    parts = [music.paths[n::8] for n in range(8)]
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,  # pyright: ignore[reportArgumentType]
        ) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        workers = joblib.Parallel()(joblib.delayed(extract)(mfcc, part) for part in parts)
        scores = cross_val_score(pipeline, music.paths, music.target, cv=4, n_jobs=-1)
    info = cache_info(cache)
    print(f"extracted by {len(set(workers))} processes")
    print(f"{info.misses} clips computed, {info.hits} read from the cache")
    print(f"scores: {' '.join(map(repr, scores.tolist()))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
