"""The folder of uploads, and what an upload may take."""

import asyncio
import os
import time

import pytest

from skgenre.demo import Limits
from skgenre.demo._upload_folder import UploadFolder


def test_the_folder_keeps_what_is_in_use_and_what_is_new(tmp_path):
    folder = UploadFolder(tmp_path, keep_seconds=60)
    names = ("in_use", "new", "old")
    files = {name: tmp_path / f"{name}-folder" / "clip.wav" for name in names}
    for name, file in files.items():
        file.parent.mkdir()
        file.write_bytes(b"x" * 10)
        if name != "new":
            os.utime(file, (0, 0))
            os.utime(file.parent, (0, 0))
    assert folder.size() == 30
    with folder.use(files["in_use"]):
        folder.sweep()
        assert files["in_use"].exists()
        assert files["new"].exists()
        assert not files["old"].exists()
    folder.sweep()
    assert files["in_use"].exists()  # it was used a moment ago
    assert time.time() - files["in_use"].stat().st_mtime < 60


def test_the_folder_waits_for_what_was_not_used_yet(tmp_path):
    folder = UploadFolder(tmp_path, keep_seconds=2)
    files = [tmp_path / name for name in ("used", "unused", "forgotten")]
    for file, age in zip(files, (3, 3, 300), strict=True):
        file.touch()
        if file.name == "used":
            with folder.use(file):
                pass
        os.utime(file, (time.time() - age,) * 2)
    folder.sweep()
    assert [file.name for file in tmp_path.iterdir()] == ["unused"]


def test_a_slow_upload_is_broken_off(tmp_path):
    pytest.importorskip("starlette")
    from starlette.exceptions import HTTPException

    from skgenre.demo._request_limits import RequestLimits

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass

    async def receive_slowly():
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    limits = Limits(max_upload_seconds=0.2)
    served = RequestLimits(app, limits, UploadFolder(tmp_path, 1))
    scope = {"type": "http", "method": "POST", "headers": []}
    with pytest.raises(HTTPException, match=r"longer than 0\.2 s") as caught:
        asyncio.run(served(scope, receive_slowly, None))
    assert caught.value.status_code == 408


def test_a_large_upload_is_refused_by_what_it_announces(tmp_path):
    pytest.importorskip("starlette")
    from skgenre.demo._request_limits import RequestLimits

    sent = []

    async def receive():
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message):
        sent.append(message)

    limits = Limits(max_megabytes=1)
    served = RequestLimits(None, limits, UploadFolder(tmp_path, 1))
    headers = [(b"content-length", b"2000000")]
    scope = {"type": "http", "method": "POST", "headers": headers}
    asyncio.run(served(scope, receive, send))
    assert sent[0]["status"] == 413
    assert b"larger than the 1 MB" in sent[1]["body"]


def test_uploads_are_refused_while_too_much_is_stored(tmp_path):
    pytest.importorskip("starlette")
    from skgenre.demo._request_limits import RequestLimits

    limits = Limits(max_megabytes=0.001, n_workers=1, max_waiting=1)
    (tmp_path / "stored").write_bytes(bytes(limits.max_stored_bytes + 1))
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message):
        sent.append(message)

    served = RequestLimits(None, limits, UploadFolder(tmp_path, 1))
    scope = {"type": "http", "method": "POST", "headers": []}
    asyncio.run(served(scope, receive, send))
    assert sent[0]["status"] == 503
    assert b"Too many clips are stored" in sent[1]["body"]


def test_an_upload_that_pauses_or_drips_is_broken_off(tmp_path, monkeypatch):
    pytest.importorskip("starlette")
    from starlette.exceptions import HTTPException

    from skgenre.demo import _request_limits

    monkeypatch.setattr(_request_limits, "_PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(_request_limits, "_BEGIN_SECONDS", 0.1)

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass

    async def receive_never():
        await asyncio.sleep(1000)

    async def receive_drops():
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    def serve(receive):
        served = _request_limits.RequestLimits(app, Limits(), UploadFolder(tmp_path, 1))
        asyncio.run(served({"type": "http", "method": "POST", "headers": []}, receive, None))

    with pytest.raises(HTTPException, match=r"paused for more than 0\.2 s"):
        serve(receive_never)
    with pytest.raises(HTTPException, match="slower than 5 kB a second"):
        serve(receive_drops)


def test_a_few_uploads_at_a_time(tmp_path):
    pytest.importorskip("starlette")
    from skgenre.demo._request_limits import RequestLimits

    async def send_three():
        gate = asyncio.Event()
        sent = []

        async def app(scope, receive, send):
            await gate.wait()

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        limits = Limits(n_workers=1, max_waiting=1)
        served = RequestLimits(app, limits, UploadFolder(tmp_path, 1))
        scope = {"type": "http", "method": "POST", "headers": []}
        tasks = [asyncio.create_task(served(scope, receive, send)) for _ in range(3)]
        await asyncio.sleep(0.1)
        gate.set()
        await asyncio.gather(*tasks)
        return sent

    start, body = asyncio.run(send_three())
    assert start["status"] == 503
    assert b"Too many clips are being sent" in body["body"]


def test_many_small_files_fill_the_folder(tmp_path):
    folder = UploadFolder(tmp_path, keep_seconds=60)
    for _ in range(5):
        folder.new_path("a.wav").write_bytes(b"x")
    assert not folder.is_full(5, 5)
    assert folder.is_full(4, 5)
    assert folder.is_full(5, 4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("song.mp3", "song.mp3"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\evil.wav", "evil.wav"),
        ("..", "clip"),
        ("", "clip"),
        (".hidden", "hidden"),
        ("a\nb\0c.wav", "abc.wav"),
        ("é" * 300 + ".flac", "é" * 100 + ".flac"),
        ("a." + "b" * 300, "a." + "b" * 20),
        ("50 % über #1?.wav", "50 % über #1?.wav"),
    ],
)
def test_the_name_of_an_upload_is_kept_and_leads_nowhere(tmp_path, name, expected):
    folder = UploadFolder(tmp_path, keep_seconds=60)
    path = folder.new_path(name)
    path.touch()
    assert path.name == expected
    assert path.parent.parent == tmp_path
    assert folder.has(str(path))
    assert not folder.has(str(tmp_path / "x" / ".." / path.relative_to(tmp_path)))
