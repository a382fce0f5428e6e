"""The web page under load: uploads of 30-s clips, all at once."""

import concurrent.futures
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import soundfile

from skgenre.datasets import make_genre_music

N_UPLOADS = 20
N_ROUNDS = 5
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
                _send_all(clips[:4])
                time.sleep(1)
                before = _memory(server, "VmRSS")
                print(f"{N_UPLOADS} uploads at once; memory before: {before:.0f} MB")
                for number in range(N_ROUNDS):
                    seconds, statuses = _send_all(clips)
                    time.sleep(1)
                    after = _memory(server, "VmRSS")
                    print(
                        f"round {number + 1}: {statuses.count(200)} of {len(statuses)} answered, "
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


def _send(path: Path) -> tuple[float, int]:
    started = time.perf_counter()
    with path.open("rb") as file:
        answer = httpx.post(f"{URL}/predict", files={"file": (path.name, file)}, timeout=300)
    return time.perf_counter() - started, answer.status_code


def _send_all(paths: list[Path]) -> tuple[list[float], list[int]]:
    with concurrent.futures.ThreadPoolExecutor(len(paths)) as threads:
        seconds, statuses = zip(*threads.map(_send, paths), strict=True)
    return list(seconds), list(statuses)


def _memory(server: subprocess.Popen, field: str) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024
