"""Downloads, from a server on this machine."""

import functools
import hashlib
import http.server
import socket
import threading
import zipfile

import pytest

from skgenre.datasets import fetch_fma_metadata, load_fma


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, fails as often as told, and counts the requests."""

    def do_GET(self):
        self.server.n_requests += 1
        if self.server.n_failures > 0:
            self.server.n_failures -= 1
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
    ) as server:
        server.n_requests = server.n_failures = 0
        server.folder = folder
        server.url = f"http://127.0.0.1:{server.server_port}/fma_metadata.zip"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def archive(server):
    """Return the address and checksum of an archive like the published one."""
    path = server.folder / "fma_metadata.zip"
    with zipfile.ZipFile(path, "w") as files:
        for name in ("README.txt", "tracks.csv", "genres.csv", "features.csv"):
            files.writestr(f"fma_metadata/{name}", f"the {name}")
    return {"url": server.url, "known_hash": f"sha1:{hashlib.sha1(path.read_bytes()).hexdigest()}"}


def test_the_tables_are_kept_and_nothing_else(archive, tmp_path):
    folder = fetch_fma_metadata(data_home=tmp_path / "home", **archive)
    assert folder == tmp_path / "home" / "fma_metadata"
    assert [item.name for item in (tmp_path / "home").iterdir()] == ["fma_metadata"]
    assert {item.name: item.read_text() for item in folder.iterdir()} == {
        "tracks.csv": "the tracks.csv",
        "genres.csv": "the genres.csv",
    }


def test_what_is_there_is_not_downloaded_again(archive, server, tmp_path):
    first = fetch_fma_metadata(data_home=tmp_path, **archive)
    assert server.n_requests == 1
    assert fetch_fma_metadata(data_home=tmp_path, **archive) == first
    assert fetch_fma_metadata(data_home=tmp_path, download_if_missing=False) == first
    assert server.n_requests == 1


def test_a_half_finished_folder_is_completed(archive, tmp_path):
    folder = fetch_fma_metadata(data_home=tmp_path, **archive)
    (folder / "tracks.csv").unlink()
    assert (fetch_fma_metadata(data_home=tmp_path, **archive) / "tracks.csv").is_file()


def test_the_environment_names_the_folder(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("SKGENRE_DATA_HOME", str(tmp_path / "elsewhere"))
    assert fetch_fma_metadata(**archive) == tmp_path / "elsewhere" / "fma_metadata"


def test_the_default_folder_is_at_home(archive, tmp_path, monkeypatch):
    monkeypatch.delenv("SKGENRE_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetch_fma_metadata(**archive) == tmp_path / "skgenre_data" / "fma_metadata"


def test_nothing_is_downloaded_against_the_users_will(archive, server, tmp_path):
    with pytest.raises(FileNotFoundError, match="download_if_missing=False"):
        fetch_fma_metadata(data_home=tmp_path / "home", download_if_missing=False, **archive)
    assert server.n_requests == 0
    assert not (tmp_path / "home").exists()


def test_a_failure_is_tried_again(archive, server, tmp_path):
    server.n_failures = 1
    assert fetch_fma_metadata(data_home=tmp_path, n_retries=1, **archive).is_dir()
    assert server.n_requests == 2


def test_the_hosts_error_is_shown(archive, server, tmp_path):
    server.n_failures = 5
    with pytest.raises(
        OSError, match=r"answers with an error \(503.*put its tracks\.csv and genres"
    ):
        fetch_fma_metadata(data_home=tmp_path, n_retries=1, **archive)
    assert server.n_requests == 2


def test_an_unreachable_host_is_named(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/fma_metadata.zip"
        with pytest.raises(OSError, match=f"{url}: the host can't be reached, in 1 attempts"):
            fetch_fma_metadata(data_home=tmp_path, n_retries=0, url=url)
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(OSError, match=r"can't be reached.*Is there a network\?"):
        fetch_fma_metadata(data_home=tmp_path, n_retries=0, url="http://gone.invalid/a.zip")


def test_another_archive_is_refused(archive, server, tmp_path):
    with pytest.raises(OSError, match="another checksum than sha1:f0df49ffe5f2"):
        fetch_fma_metadata(data_home=tmp_path / "home", n_retries=0, url=server.url)
    assert list((tmp_path / "home").iterdir()) == []


def test_an_archive_without_the_tables_is_refused(server, tmp_path):
    path = server.folder / "fma_metadata.zip"
    path.write_bytes(b"no archive")
    known_hash = f"sha1:{hashlib.sha1(path.read_bytes()).hexdigest()}"
    with pytest.raises(OSError, match="can't be read"):
        fetch_fma_metadata(data_home=tmp_path, url=server.url, known_hash=known_hash)


def test_negative_retries_are_refused():
    with pytest.raises(ValueError, match="n_retries to be 0 or more, got -1"):
        fetch_fma_metadata(n_retries=-1)


def test_the_tables_are_what_load_fma_looks_for(archive, tmp_path):
    folder = fetch_fma_metadata(data_home=tmp_path, **archive)
    with pytest.raises(ValueError, match=r"tracks\.csv: this is not FMA's tracks\.csv"):
        load_fma(tmp_path, metadata=folder)
