"""Compare models on a SLURM cluster: python slurm.py tracks.csv /shared/cache."""

import sys

import joblib
from dask.distributed import Client
from dask_jobqueue import SLURMCluster

from skgenre.datasets import load_manifest
from skgenre.model_selection import compare
from skgenre.systems import make_system


def make_cluster():
    """Return a cluster whose jobs have 8 workers of one core each; no job is submitted yet."""
    return SLURMCluster(cores=8, processes=8, memory="32GB", walltime="02:00:00", queue="batch")


def main(manifest, memory):
    """Print how two models compare."""
    clips = load_manifest(manifest, group="artist")
    models = {name: make_system(name) for name in ("fast", "svm")}
    with make_cluster() as cluster, Client(cluster):
        cluster.scale(jobs=10)
        with joblib.parallel_config(backend="dask"):
            print(compare(models, clips.paths, clips.target, groups=clips.groups, memory=memory))


if __name__ == "__main__":
    main(*sys.argv[1:])
