"""Stores in an object store, on a server of S3 on this machine that checks credentials."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skgenre.features import FunctionFeature, MelSpectrogram
from skgenre.stores import extract_features

from .conftest import SR

pytest.importorskip("pyarrow")
zarr = pytest.importorskip("zarr")

MEL = MelSpectrogram(sr=SR, n_fft=256, hop_length=128, n_mels=16, duration=0.5)
LEVEL = FunctionFeature(lambda y: np.array([np.abs(y).max(), np.abs(y).mean()]), sr=SR)


def everything_in(store):
    return b"\n".join(store.get(key) for key in store.list())


def test_maps_of_files_in_a_bucket_go_into_a_bucket(sounds, s3_store):
    urls = [s3_store.put(f"clips/{Path(path).name}", Path(path)) for path in sounds]
    urls.insert(5, s3_store.put("clips/bad.wav", b""))
    done = extract_features(urls, MEL, "s3://music/mel.zarr", partition_size=8, chunk_size=4)
    assert (done.n_clips, done.n_bad) == (23, 1)
    group = zarr.open_group("s3://music/mel.zarr", mode="r")
    ok = group["ok"][:]
    assert np.flatnonzero(~ok).tolist() == [5]
    np.testing.assert_array_equal(group["X"][:][ok], MEL.transform(sounds))
    bad = pd.read_csv("s3://music/mel.bad_files.csv")
    assert bad["path"].tolist() == ["s3://music/clips/bad.wav"]
    n_requests = len(s3_store.requests)
    again = extract_features(urls, MEL, "s3://music/mel.zarr", partition_size=8, chunk_size=4)
    assert (again.n_resumed, again.n_bad) == (23, 1)
    # No clip is asked for again.
    assert not [r for r in s3_store.requests[n_requests:] if "/clips/" in r.path]


def test_a_table_and_a_cluster_in_this_process(sounds, s3_store):
    distributed = pytest.importorskip("distributed")
    urls = [s3_store.put(f"clips/{Path(path).name}", Path(path)) for path in sounds]
    s3_store.put("tracks.csv", "\n".join(["file,genre", *[f"{url},a" for url in urls]]).encode())
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        done = extract_features(
            "s3://music/tracks.csv", LEVEL, "s3://music/levels", client=client, partition_size=8
        )
    assert done.n_bad == 0
    table = pd.read_parquet("s3://music/levels").sort_values("clip")
    assert table["clip"].tolist() == list(range(22))
    np.testing.assert_array_equal(table.iloc[:, 2:], LEVEL.transform(sounds))


def test_credentials_are_options_and_are_written_nowhere(sounds, s3_store, monkeypatch):
    for name in s3_store.environment:
        if "KEY" in name or "ENDPOINT" in name:
            monkeypatch.delenv(name)
    options = {
        "key": s3_store.access_key,
        "secret": s3_store.secret_key,
        "client_kwargs": {"endpoint_url": s3_store.url},
    }
    done = extract_features(sounds, MEL, "s3://music/mel.zarr", storage_options=options)
    assert s3_store.secret_key not in repr(done)
    assert s3_store.secret_key.encode() not in everything_in(s3_store)
    wrong = options | {"secret": "wrong"}
    with pytest.raises(OSError, match=r"s3://music/mel.zarr: access is refused") as info:
        extract_features(sounds, MEL, "s3://music/mel.zarr", storage_options=wrong)
    assert s3_store.secret_key not in str(info.value)


def test_a_bucket_that_is_not_there(sounds, s3_store):
    with pytest.raises(OSError, match=r"s3://nowhere/mel.zarr: there is no such bucket"):
        extract_features(sounds, MEL, "s3://nowhere/mel.zarr")


def test_queries_of_urls_are_not_in_the_store(sounds, http_server, tmp_path):
    folder = Path(http_server.folder) if hasattr(http_server, "folder") else tmp_path
    (folder / "clip.wav").write_bytes(Path(sounds[0]).read_bytes())
    url = f"{http_server.url}/clip.wav"
    out = tmp_path / "out" / "mel.zarr"
    extract_features([f"{url}?token=secret"], MEL, out)
    clips = pd.read_parquet(out / "clips.parquet")
    assert clips["path"].tolist() == clips["id"].tolist() == [url]
    assert zarr.open_group(out, mode="r")["ok"][:].tolist() == [True]
