"""Sound files at URLs: S3, HTTP, archives, memory; sound and broken."""

import io
import os
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path

import fsspec
import numpy as np
import pytest
import soundfile

from skgenre import _remote_blocks, _remote_files
from skgenre._remote_files import open_url
from skgenre._urls import as_path
from skgenre.audio import load_audio, stream_audio
from skgenre.exceptions import AudioDecodeError

from ..remote_store import BUCKET, forget_connections

SECRETS = ("me:", "PASSWORD", "SIGNATURE")


def put_secrets_in(url):
    """Add credentials and a query to a URL of a server."""
    return f"{url.replace('://', '://me:PASSWORD@')}?sig=SIGNATURE"


def refused(read, *args):
    """Return the message of an AudioDecodeError; no part of it, or of its traceback, is secret."""
    with pytest.raises(AudioDecodeError) as caught:
        read(*args)
    printed = "".join(traceback.format_exception(caught.value))
    assert not any(secret in printed for secret in SECRETS)
    assert not any(secret in str(caught.value.path) for secret in SECRETS)
    return str(caught.value)


@pytest.fixture
def small_blocks(monkeypatch):
    """Treat files above 20 kB as large ones, in blocks that begin at 8 kB."""
    monkeypatch.setattr(_remote_files, "_WHOLE", 20_000)
    monkeypatch.setattr(_remote_blocks, "FIRST_BLOCK", 1 << 13)
    monkeypatch.setattr(_remote_blocks, "LARGEST_BLOCK", 1 << 15)


def test_every_format_is_read_from_s3_as_from_a_disk(
    s3_store, write_sound, extension, rate, sound, monkeypatch
):
    path = write_sound(f"song.{extension}", sound(sr=rate), rate)
    url = s3_store.put(f"rock/song.{extension}", path)
    expected = load_audio(path)
    s3_store.requests.clear()
    np.testing.assert_array_equal(load_audio(url), expected)
    assert [request.method for request in s3_store.requests] == ["HEAD", "GET"]
    np.testing.assert_array_equal(load_audio(url, duration=0.5), load_audio(path, duration=0.5))

    monkeypatch.setattr(_remote_files, "_WHOLE", 0)
    monkeypatch.setattr(_remote_blocks, "FIRST_BLOCK", 1 << 12)
    np.testing.assert_array_equal(load_audio(url), expected)
    np.testing.assert_allclose(np.concatenate(list(stream_audio(url))), expected, atol=1e-6)


def test_large_files_are_read_in_blocks_as_far_as_needed(s3_store, write_sound, small_blocks):
    path = write_sound("song.wav", np.zeros(400_000, np.float32) + 0.25)
    url = s3_store.put("song.wav", path)
    s3_store.requests.clear()
    np.testing.assert_array_equal(load_audio(url, duration=1.0), load_audio(path, duration=1.0))
    ranges = [request.range for request in s3_store.requests if request.method == "GET"]
    assert ranges[:3] == ["bytes=0-8191", "bytes=8192-24575", "bytes=24576-57343"]
    assert int(ranges[-1].partition("-")[2]) < path.stat().st_size / 2
    np.testing.assert_array_equal(load_audio(url), load_audio(path))


@pytest.mark.parametrize("has_size", [True, False], ids=["size", "no size"])
@pytest.mark.parametrize("has_ranges", [True, False], ids=["ranges", "no ranges"])
def test_http(http_server, write_sound, has_ranges, has_size, small_blocks):
    small = write_sound("small.ogg", np.zeros(4000, np.float32))
    large = write_sound("large.wav", np.linspace(-0.5, 0.5, 100_000, dtype=np.float32))
    http_server.has_ranges, http_server.has_size = has_ranges, has_size
    for path in (small, large):
        http_server.requests.clear()
        y = load_audio(put_secrets_in(f"{http_server.url}/{path.name}"))
        np.testing.assert_array_equal(y, load_audio(path))
        if path is small and has_size:
            assert len(http_server.requests) == 2
    ranges = [request.range for request in http_server.requests if request.range]
    assert len(ranges) > 3 if has_ranges and has_size else len(ranges) <= 1


def test_what_can_not_be_read_in_parts_is_read_up_to_a_size(
    http_server, write_sound, monkeypatch, small_blocks
):
    write_sound("large.wav", np.zeros(100_000, np.float32))
    http_server.has_ranges = False
    monkeypatch.setattr(_remote_files, "_MOST_IN_MEMORY", 100_000)
    url = put_secrets_in(f"{http_server.url}/large.wav")
    for has_size in (True, False):
        http_server.has_size = has_size
        message = refused(load_audio, url)
        assert "at most 100,000 are read as a whole. Download it" in message
    http_server.has_ranges = http_server.has_size = True
    assert len(load_audio(url)) == 50_000


def test_archives_and_memory(s3_store, write_sound, tmp_path, small_blocks):
    path = write_sound("song.wav")
    expected = load_audio(path)
    archive = tmp_path / "songs.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(path, "rock/song.wav")
    s3_store.put("songs.zip", archive)
    with fsspec.open("memory://rock/song.wav", "wb") as file:
        file.write(path.read_bytes())
    for url in (
        f"zip://rock/song.wav::{archive}",
        f"zip://rock/song.wav::{archive.as_uri()}",
        f"zip://rock/song.wav::s3://{BUCKET}/songs.zip",
        "memory://rock/song.wav",
        path.as_uri(),
    ):
        np.testing.assert_array_equal(load_audio(url), expected)
    assert "no such file" in refused(load_audio, f"zip://rock/other.wav::{archive}")
    assert "not a zip file" in refused(load_audio, f"zip://rock/song.wav::{path}")


def test_members_of_a_large_archive_are_fetched_alone(s3_store, write_sound):
    paths = [write_sound(f"{number}.wav", np.full(20_000, number / 8)) for number in range(2)]

    def put(names):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, path in zip(names, paths, strict=True):
                archive.write(path, name)
                archive.writestr(f"{name}.padding", bytes(3_000_000))
        s3_store.put("large.zip", content.getvalue())

    put(["a.wav", "b.wav"])
    urls = ["zip://a.wav::s3://music/large.zip", "zip://b.wav::s3://music/large.zip"]
    s3_store.requests.clear()
    np.testing.assert_array_equal(load_audio(urls[0]), load_audio(paths[0]))
    n_first = len(s3_store.requests)
    np.testing.assert_array_equal(load_audio(urls[1]), load_audio(paths[1]))
    assert len(s3_store.requests) - n_first <= 2  # the version of the archive, and a block
    ends = [request.range.partition("=")[2].split("-") for request in s3_store.requests]
    assert sum(int(last) - int(first) for first, last in filter(lambda end: end[1:], ends)) < 10**6

    put(["b.wav", "a.wav"])
    np.testing.assert_array_equal(load_audio(urls[0]), load_audio(paths[1]))


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files in memory are of Linux")
def test_content_has_a_descriptor_if_the_system_gives_one(
    recording_store, write_sound, monkeypatch
):
    path = write_sound("song.wav")
    url = as_path(recording_store.put("song.wav", path.read_bytes()))
    with open_url(url) as (stream, _):
        assert os.fstat(stream.fileno()).st_size == path.stat().st_size
    expected = load_audio(path)
    np.testing.assert_array_equal(load_audio(url), expected)

    def refuse(name):
        raise OSError("too many open files")

    monkeypatch.setattr(os, "memfd_create", refuse)
    np.testing.assert_array_equal(load_audio(url), expected)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files in memory are of Linux")
def test_content_larger_than_files_may_be_is_read(recording_store, write_sound):
    import resource

    url = as_path(recording_store.put("song.wav", write_sound("song.wav").read_bytes()))
    expected = load_audio(url)
    n_open = len(list(Path("/proc/self/fd").iterdir()))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        found = load_audio(url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    np.testing.assert_array_equal(found, expected)
    assert len(list(Path("/proc/self/fd").iterdir())) == n_open


def test_missing_objects_and_buckets(s3_store, write_sound):
    s3_store.put("rock/song.wav", write_sound("song.wav"))
    s3_store.put("empty.wav", b"")
    assert refused(load_audio, "s3://music/none.wav").startswith(
        "s3://music/none.wav: there is no such file"
    )
    assert "no such bucket" in refused(load_audio, "s3://another/song.wav")
    assert "this is a folder" in refused(load_audio, "s3://music/rock")
    assert "the file is empty" in refused(load_audio, "s3://music/empty.wav")
    # Read as they are given, and shown without.
    assert refused(load_audio, "s3://music/none.wav?token=SIGNATURE").startswith(
        "s3://music/none.wav: "
    )
    refused(load_audio, "s3://me:PASSWORD@music/rock/song.wav")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "access is refused"),
        ({"AWS_ACCESS_KEY_ID": "wrong"}, "access is refused"),
        ({"AWS_SECRET_ACCESS_KEY": None, "AWS_ACCESS_KEY_ID": None}, "no credentials were found"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "server can't be reached"),
        ({"AWS_ENDPOINT_URL": "http://no-such-host.invalid"}, "server can't be reached"),
    ],
)
def test_wrong_credentials_and_hosts(s3_store, write_sound, monkeypatch, variables, words):
    url = s3_store.put("song.wav", write_sound("song.wav"))
    for name, value in variables.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    forget_connections()
    message = refused(load_audio, url)
    assert message.startswith("s3://music/song.wav: ")
    assert words in message
    assert s3_store.secret_key not in message


def test_errors_of_http(http_server, write_sound):
    write_sound("song.wav")
    for url, words in (
        (f"{http_server.url}/none.wav", "there is no such file"),
        ("http://127.0.0.1:9/song.wav", "the server can't be reached"),
        ("http://no-such-host.invalid/song.wav", "the server can't be reached"),
    ):
        message = refused(load_audio, put_secrets_in(url))
        assert message.startswith(f"{url}: {words}")


@pytest.mark.parametrize("n_bytes", [3000, 40_000], ids=["header", "middle"])
def test_a_lost_connection_is_an_error_and_not_half_a_song(
    http_server, dropping_proxy, write_sound, small_blocks, n_bytes
):
    write_sound("large.wav", np.zeros(100_000, np.float32))
    url = f"{dropping_proxy(http_server.url, n_bytes).url}/large.wav"
    for read in (load_audio, lambda url: list(stream_audio(url))):
        message = refused(read, put_secrets_in(url))
        assert message.startswith(f"{url}: reading it stopped with an error (Not enough data")


def test_a_lost_connection_to_s3_prints_nothing(s3_store, dropping_proxy, write_sound):
    url = s3_store.put("song.wav", write_sound("song.wav"))
    proxy = dropping_proxy(s3_store.url, 30_000)
    code = (
        "from skgenre.audio import load_audio\n"
        "from skgenre.exceptions import AudioDecodeError\n"
        f"try: load_audio({url!r})\n"
        "except AudioDecodeError as error: print(error)\n"
    )
    environment = s3_store.environment | {"AWS_ENDPOINT_URL": proxy.url}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    assert result.stdout.startswith(f"{url}: reading it stopped with an error (Not enough data")
    assert s3_store.secret_key not in result.stdout


def test_a_file_changed_while_it_is_read(s3_store, write_sound, monkeypatch):
    url = s3_store.put("song.wav", write_sound("song.wav"))
    asked = _remote_files._ask

    def ask_before_the_change(url):
        status = asked(url)
        s3_store.put("song.wav", write_sound("song.wav", np.zeros(100, np.float32)))
        return status

    monkeypatch.setattr(_remote_files, "_ask", ask_before_the_change)
    assert "244 bytes came of" in refused(load_audio, url)


def test_garbage_at_a_url_is_told_as_in_a_file(s3_store, tmp_path):
    path = tmp_path / "song.mp3"
    path.write_bytes(b"<html>no music</html>" * 100)
    url = s3_store.put("song.mp3", path)
    with pytest.raises(AudioDecodeError) as caught:
        load_audio(path)
    assert refused(load_audio, url) == str(caught.value).replace(str(path), url)
    cut = io.BytesIO()
    soundfile.write(cut, np.zeros(44100), 44100, format="WAV")
    url = s3_store.put("cut.wav", cut.getvalue()[:40_000])
    assert "the file is cut off" in refused(load_audio, url)


def test_local_files_import_nothing_and_paths_stay_paths(write_sound):
    path = write_sound("song.wav")
    code = (
        "import sys\n"
        "from sklearn.base import BaseEstimator\n"
        "from skgenre.audio import check_clips\n"
        f"files = [{str(path)!r}, {path.as_uri()!r}]\n"
        "clips = check_clips(files, estimator=BaseEstimator(), sr=8000, reset=True)\n"
        "clips.key(0), clips[0], clips[1]\n"
        "print({'fsspec', 's3fs', 'aiohttp', 'botocore'} & set(sys.modules))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
    with pytest.raises(ValueError, match=r"not a Path: 's3://music/song.wav'"):
        load_audio(Path("s3://music/song.wav"))
