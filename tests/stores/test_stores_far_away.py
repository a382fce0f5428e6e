"""Stores in an object store: read by any process, and copied once for a fit."""

import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from skgenre.classifiers import CNNClassifier
from skgenre.stores import open_features

from ..remote_store import forget_connections
from .written_stores import write_maps, write_table

N = 20
GENRE = np.array(["blues", "metal"])[np.arange(N) % 2]
MAPS = np.random.default_rng(0).normal(size=(N, 6, 8)).astype(np.float32)


@pytest.mark.parametrize("kind", ["maps", "table"])
def test_a_store_in_a_bucket_is_the_array(s3_store, kind):
    X = MAPS if kind == "maps" else MAPS[:, :, 0]
    if kind == "maps":
        url = write_maps("s3://music/features/mel.zarr", X, genre=GENRE, bad=[3])
    else:
        url = write_table("s3://music/features/table", X, genre=GENRE, bad=[3])
    store = open_features(url)
    kept = np.setdiff1d(np.arange(N), [3])
    np.testing.assert_array_equal(store, X[kept])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(store[4:9])), X[kept][4:9])
    np.testing.assert_array_equal(store.y, GENRE[kept])


@pytest.mark.parametrize("n_genres", [1, 2])
def test_a_fit_reads_each_chunk_once_from_the_bucket(n_genres, s3_store, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    url = write_maps("s3://music/mel.zarr", MAPS, genre=GENRE, chunk=4)
    store = open_features(url, max_in_memory=2 * MAPS[:5].nbytes)
    s3_store.requests.clear()
    network = CNNClassifier(max_epochs=2, early_stopping=True, random_state=0)
    y = store.y
    if n_genres == 2:  # thresholds are chosen on clips that are read again
        y = np.stack([GENRE == "blues", np.arange(N) % 3 == 0], axis=1).astype(int)
        network.set_params(threshold="f1")
    network.fit(store, y)
    chunks = Counter(
        request.path
        for request in s3_store.requests
        if "/X/c/" in request.path
        if request.method == "GET"
    )
    assert len(chunks) == 5
    assert set(chunks.values()) == {1}
    assert list(tmp_path.glob("skgenre-store-*")) == []
    assert len(network.predict(store)) == N


def test_copies_are_private_and_removed_after_an_error(s3_store, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = open_features(write_maps("s3://music/mel.zarr", MAPS, genre=GENRE))

    def read_and_fail():
        with store.kept_near() as near:
            np.testing.assert_array_equal(near[[3, 18]], MAPS[[3, 18]])
            np.testing.assert_array_equal(pickle.loads(pickle.dumps(near))[:2], MAPS[:2])
            (folder,) = tmp_path.glob("skgenre-store-*")
            assert folder.stat().st_mode & 0o077 == 0
            assert len(list(Path(folder, "X", "c").iterdir())) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_and_fail()
    assert list(tmp_path.glob("skgenre-store-*")) == []


def test_a_lost_chunk_is_named(s3_store):
    url = write_maps("s3://music/mel.zarr", MAPS, genre=GENRE, chunk=4)
    store = open_features(url, max_in_memory=2 * MAPS[:5].nbytes)
    s3_store.delete("mel.zarr/X/c/2/0/0")
    match = r"s3://music/mel.zarr is damaged: the map of clip 8 is missing\. Delete parts/00001"
    with pytest.raises(ValueError, match=match):
        CNNClassifier(max_epochs=1).fit(store, store.y)
    with pytest.raises(ValueError, match=match):
        np.asarray(store[4:12])


@pytest.mark.slow
def test_a_lost_connection_is_no_damage(s3_store, dropping_proxy, monkeypatch):
    maps = np.random.default_rng(0).normal(size=(12, 32, 400)).astype(np.float32)
    url = write_maps("s3://music/mel.zarr", maps, genre=GENRE[:12], chunk=4)
    proxy = dropping_proxy(s3_store.url, 50_000)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    forget_connections()
    store = open_features(url, max_in_memory=2 * maps[:4].nbytes)
    proxy.n_bytes = 0
    with pytest.raises(OSError, match=r"s3://music/mel\.zarr: ") as error:
        CNNClassifier(max_epochs=1).fit(store, store.y)
    assert "damaged" not in str(error.value)
    with pytest.raises(OSError, match=r"s3://music/mel\.zarr: ") as error:
        np.asarray(store[:2])
    assert "damaged" not in str(error.value)


def test_no_store_in_the_bucket_is_refused(s3_store):
    with pytest.raises(ValueError, match=r"s3://music/none.zarr: there is no store of features"):
        open_features("s3://music/none.zarr")


def test_options_are_not_shown(s3_store):
    url = write_maps("s3://music/mel.zarr", MAPS[:4])
    options = {"key": s3_store.access_key, "secret": s3_store.secret_key}
    store = open_features(url, storage_options=options)
    assert s3_store.secret_key not in repr(store)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(store)), MAPS[:4])
