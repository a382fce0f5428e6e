"""Visitors who keep the running server busy, and signals that end it meanwhile."""

import concurrent.futures
import contextlib
import io
import os
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from .conftest import SR, Server

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.needs("gradio")

SECONDS = 60  # of an answer to an honest visitor, generous
STOP_SECONDS = 40


@pytest.fixture(scope="module")
def options(model, tmp_path_factory):
    from skgenre.persistence import save_model

    path = tmp_path_factory.mktemp("model") / "six-genres.skops"
    save_model(model, path)
    return ("--model", str(path))


@pytest.fixture
def start(options, tmp_path):
    """Return a function that starts a server of its own."""
    servers = []

    def start(*more):
        servers.append(Server(tmp_path / f"server-{len(servers)}", *options, *more))
        return servers[-1]

    yield start
    for server in servers:
        with contextlib.suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait(STOP_SECONDS)


def report(text):
    """Tell what was measured; `pytest -s` shows it."""
    sys.stdout.write(f"{text}\n")


def send(server, data, name, seconds=SECONDS):
    return httpx.post(f"{server.url}/predict", files={"file": (name, data)}, timeout=seconds)


def make_long_flac(seconds, channels=8, rate=192_000):
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, channels, format="FLAC") as sound:
        block = np.zeros((rate, channels), np.int16)
        for _ in range(seconds):
            sound.write(block)
    return file.getvalue()


def make_riff_of_chunks(n_bytes):
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, SR, 2 * SR, 2, 16)
    chunks = (b"junk" + bytes(4)) * ((n_bytes - 1000) // 8)
    data = b"data" + struct.pack("<I", 2 * SR) + bytes(2 * SR)
    size = len(form) + len(chunks) + len(data)
    return b"RIFF" + struct.pack("<I", size) + form + chunks + data


def make_tags(n_bytes, mp3):
    return b"ID3\x03\0\0\0\0\0\0" * ((n_bytes - len(mp3)) // 10) + mp3


def is_gone(server, seconds=STOP_SECONDS):
    """Wait for a folder of temporary files to be empty."""
    end = time.monotonic() + seconds
    while list(server.temporary.iterdir()) and time.monotonic() < end:
        time.sleep(0.1)
    return list(server.temporary.iterdir()) == []


@pytest.mark.slow  # SIGTERM ends the server of all fast tests, too
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_no_signal_leaves_clips_on_disk(start, clips, name):
    server = start("--keep-seconds", "600")
    with (clips / "clip.wav").open("rb") as file:
        upload = httpx.post(f"{server.url}/gradio_api/upload", files={"files": file})
    assert upload.status_code == 200
    assert send(server, (clips / "clip.ogg").read_bytes(), "clip.ogg").status_code == 200
    assert any(file.name == "clip.wav" for file in server.files())
    server.process.send_signal(getattr(signal, name))
    server.process.wait(STOP_SECONDS)
    # After a kill it is the workers that clean up.
    assert is_gone(server, STOP_SECONDS if name == "SIGKILL" else 0.5)
    assert "Traceback" not in server.log.read_text()


@pytest.mark.slow
def test_a_signal_ends_running_work_and_its_senders_are_answered(start):
    server = start("--keep-seconds", "600")
    slow = make_long_flac(60)
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        answers = [threads.submit(send, server, slow, f"slow-{n}.flac") for n in range(6)]
        time.sleep(1.5)
        stopped = time.monotonic()
        server.process.terminate()
        server.process.wait(STOP_SECONDS)
        report(f"stopped after {time.monotonic() - stopped:.1f} s")
        statuses = [answer.result().status_code for answer in answers]
        messages = [answer.result().text for answer in answers]
    assert set(statuses) <= {200, 503}
    assert 503 in statuses
    assert any("is stopping" in message for message in messages)
    assert is_gone(server, 0.5)


@pytest.mark.slow
def test_a_signal_ends_what_visitors_hold_open(start):
    server = start()
    host, port = server.url.removeprefix("http://").split(":")
    begin = f"POST /predict HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000\r\n"
    begin += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    beat = f"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: {host}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for text in (begin, beat, "GET / HT", ""):
            connection = stack.enter_context(socket.create_connection((host, int(port))))
            connection.sendall(text.encode())
        time.sleep(1)
        started = time.monotonic()
        server.process.terminate()
        server.process.wait(STOP_SECONDS)
        report(f"stopped after {time.monotonic() - started:.1f} s")
    assert is_gone(server, 0.5)
    assert "Traceback" not in server.log.read_text()


def make_bomb(kind, clips):
    if kind == "chunks":
        return make_riff_of_chunks(99_000_000)
    if kind == "tags":
        return make_tags(99_000_000, (clips / "clip.mp3").read_bytes())
    return make_long_flac(599)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["chunks", "tags", "channels"])
def test_no_file_holds_the_workers(start, clips, kind):
    server = start()
    bomb = make_bomb(kind, clips)
    name = {"chunks": "bomb.wav", "tags": "bomb.mp3", "channels": "bomb.flac"}[kind]
    cpu_before = cpu_seconds(server)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        started = time.monotonic()
        jobs = [threads.submit(send, server, bomb, name, 300) for _ in range(2)]
        answers = [job.result() for job in jobs]
        report(f"{len(bomb)} bytes: {time.monotonic() - started:.1f} s, {answers[0].text[:200]}")
    assert all(400 <= answer.status_code <= 503 for answer in answers)
    started = time.monotonic()
    honest = send(server, (clips / "clip.wav").read_bytes(), "clip.wav", 300)
    waited = time.monotonic() - started
    report(f"an honest clip after them: {honest.status_code} after {waited:.1f} s")
    report(
        f"{cpu_seconds(server) - cpu_before:.0f} s of CPU, log {server.log.stat().st_size} bytes"
    )
    assert honest.status_code == 200
    assert waited < 25
    assert server.log.stat().st_size < 1_000_000


def cpu_seconds(server):
    """Return what the server and its ended and living workers computed."""
    total = 0
    for process in server.processes():
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
def test_an_endless_clip_costs_its_sender_an_answer_and_no_more(start, clips):
    # The longest that is taken needs about 2 s; the limit is rounded up to a second.
    server = start("--max-cpu-seconds", "0.5", "--workers", "1")
    answer = send(server, make_long_flac(149), "slow.flac")
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("slow.flac: it takes more than the 0.5 s of computing")
    honest = send(server, (clips / "clip.wav").read_bytes(), "clip.wav")
    assert honest.status_code == 200
    assert "Traceback" not in server.log.read_text()


def n_descriptors(server):
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def is_closed(connection):
    connection.settimeout(0.01)
    try:
        while connection.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.slow
def test_150_uploads_held_open_end_and_keep_nobody_out(start, clips):
    server = start()
    host, port = server.url.removeprefix("http://").split(":")
    begin = f"POST /predict HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000\r\n"
    begin += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    with contextlib.ExitStack() as stack:
        held = []
        for _ in range(150):
            held.append(stack.enter_context(socket.create_connection((host, int(port)))))
            held[-1].sendall(begin.encode())
        time.sleep(2)
        report(f"{n_descriptors(server)} descriptors")
        end = time.monotonic() + SECONDS
        while not all(map(is_closed, held)) and time.monotonic() < end:
            time.sleep(0.5)
        n_open = sum(not is_closed(connection) for connection in held)
        report(f"{n_open} of 150 open after {SECONDS + time.monotonic() - end:.0f} s")
        assert n_open == 0
        assert send(server, (clips / "clip.wav").read_bytes(), "clip.wav").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["never begun", "slow", "second"])
def test_1500_slow_headers_end_and_keep_nobody_out(start, kind):
    server = start()
    host, port = server.url.removeprefix("http://").split(":")
    whole = f"GET /robots.txt HTTP/1.1\r\nHost: {host}\r\n"
    connections = []
    stopped = threading.Event()

    def drip():
        while not stopped.wait(1):
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.send(b"X-A: b\r\n")

    thread = threading.Thread(target=drip, daemon=True)
    try:
        for _ in range(1500):
            connection = socket.create_connection((host, int(port)), timeout=SECONDS)
            connections.append(connection)
            if kind == "second":
                connection.sendall(f"{whole}\r\n".encode())
            if kind != "never begun":
                with contextlib.suppress(OSError):
                    connection.sendall(whole.encode())
        if kind != "never begun":
            thread.start()
        started = time.monotonic()
        assert httpx.get(server.url, timeout=SECONDS).status_code == 200
        report(f"the page after {time.monotonic() - started:.1f} s")
        report(f"{n_descriptors(server)} descriptors of the server")
        assert n_descriptors(server) < 700
        end = time.monotonic() + SECONDS
        while not all(map(is_closed, connections)) and time.monotonic() < end:
            time.sleep(0.5)
        n_open = sum(not is_closed(connection) for connection in connections)
        report(f"{n_open} of 1500 open after {time.monotonic() - started:.0f} s")
        assert n_open == 0
    finally:
        stopped.set()
        for connection in connections:
            connection.close()
