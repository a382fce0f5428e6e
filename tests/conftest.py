"""Settings that hold for the whole test run."""

import contextlib
import importlib.util
import os
import signal

import pytest

from .remote_store import DroppingProxy, HttpServer, S3Store, closing, connect_anew

# scikit-learn runs its array API checks only with this set, before scipy is imported.
os.environ["SCIPY_ARRAY_API"] = "1"
# No display is needed to draw.
os.environ.setdefault("MPLBACKEND", "Agg")

# A shell ignores interrupts for what it starts in the background, and servers that the tests
# interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skip a test without the package it needs, before its fixtures start anything."""
    for mark in item.iter_markers("needs"):
        if importlib.util.find_spec(mark.args[0]) is None:
            pytest.skip(f"needs {mark.args[0]}")


@pytest.fixture(scope="session")
def s3_server():
    """An S3 server for the whole run; tests take `s3_store`."""
    for package in ("moto", "s3fs"):
        pytest.importorskip(package)
    with closing(S3Store()) as store:
        yield store


@pytest.fixture
def s3_store(s3_server, monkeypatch):
    """An empty bucket that this process and those it starts reach as ``s3://music/``."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    connect_anew()
    s3_server.clear()
    return s3_server


@pytest.fixture
def recording_store():
    """An empty store of fsspec that records requests; none of them may go on after the test."""
    pytest.importorskip("fsspec")
    from .recording_store import RecordingStore

    RecordingStore.clear()
    yield RecordingStore
    assert RecordingStore.is_idle()
    RecordingStore.clear()


@pytest.fixture
def http_server(tmp_path):
    """An HTTP server of the folder `tmp_path`."""
    pytest.importorskip("aiohttp")
    with closing(HttpServer(tmp_path)) as server:
        yield server


@pytest.fixture
def dropping_proxy():
    """Start a proxy to a server that drops connections: ``dropping_proxy(url, n_bytes)``."""
    with contextlib.ExitStack() as stack:
        yield lambda *args: stack.enter_context(closing(DroppingProxy(*args)))
