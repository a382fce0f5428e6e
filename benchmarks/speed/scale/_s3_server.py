"""An S3 server (moto's) in a process of its own, whose requests are counted."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BUCKET = "music"
_KEY = "benchmark"
_WAIT = 60.0  # seconds


class S3Server:
    """A server on loopback with one bucket.

    Parameters
    ----------
    process : Popen
        Its process.
    url : str
        Its address.
    log : Path
        Its log, with a line for each request.
    """

    def __init__(self, process: Any, url: str, log: Path) -> None:
        import boto3

        self._process = process
        self._log = log
        self._client = boto3.Session(_KEY, _KEY, region_name="us-east-1").client(
            "s3", endpoint_url=url
        )
        self._client.create_bucket(Bucket=BUCKET)

    def put(self, path: str) -> str:
        """Store a file, and return its URL."""
        name = Path(path).name
        self._client.put_object(Bucket=BUCKET, Key=name, Body=Path(path).read_bytes())
        return f"s3://{BUCKET}/{name}"

    def count_requests(self) -> int:
        """Return the number of requests so far."""
        return sum("HTTP/1.1" in line for line in self._log.read_text().splitlines())

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server so far."""
        import psutil

        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def start_s3() -> Iterator[S3Server]:
    """Start a server, make it the S3 of this process, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ACCESS_KEY_ID": _KEY,
        "AWS_SECRET_ACCESS_KEY": _KEY,
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    before = {name: os.environ.get(name) for name in environment}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                stdout=output,
                stderr=output,
            )
        os.environ |= environment
        try:
            _wait_for(port)
            yield S3Server(process, url, log)
        finally:
            process.terminate()
            process.wait()
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _wait_for(port: int) -> None:
    end = time.monotonic() + _WAIT
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > end:
            raise TimeoutError(f"moto does not answer at port {port}")
        time.sleep(0.1)
