import base64
import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import soundfile

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
START_SECONDS = 240  # of a server or a browser, on a machine with other things to do
SR = 22050
KEEP_SECONDS = 3


class Server:
    """A `skgenre demo` of its own, and the folder that it takes for temporary files."""

    def __init__(self, folder, *arguments, script=None):
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        command = ["-c", "from skgenre.cli import main; main()", "demo", "--port", str(port)]
        if script is not None:
            command = [str(script), str(port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, *arguments],
                stderr=log,
                stdout=log,
                cwd=folder,
                env={**os.environ, "TMPDIR": str(self.temporary), "OMP_NUM_THREADS": "1"},
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(self.url, timeout=30):
                return
            time.sleep(0.2)
        raise RuntimeError(f"the server did not start: {self.log.read_text()}")

    def files(self):
        """Return what was sent and not removed; not the composed clips."""
        # Unlike Path.rglob, os.walk goes on when a folder is removed while it is listed.
        return [
            file
            for folder, _, names in os.walk(self.temporary)
            for file in (Path(folder, name) for name in names)
            if file.is_file() and "examples" not in file.parts
        ]

    def processes(self):
        """Return the numbers of the server's process and of its workers'."""
        process = self.process.pid
        children = Path(f"/proc/{process}/task/{process}/children")
        if not children.exists():
            pytest.skip("processes are looked at in /proc")
        return [process, *map(int, children.read_text().split())]

    def memory(self):
        """Return the resident memory in bytes, with that of the workers."""
        return self._memory("VmRSS")

    def peak_memory(self):
        """Return the most that was resident since the start, in bytes, of each process."""
        return self._memory("VmHWM")

    def _memory(self, field):
        total = 0
        for process in self.processes():
            with contextlib.suppress(FileNotFoundError):
                status = Path(f"/proc/{process}/status").read_text()
                lines = (line for line in status.splitlines() if line.startswith(field))
                total += sum(1024 * int(line.split()[1]) for line in lines)
        return total

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


class Browser:
    """Headless Chromium, driven by its own protocol over a pipe: no driver, no network.

    All names of hosts but this machine's lead nowhere.
    """

    def __init__(self, executable, profile):
        to_browser, self._to_browser = os.pipe()
        self._from_browser, from_browser = os.pipe()

        def arrange():
            # It reads at descriptor 3 and writes at 4; those may be what is to be copied there.
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser, from_browser)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [
                executable,
                *("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
                *("--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"),
                *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                f"--user-data-dir={profile}",
            ],
            close_fds=False,
            preexec_fn=arrange,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._n_calls = 0
        self._session = None
        self.requests = []
        self.console = []

    def open(self, url, *, width=1280, height=900, is_dark=False):
        """Open a page in a tab of its own."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        self.requests, self.console = [], []
        for domain in ("Page", "Runtime", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=url)

    def call(self, method, **parameters):
        self._n_calls += 1
        message = {"id": self._n_calls, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._n_calls:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _read(self):
        while b"\0" not in self._buffer:
            data = os.read(self._from_browser, 1 << 20)
            if not data:
                raise RuntimeError("the browser went away")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(message)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.console.append(message["params"]["exceptionDetails"])
        return message

    def evaluate(self, expression):
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def wait_for(self, expression, seconds=90):
        """Wait until an expression is true, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.evaluate(expression)
            if value:
                return value
            time.sleep(0.1)
        raise TimeoutError(f"{expression}; the page says {self.evaluate(_TEXT)}")

    def choose_file(self, path, selector="#clip input[type=file]"):
        self.wait_for(f"document.querySelector({selector!r}) !== null")
        found = self.call("Runtime.evaluate", expression=f"document.querySelector({selector!r})")[
            "result"
        ]
        self.call("DOM.setFileInputFiles", files=[str(path)], objectId=found["objectId"])

    def press(self, key, code=0):
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **text,
            )

    def take_picture(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self._session = None
        with contextlib.suppress(RuntimeError, OSError):
            self.call("Browser.close")
        self.process.wait(60)
        os.close(self._to_browser)
        os.close(self._from_browser)


_TEXT = "document.body.innerText"


@pytest.fixture(scope="session")
def model():
    """A pipeline of six genres, fitted on five seconds each."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skgenre.datasets import make_genre_music
    from skgenre.features import MFCC, FramePooling

    genres = ["blues", "classical", "disco", "jazz", "metal", "reggae"]
    music = make_genre_music(12, genres=genres, duration=5.0, random_state=0)
    return make_pipeline(
        MFCC(duration=5.0), FramePooling(), StandardScaler(), LogisticRegression(C=0.1)
    ).fit(music.data, music.target)


@pytest.fixture(scope="session")
def server(model, clips, tmp_path_factory):
    import httpx

    from skgenre.persistence import save_model

    folder = tmp_path_factory.mktemp("server")
    save_model(model, folder / "six-genres.skops")
    options = ("--max-minutes", "2", "--max-megabytes", "20", "--keep-seconds", str(KEEP_SECONDS))
    server = Server(folder, "--model", "six-genres.skops", *options)
    yield server
    with (clips / "clip.ogg").open("rb") as file:
        httpx.post(f"{server.url}/gradio_api/upload", files={"files": file}).raise_for_status()
    assert "clip.ogg" in [file.name for file in server.files()]
    # What SIGTERM must do, after all that the tests did to it.
    server.stop()
    assert server.process.returncode == 0
    assert list(server.temporary.iterdir()) == []


@pytest.fixture(scope="session")
def browser():
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(
            "NO BROWSER: the page is NOT tested as people see it. Install chromium "
            "(Debian: apt-get install chromium), then run again."
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(executable, profile)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Ten seconds of music in every format, nine times as much, and what is no music."""
    from skgenre.datasets import make_genre_music

    folder = tmp_path_factory.mktemp("clips")
    y = make_genre_music(1, genres=["metal"], duration=10.0, random_state=5).data[0]
    for extension in ("wav", "mp3", "flac", "aiff"):
        soundfile.write(folder / f"clip.{extension}", y, SR)
    soundfile.write(folder / "long.mp3", np.tile(y, 9), SR)
    soundfile.write(folder / "clip.ogg", np.stack([y, y], axis=1), SR)
    (folder / "notes.txt").write_text("no music " * 100)
    (folder / "notes.mp3").write_text("no music " * 100)
    (folder / "empty.wav").touch()
    return folder
