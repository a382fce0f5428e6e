"""A visitor who has the running server read what never ends."""

import os

import pytest

pytest.importorskip("gradio")

import httpx

from .conftest import Server

SECONDS = 30  # of an answer; a server that was stopped gives none


@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
@pytest.mark.parametrize("kind", ["/dev/zero", "fifo", "folder", "/dev/stdin", "/proc/self/mem"])
def test_one_request_does_not_stop_the_server(tmp_path, kind, route):
    os.mkfifo(tmp_path / "fifo")
    path = {"fifo": str(tmp_path / "fifo"), "folder": "/usr"}.get(kind, kind)
    server = Server(tmp_path)
    try:
        config = httpx.get(f"{server.url}/config").json()
        clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
        for dependency in config["dependencies"]:
            body = {"data": [clip], "fn_index": dependency["id"], "session_hash": "abc"}
            answer = httpx.post(f"{server.url}/gradio_api/{route}", json=body, timeout=SECONDS)
            assert 400 <= answer.status_code < 500, answer.text
            assert "/" not in answer.json()["error"].replace("POST /predict", "")
        assert httpx.get(server.url, timeout=SECONDS).status_code == 200
        server.process.terminate()
        server.process.wait(SECONDS)
        assert list(server.temporary.iterdir()) == []
    finally:
        server.process.kill()
        server.process.wait(SECONDS)
