"""A visitor who asks the running server for its files."""

import contextlib
import functools
import http.server
import json
import os
import re
import shutil
import socket
import threading
import time
import urllib.parse
from pathlib import Path

import numpy as np
import pytest
import soundfile

from .conftest import SR

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.needs("gradio")

GENRES = ["blues", "classical", "disco", "jazz", "metal", "reggae"]
INDEXES = [*range(-1, 8), 10**20, None, "0", 1.0, True, [0], {"a": 0}]


@pytest.fixture(scope="module")
def victims(tmp_path_factory):
    """Files of the server that no visitor sent, one of them a recording."""
    folder = tmp_path_factory.mktemp("victims")
    soundfile.write(folder / "victim.wav", np.random.default_rng(0).normal(0, 0.1, 6 * SR), SR)
    (folder / "secret.txt").write_text("a secret of the server")
    os.mkfifo(folder / "fifo")
    return folder


@pytest.fixture(scope="module")
def served(server, victims):
    """The server, with a recording in its working directory."""
    shutil.copy(victims / "victim.wav", server.folder / "victim.wav")
    yield server
    (server.folder / "victim.wav").unlink()


class _Listener(http.server.ThreadingHTTPServer):
    def __init__(self):
        self.paths = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    """Another machine's web server, which counts who asks."""
    listener = _Listener()
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield listener
    listener.shutdown()
    listener.server_close()


def clip_of(path, **fields):
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}, **fields}


def ask(server, route, body, seconds=20):
    """Send a body, follow the events that it starts; return the status and all that came back."""
    base = f"{server.url}/gradio_api"
    with httpx.Client(timeout=seconds) as client:
        answer = client.post(f"{base}/{route}", json=body)
        text = answer.text
        if answer.status_code == 200 and "event_id" in text:
            if route == "queue/join":
                url = f"{base}/queue/data?session_hash={body['session_hash']}"
            else:
                url = f"{base}/{route}/{answer.json()['event_id']}"
            with client.stream("GET", url) as events:
                for line in events.iter_lines():
                    text += line
                    if re.search("process_completed|close_stream|event: (complete|error)", line):
                        break
        return answer.status_code, text


def check_refused(server, victims, status, text):
    assert 400 <= status < 500, (status, text[:300])
    for told in ("victim", "secret", "root:", "Traceback", "image/png", *GENRES):
        assert told not in text, text[:300]
    for folder in (server.folder, server.temporary, victims, Path.cwd(), "/site-packages"):
        assert str(folder) not in text, text[:300]


def bodies_of(clip):
    """Return the places of a body where a clip can be hidden."""
    return {
        "alone": {"data": [clip]},
        "nested": {"data": [{"value": [clip], "other": {"deep": [[clip]]}}]},
        "second": {"data": [None, clip]},
        "event": {"data": [None], "event_data": clip},
        "named": {"data": {"clip": clip}},
    }


@functools.cache
def change_index(server):
    config = httpx.get(f"{server.url}/config").json()
    (index,) = (d["id"] for d in config["dependencies"] if d["targets"][0][1] == "change")
    return index


ROUTES = [
    "run/predict",
    "run/show",
    "run/predict/",
    "api/predict",
    "call/show",
    "call/predict",
    "call/v2/show",
    "queue/join",
    "queue/join/",
    "stream/0",
    "component_server",
    "process_recording",
    "vibe-edit",
    "run-history/connect",
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("victim", ["recording", "/etc/passwd", "missing", "relative", "upwards"])
def test_no_route_tells_of_a_file_that_was_not_uploaded(served, victims, route, victim):
    path = {
        "recording": victims / "victim.wav",
        "missing": victims / "no-such.wav",
        "relative": "victim.wav",
        "upwards": "../" * 20 + str(victims / "victim.wav")[1:],
    }.get(victim, victim)
    body = {"data": [clip_of(path)], "fn_index": change_index(served), "session_hash": "a" * 10}
    check_refused(served, victims, *ask(served, route, body))


@pytest.mark.parametrize("place", ["nested", "second", "event", "named"])
@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
def test_no_place_in_a_body_hides_a_path(served, victims, route, place):
    body = bodies_of(clip_of(victims / "victim.wav"))[place]
    body |= {"fn_index": change_index(served), "session_hash": "b" * 10}
    status, text = ask(served, route, body)
    if place == "event":  # what is beside the data is thrown away
        assert status == 200
        assert "victim" not in text
    else:
        check_refused(served, victims, status, text)


@pytest.mark.parametrize("index", INDEXES, ids=repr)
@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
def test_no_index_of_a_function_lets_a_path_through(served, victims, route, index):
    body = {"data": [clip_of(victims / "victim.wav")], "fn_index": index, "session_hash": "c" * 10}
    check_refused(served, victims, *ask(served, route, body))


@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
@pytest.mark.parametrize("field", ["path", "url", "both", "orig_name"])
def test_the_server_fetches_no_address(served, victims, elsewhere, route, field):
    url = f"http://127.0.0.1:{elsewhere.server_port}/{field}.wav"
    path = url if field in ("path", "both") else victims / "victim.wav"
    fields = {} if field == "path" else {"url": url} if field != "orig_name" else {"orig_name": url}
    clip = clip_of(path, **fields)
    body = {"data": [clip], "fn_index": change_index(served), "session_hash": "d" * 10}
    check_refused(served, victims, *ask(served, route, body))
    assert elsewhere.paths == []


@pytest.mark.parametrize("kind", ["link", "folder", "above", "fifo", "dot", "double"])
def test_a_link_or_folder_among_the_uploads_is_refused(served, victims, clips, kind):
    (stored,) = upload(served, clips / "clip.wav")
    folder = Path(stored).parent
    path = {
        "link": f"{folder}/link.wav",
        "folder": folder,
        "above": f"{folder}/../..",
        "fifo": f"{folder}/fifo.wav",
        "dot": f"{folder}/./clip.wav",
        "double": f"{folder}//clip.wav/../../../six-genres.skops",
    }[kind]
    with contextlib.suppress(FileExistsError):
        if kind == "link":
            Path(path).symlink_to(victims / "victim.wav")
        elif kind == "fifo":
            os.mkfifo(path)
    body = {"data": [clip_of(path)], "fn_index": change_index(served), "session_hash": "e" * 10}
    check_refused(served, victims, *ask(served, "run/predict", body))
    if kind in ("link", "fifo"):
        Path(path).unlink()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"data": 1}',
        '{"data": [NaN], "fn_index": 0}',
        '{"data": [], "fn_index": 99}',
        '{"data": ["' + "x" * 200_000 + '"]}',
        '{"data": ' + "[" * 100_000,
        '{"data": ' + "[" * 20_000 + "]" * 20_000 + "}",
        '{"data": [null], "fn_index": ' + "9" * 5000 + "}",
        '{"data": [null], "fn_index": 0, "session_hash": {"path": "x"}}',
        b"\xff\xfe\x00",
    ],
    ids=range(13),
)
@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
def test_a_body_that_is_no_call_is_refused(served, victims, route, text):
    data = text if isinstance(text, bytes) else text.encode()
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{served.url}/gradio_api/{route}", content=data, headers=headers)
    check_refused(served, victims, answer.status_code, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file={victim}",
        "gradio_api/file={cwd_victim}",
        "gradio_api/file=%2e%2e/%2e%2e/victim.wav",
        "gradio_api/file=http://127.0.0.1:{port}/x.wav",
        "gradio_api/file/{victim}",
        "file={victim}",
        "gradio_api/proxy=http://127.0.0.1:{port}/x.wav",
        "gradio_api/stream/a/b/0/playlist.m3u8",
        "gradio_api/stream/a/b/0/playlist-file",
        "static/../../../../../../etc/passwd",
        "assets/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "assets/%2fetc/passwd",
        "svelte/../../app.py",
        "custom_component/0/server/component/x.py",
        "gradio_api/custom_component/0/server/component/..%2f..%2fx.py",
        "gradio_api/deep_link",
        "?deep_link=../../victim",
        "gradio_api/runs",
        "gradio_api/token",
        "gradio_api/app_id",
        "gradio_api/openapi.json",
        "openapi.json",
        "monitoring",
        "gradio_api/vibe-code",
        "gradio_api/queue/status",
        "gradio_api/dev/reload",
        "logout",
        "pwa_icon",
        "gradio_api/mcp/sse",
        "no-such-page",
    ],
)
def test_no_address_gives_a_file_or_the_server_s_paths(served, victims, elsewhere, path):
    path = path.format(
        victim=victims / "victim.wav",
        cwd_victim=served.folder / "victim.wav",
        port=elsewhere.server_port,
    )
    # httpx would tidy the address up.
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        request = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        received = b""
        end = time.monotonic() + 10
        while time.monotonic() < end and (block := connection.recv(1 << 16)):
            received += block
    status, text = int(received.split()[1]), received.decode("latin-1")
    if path.startswith("?"):  # the page, as without it
        assert status == 200
        assert str(victims) not in text
    else:
        check_refused(served, victims, status, text)
    assert elsewhere.paths == []


def test_other_methods_are_answered_by_what_is_allowed(served):
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = httpx.request(method, f"{served.url}/predict")
        assert answer.status_code == 405, method
        assert answer.headers["allow"] == "POST"
    assert httpx.post(served.url).status_code == 405


def test_what_the_page_tells_of_itself_names_no_folder(served, victims):
    for path in ("", "config", "gradio_api/info", "theme.css"):
        text = httpx.get(f"{served.url}/{path}", follow_redirects=True).text
        for folder in (served.folder, served.temporary, Path.cwd(), "/site-packages"):
            assert str(folder) not in text, path


def upload(server, path, name=None):
    with path.open("rb") as file:
        answer = httpx.post(
            f"{server.url}/gradio_api/upload",
            files={"files": (name or path.name, file)},
            timeout=60,
        )
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("name", ["clip.wav", "50 % über #1?.wav", "a&b=c+d.wav", "'quoted'.wav"])
@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
def test_an_upload_is_predicted(served, clips, route, name):
    (stored,) = upload(served, clips / "clip.wav", name)
    url = f"{served.url}/gradio_api/file={urllib.parse.quote(stored)}"
    clip = clip_of(stored, orig_name=name, url=url, size=1, mime_type="audio/wav")
    session = f"{'f' * 8}{abs(hash(name))}"
    body = {"data": [clip], "fn_index": change_index(served), "session_hash": session}
    status, text = ask(served, route, body | {"trigger_id": 5, "event_data": None}, seconds=60)
    assert status == 200
    assert "data:image/png" in text
    assert any(genre in text for genre in GENRES)
    assert httpx.get(url).content == (clips / "clip.wav").read_bytes()


def test_the_page_s_own_clips_are_given_and_predicted(served):
    config = httpx.get(f"{served.url}/config").json()
    clicks = [d["id"] for d in config["dependencies"] if d["targets"][0][1] == "click"]
    assert len(clicks) == 3
    for index in clicks:
        body = {"data": [], "fn_index": index, "session_hash": f"g{index}"}
        status, text = ask(served, "queue/join", body)
        assert status == 200
        message = json.loads(text[text.rindex("data: ") + 6 :])
        (clip,) = message["output"]["data"]
        body = {"data": [clip], "fn_index": change_index(served), "session_hash": f"h{index}"}
        status, text = ask(served, "queue/join", body, seconds=60)
        assert status == 200
        assert "data:image/png" in text


def test_a_clip_s_name_is_its_own_and_leads_nowhere(served, victims, clips):
    (stored,) = upload(served, clips / "clip.wav", "../../../victim.wav")
    assert stored.startswith(str(served.temporary))
    assert (victims / "victim.wav").exists()
