"""Damaged sound files, sent to the server."""

import io

import numpy as np
import pytest
import soundfile

from .conftest import SR

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.needs("gradio")

FORMATS = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3", "aiff": "AIFF"}


def make_files():
    rng = np.random.default_rng(0)
    y = 0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * SR) / SR) + 0.05 * rng.normal(size=3 * SR)
    files = {}
    for extension, name in FORMATS.items():
        file = io.BytesIO()
        soundfile.write(file, y, SR, format=name)
        files[extension] = file.getvalue()
    return files


def mutate(data, rng):
    """Flip bytes anywhere, or in the header, or cut, or cut out."""
    data = np.frombuffer(data, np.uint8).copy()
    kind = rng.integers(4)
    if kind < 2:
        end = len(data) if kind == 0 else 64
        places = rng.integers(end, size=rng.integers(1, 20))
        data[places] = rng.integers(256, size=len(places))
        return data.tobytes()
    first, last = np.sort(rng.integers(len(data), size=2))
    if kind == 2:
        return data[:last].tobytes()
    return np.delete(data, np.s_[first:last]).tobytes()


def send_all(server, n_files, seed):
    rng = np.random.default_rng(seed)
    files = make_files()
    statuses = []
    with httpx.Client(timeout=60) as client:
        for number in range(n_files):
            extension = list(FORMATS)[number % len(FORMATS)]
            name = f"damaged-{number}.{extension}"
            data = mutate(files[extension], rng)
            answer = client.post(f"{server.url}/predict", files={"file": (name, data)})
            statuses.append(answer.status_code)
            if answer.status_code == 200:
                total = sum(genre["probability"] for genre in answer.json()["genres"])
                assert total == pytest.approx(1)
            else:
                assert answer.status_code in (413, 422), answer.text
                assert name in answer.json()["error"]
    return statuses


def test_300_damaged_files_are_answered(server):
    send_all(server, 60, seed=0)
    before, others = server.memory(), set(server.files())
    statuses = send_all(server, 300, seed=1)
    assert {200, 422} <= set(statuses)
    assert server.memory() < 1.1 * before
    assert set(server.files()) <= others
    assert "Traceback" not in server.log.read_text()
