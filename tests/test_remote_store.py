"""The servers that the tests of remote files rely on."""

import subprocess
import sys

import pytest

from .remote_store import forget_connections


def read(url):
    import fsspec

    with fsspec.open(url, "rb") as file:
        return file.read()


def test_any_process_finds_an_object_by_its_url(s3_store):
    url = s3_store.put("folder/a.txt", b"content")
    code = f"import fsspec; print(fsspec.open({url!r}).open().read())"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b"b'content'"
    assert read(url) == b"content"
    assert s3_store.list() == ["folder/a.txt"]
    assert ("GET", "/music/folder/a.txt") in [request[:2] for request in s3_store.requests]


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_refused(s3_store, monkeypatch, name):
    url = s3_store.put("a.txt", b"content")
    monkeypatch.setenv(name, "wrong")
    forget_connections()
    with pytest.raises(PermissionError):
        read(url)


@pytest.mark.parametrize("has_ranges", [True, False])
def test_http(http_server, tmp_path, has_ranges):
    (tmp_path / "a.txt").write_bytes(b"content")
    http_server.has_ranges = has_ranges
    assert read(f"{http_server.url}/a.txt") == b"content"


def test_the_proxy_drops_a_connection(http_server, dropping_proxy, tmp_path):
    (tmp_path / "a.txt").write_bytes(bytes(100_000))
    assert len(read(f"{dropping_proxy(http_server.url).url}/a.txt")) == 100_000
    with pytest.raises(Exception, match=r"[Pp]ayload|disconnected"):
        read(f"{dropping_proxy(http_server.url, 50_000).url}/a.txt")
