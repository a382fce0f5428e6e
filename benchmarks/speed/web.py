"""The web page under load: uploads of 30-s clips, all at once."""

import concurrent.futures
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import soundfile

from skgenre.datasets import make_genre_music

N_UPLOADS = 20
N_ROUNDS = 6
PORT = 7899
URL = f"http://127.0.0.1:{PORT}"


def run() -> None:
    """Print the seconds of each round's answers, and the server's memory after it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        temporary = folder / "tmp"
        temporary.mkdir()
        clips = _write_clips(folder)
        command = "from skgenre.cli import main; main()"
        options = ["--port", str(PORT), "--keep-seconds", "2"]
        with subprocess.Popen(
            [sys.executable, "-c", command, "demo", *options],
            env={**os.environ, "TMPDIR": str(temporary)},
        ) as server:
            try:
                _wait(server)
                # The first clips load libraries.
                for _, send in ROUTES:
                    _send_all(clips[:4], send)
                time.sleep(1)
                before = _memory(server, "VmRSS")
                print(f"{N_UPLOADS} uploads at once; memory before: {before:.0f} MB")
                for number in range(N_ROUNDS):
                    route, send = ROUTES[number % len(ROUTES)]
                    seconds, answered = _send_all(clips, send)
                    time.sleep(1)
                    after = _memory(server, "VmRSS")
                    print(
                        f"{route}: {sum(answered)} of {len(answered)} answered, "
                        f"first {min(seconds):.1f} s, last {max(seconds):.1f} s; memory "
                        f"{after:.0f} MB ({after / before - 1:+.1%}), "
                        f"peak {_memory(server, 'VmHWM'):.0f} MB"
                    )
                time.sleep(10)
                left = [file for file in temporary.rglob("*") if file.is_file()]
                print(f"files left: {sum('examples' not in file.parts for file in left)}")
            finally:
                server.terminate()


def _write_clips(folder: Path) -> list[Path]:
    music = make_genre_music(N_UPLOADS, duration=30.0, random_state=1)
    formats = ("wav", "mp3", "flac", "ogg")
    paths = []
    for number, y in enumerate(music.data):
        path = folder / f"clip-{number}.{formats[number % len(formats)]}"
        soundfile.write(path, y, music.sr)
        paths.append(path)
    return paths


def _wait(server: subprocess.Popen) -> None:
    while server.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(URL)
            return
        time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _send_to_route(path: Path) -> bool:
    """Send a clip as a program does."""
    with path.open("rb") as file:
        answer = httpx.post(f"{URL}/predict", files={"file": (path.name, file)}, timeout=300)
    return answer.status_code == 200 and len(answer.json()["genres"]) == 10


def _send_to_page(path: Path) -> bool:
    """Send a clip as the page in a browser does."""
    session = uuid.uuid4().hex
    with httpx.Client(base_url=f"{URL}/gradio_api", timeout=300) as client:
        with path.open("rb") as file:
            (stored,) = client.post("/upload", files={"files": (path.name, file)}).json()
        config = client.get(f"{URL}/config").json()
        (number,) = (d["id"] for d in config["dependencies"] if d["targets"][0][1] == "change")
        clip = {"path": stored, "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}
        event = {"data": [clip], "fn_index": number, "session_hash": session}
        client.post("/queue/join", json=event).raise_for_status()
        with client.stream("GET", "/queue/data", params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                if '"process_completed"' in line:
                    is_answered = path.name in line and "data:image/png" in line
                    if not is_answered:
                        print(line[:500], file=sys.stderr)
                    return is_answered
    return False


ROUTES = [("POST /predict", _send_to_route), ("the page", _send_to_page)]


def _send_all(paths: list[Path], send: Callable[[Path], bool]) -> tuple[list[float], list[bool]]:
    def measure(path: Path) -> tuple[float, bool]:
        started = time.perf_counter()
        answered = send(path)
        return time.perf_counter() - started, answered

    with concurrent.futures.ThreadPoolExecutor(len(paths)) as threads:
        seconds, answered = zip(*threads.map(measure, paths), strict=True)
    return list(seconds), list(answered)


def _memory(server: subprocess.Popen, field: str) -> float:
    """Return the megabytes of the server and its workers."""
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    total = 0
    for process in (server.pid, *workers):
        status = Path(f"/proc/{process}/status").read_text()
        found = re.search(rf"{field}:\s+(\d+) kB", status)
        assert found is not None
        total += int(found[1])
    return total / 1024
