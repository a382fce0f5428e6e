"""A visitor who has the running server read what never ends."""

import os

import pytest

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.needs("gradio")

SECONDS = 30  # of an answer; a server that was stopped gives none
ENDLESS = ("/dev/zero", "/dev/stdin", "/proc/self/mem", "/usr", "fifo")


@pytest.mark.parametrize("path", ENDLESS)
def test_no_request_stops_the_server(server, tmp_path, path):
    if path == "fifo":
        path = str(tmp_path / "fifo")
        os.mkfifo(path)
    clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
    with httpx.Client(base_url=server.url, timeout=SECONDS) as client:
        for dependency in client.get("/config").json()["dependencies"]:
            body = {"data": [clip], "fn_index": dependency["id"], "session_hash": "abc"}
            for route in ("run/predict", "queue/join"):
                answer = client.post(f"/gradio_api/{route}", json=body)
                assert 400 <= answer.status_code < 500, answer.text
                assert "/" not in answer.json()["error"].replace("POST /predict", "")
        assert client.get("/").status_code == 200
