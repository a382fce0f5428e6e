"""A visitor who has the running server read what never ends."""

import os

import pytest

pytest.importorskip("gradio")

import httpx

from .conftest import Server

SECONDS = 30  # of an answer; a server that was stopped gives none
ENDLESS = ("/dev/zero", "/dev/stdin", "/proc/self/mem", "/usr", "fifo")


def test_no_request_stops_the_server_and_sigterm_leaves_nothing(model, clips, tmp_path):
    from skgenre.persistence import save_model

    os.mkfifo(tmp_path / "fifo")
    save_model(model, tmp_path / "six-genres.skops")
    server = Server(tmp_path, "--model", "six-genres.skops", "--workers", "1")
    try:
        config = httpx.get(f"{server.url}/config").json()
        for path in ENDLESS:
            path = str(tmp_path / "fifo") if path == "fifo" else path
            clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
            for dependency in config["dependencies"]:
                body = {"data": [clip], "fn_index": dependency["id"], "session_hash": "abc"}
                for route in ("run/predict", "queue/join"):
                    url = f"{server.url}/gradio_api/{route}"
                    answer = httpx.post(url, json=body, timeout=SECONDS)
                    assert 400 <= answer.status_code < 500, answer.text
                    assert "/" not in answer.json()["error"].replace("POST /predict", "")
        assert httpx.get(server.url, timeout=SECONDS).status_code == 200
        with (clips / "clip.ogg").open("rb") as file:
            upload = httpx.post(f"{server.url}/gradio_api/upload", files={"files": file})
        assert upload.status_code == 200
        assert [file.name for file in server.files()] == ["clip.ogg"]
        server.process.terminate()
        server.process.wait(SECONDS)
        assert server.process.returncode == 0
        assert list(server.temporary.iterdir()) == []
    finally:
        server.process.kill()
        server.process.wait(SECONDS)
