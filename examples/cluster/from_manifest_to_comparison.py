"""From a manifest to compared models on Dask workers.

python from_manifest_to_comparison.py WORK [MANIFEST] [--scheduler tcp://10.0.0.5:8786] [--out URL]

WORK is a folder that all machines share: for synthetic music if there is no MANIFEST, for the
features unless --out gives another place, such as s3://bucket/mel.zarr, and for finished folds.
Without --scheduler the cluster is two processes of this machine.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

import joblib
from dask.distributed import Client, LocalCluster
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import load_manifest, make_genre_music
from skgenre.features import FramePooling, MelSpectrogram
from skgenre.model_selection import compare
from skgenre.stores import extract_features, open_features

DURATION = 3.0  # seconds of each clip
PARTITION = 8  # clips in a task; for real collections some hundreds


def write_manifest(work):
    """Write synthetic music as sound files and a table of them, and return its path."""
    import pandas as pd

    music = make_genre_music(
        24,
        genres=["classical", "jazz", "metal"],
        duration=DURATION,
        random_state=0,
        to=work / "music",
    )
    table = {"path": music.paths, "genre": music.target, "artist": music.groups}
    pd.DataFrame(table).to_csv(work / "tracks.csv", index=False)
    return work / "tracks.csv"


def main(work, manifest, scheduler, out):
    """Extract the features of the clips, and print how two models compare on them."""
    work = Path(work).absolute()
    with ExitStack() as stack:
        if scheduler is None:
            scheduler = stack.enter_context(
                LocalCluster(
                    n_workers=2,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                )
            )
        client = stack.enter_context(Client(scheduler))
        clips = load_manifest(manifest or write_manifest(work), group="artist")
        out = out or work / "mel.zarr"
        mel = MelSpectrogram(n_mels=64, duration=DURATION)
        done = extract_features(clips, mel, out, client=client, partition_size=PARTITION)
        print(f"{done.n_clips} clips, {done.n_bad} of them bad, in {done.out}")

        store = open_features(out)
        models = {
            "logistic": make_pipeline(
                FramePooling(), StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
            ),
            "cnn": CNNClassifier(channels=(16, 16), max_epochs=10),
        }
        stack.enter_context(joblib.parallel_config(backend="dask", client=client))
        comparison = compare(
            models,
            store,
            store.y,
            groups=store.groups,
            cv=3,
            random_state=0,
            memory=work / "folds",
            verbose=1,
        )
        print(comparison)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("manifest", nargs="?")
    parser.add_argument("--scheduler")
    parser.add_argument("--out")
    main(**vars(parser.parse_args()))
