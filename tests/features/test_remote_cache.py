"""Cached features of remote files: once for a version of an object, however it is reached."""

import os
import zipfile

import fsspec
import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator

from skgenre import _remote_files
from skgenre.audio import check_clips
from skgenre.exceptions import AudioDecodeError
from skgenre.features import MFCC, cache_info


@pytest.fixture
def memory(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def write(tmp_path):
    """Write a second of noise, the same for the same seed and of one size for all."""

    def write(seed, name="song.wav"):
        y = np.random.default_rng(seed).uniform(-0.5, 0.5, 8000)
        soundfile.write(tmp_path / name, y, 8000)
        return tmp_path / name

    return write


def mfcc(memory):
    return MFCC(sr=8000, n_fft=256, hop_length=128, n_mels=16, n_mfcc=5, memory=memory)


def counts(memory):
    info = cache_info(memory)
    return info.hits, info.misses


def key_of(url):
    return check_clips([str(url)], estimator=BaseEstimator(), sr=8000, reset=True).key(0)


def test_objects_are_computed_once_and_again_when_they_change(s3_store, memory, write):
    urls = [s3_store.put(f"{seed}.wav", write(seed)) for seed in range(3)]
    s3_store.requests.clear()
    first = mfcc(memory).fit_transform(urls)
    assert counts(memory) == (0, 3)
    assert len(s3_store.requests) == 2 * 3  # one for the version, one for the content
    np.testing.assert_array_equal(first, mfcc(None).fit_transform(urls))

    s3_store.requests.clear()
    np.testing.assert_array_equal(mfcc(memory).fit_transform(urls), first)
    assert counts(memory) == (3, 3)
    assert {request.method for request in s3_store.requests} == {"HEAD"}

    s3_store.put("1.wav", write(7))
    changed = mfcc(memory).fit_transform(urls)
    assert counts(memory) == (5, 4)
    np.testing.assert_array_equal(changed[[0, 2]], first[[0, 2]])
    np.testing.assert_array_equal(changed[1], mfcc(None).fit_transform([write(7)])[0])


def test_a_listing_from_before_does_not_hide_a_change(s3_store, write):
    url = s3_store.put("song.wav", write(0))
    fsspec.filesystem("s3").ls("s3://music/", detail=True)
    before = key_of(url)
    s3_store.put("song.wav", write(1))
    assert key_of(url) != before


def test_http_files_are_told_by_what_the_server_says(http_server, write):
    path = write(0)
    url = f"{http_server.url}/song.wav"
    key = key_of(url)
    assert key_of(url) == key
    # Clips of one size and time, which give servers the same ETag.
    os.utime(write(1, "other.wav"), ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    assert key_of(f"{http_server.url}/other.wav") != key
    assert key_of(f"{url}?id=2") != key

    # A signature is no part of the file, nor are credentials.
    for signed in (f"{url}?X-Amz-Signature=1&X-Amz-Date=2", f"{url}?Expires=3&Signature=4"):
        assert key_of(signed) == key
    assert key_of(url.replace("://", "://me:secret@")) == key

    os.utime(path, ns=(0, 10**18))
    assert key_of(url) != key


def test_without_a_version_the_content_is_one(http_server, write):
    write(0)
    http_server.has_etag = False
    url = f"{http_server.url}/song.wav"
    key = key_of(url)
    assert key_of(url) == key
    assert "GET" in {request.method for request in http_server.requests}
    write(1)
    assert key_of(url) != key


def test_files_in_memory_and_archives(write, tmp_path):
    before = [b"", b""]
    for seed in (0, 1):
        with fsspec.open("memory://cache/song.wav", "wb") as file:
            file.write(write(seed).read_bytes())
        with zipfile.ZipFile(tmp_path / "songs.zip", "w") as archive:
            archive.write(write(seed), "song.wav")
        urls = ("memory://cache/song.wav", f"zip://song.wav::{tmp_path / 'songs.zip'}")
        keys = [*map(key_of, urls)]
        assert [*map(key_of, urls)] == keys
        assert all(key != old for key, old in zip(keys, before, strict=True))
        before = keys


def test_a_missing_object_is_an_error_that_names_it(s3_store, memory):
    with pytest.raises(AudioDecodeError, match=r"s3://music/none\.wav: there is no such file"):
        mfcc(memory).fit_transform(["s3://music/none.wav?token=secret"])


def test_secrets_are_in_no_file_of_the_cache(http_server, memory, write):
    write(0)
    url = f"{http_server.url}/song.wav?token=SIGNATURE".replace("://", "://me:PASSWORD@")
    mfcc(memory).fit_transform([url])
    content = b"".join(path.read_bytes() for path in memory.rglob("*") if path.is_file())
    names = " ".join(map(str, memory.rglob("*")))
    for secret in ("SIGNATURE", "PASSWORD"):
        assert secret not in names
        assert secret.encode() not in content
    assert "PASSWORD" not in _remote_files._unsigned(_remote_files.Url(url))
