"""Requests that no browser sends, to the running server."""

import contextlib
import socket
import time

import pytest

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.needs("gradio")

SECONDS = 60  # of an answer, generous
ROUTES = (
    *("/", "/config", "/theme.css", "/predict", "/robots.txt", "/gradio_api/upload"),
    *("/gradio_api/info", "/gradio_api/queue/data", "/gradio_api/queue/join"),
    *("/gradio_api/file=/etc/passwd", "/gradio_api/heartbeat/abc", "/nothing"),
)


def connect(server):
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def talk(server, text, seconds=SECONDS):
    """Send bytes and return what is answered until the server closes the connection."""
    answer = b""
    with connect(server) as connection:
        connection.settimeout(seconds)
        connection.sendall(text)
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while data := connection.recv(1 << 16):
                answer += data
    return answer


@pytest.fixture(autouse=True)
def server_is_unharmed(server):
    size = server.log.stat().st_size
    yield
    assert httpx.get(server.url, timeout=SECONDS).status_code == 200
    assert "Traceback" not in server.log.read_text()[size:]


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 5",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length: 99999999999999999999999999",
    ],
)
def test_an_ambiguous_length_smuggles_no_second_request(server, headers):
    text = f"POST /gradio_api/queue/join HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n"
    text += "0\r\n\r\nGET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = talk(server, text.encode())
    assert answer.count(b"HTTP/1.1 ") == 1, answer[:500]
    assert answer.split()[1] in (b"400", b"501"), answer[:500]


def test_head_has_no_body_and_no_other_code_than_get(server):
    for route in ROUTES:
        head = httpx.head(f"{server.url}{route}", timeout=SECONDS)
        assert head.content == b""
        if route not in ("/gradio_api/queue/data", "/gradio_api/heartbeat/abc"):  # endless
            get = httpx.get(f"{server.url}{route}", timeout=SECONDS)
            assert head.status_code == get.status_code, route
        assert head.status_code < 500, route


def test_a_websocket_is_refused_and_fills_no_log(server):
    size = server.log.stat().st_size
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for route in ("/nothing", "/robots.txt") * 25:
        text = f"GET {route} HTTP/1.1\r\nHost: a\r\n{upgrade}\r\n"
        with connect(server) as connection:
            connection.sendall(text.encode())
            assert b" 101 " not in connection.recv(100)
    for _ in range(50):
        assert b" 400 " in talk(server, b"\x16\x03\x01\x02\0\r\n\r\n")
    assert server.log.stat().st_size - size < 1000


@pytest.mark.parametrize(
    "path",
    [
        "/?" + "a=b&" * 5000,
        "/predict?timeline=" + "1" * 20_000,
        "/gradio_api%2Ffile=/etc/passwd",
        "/gradio_api/file=%2Fetc%2Fpasswd",
        "/gradio_api/file=..%2f..%2f..%2fetc%2fpasswd",
        "/gradio_api/file=%252Fetc%252Fpasswd",
        "/gradio_api/file=/etc/passwd%00.wav",
        "/assets/..%2f..%2fmain.py",
        "/static/%2e%2e/%2e%2e/main.py",
        "//etc/passwd",
        "http://127.0.0.1:1/etc/passwd",
        "/%ff%fe",
        "*",
    ],
)
def test_no_spelling_of_an_address_gives_a_file(server, path):
    answer = talk(server, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    status = int(answer.split()[1])
    assert status in ((200,) if path.startswith("/?") else (400, 403, 404, 405)), answer[:300]
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=" + ",".join(f"{n}-{n}" for n in range(3000)),
        "bytes=" + "0-," * 5000,
        "bytes=-1",
        "bytes=5-2",
        "bytes=" + "9" * 5000 + "-",
        "bytes=0-" + "9" * 5000,
        "bytes=a-b",
        "bytes=\xb2-",
        "lines=0-5",
    ],
)
def test_ranges_give_no_more_than_the_clip(server, clips, ranges):
    data = (clips / "clip.ogg").read_bytes()
    upload = httpx.post(f"{server.url}/gradio_api/upload", files={"files": ("c.ogg", data)})
    url = f"{server.url}/gradio_api/file={upload.json()[0]}"
    for more in ({}, {"If-Range": '"other"'}, {"If-Range": "Mon, 99 Foo 2026"}):
        headers = {"Range": ranges.encode("latin-1"), **more}
        answer = httpx.get(url, headers=headers, timeout=SECONDS)
        assert answer.status_code < 500, answer.text
        assert len(answer.content) < 2 * len(data) + 1000


@pytest.mark.parametrize(
    "name",
    [
        b"a\0b.wav",
        b"\xff\xfe.wav",
        "\u202egnp.wav".encode(),
        b"\xed\xa0\x80.wav",
        "\U0001f3b5".encode() * 200 + b".wav",
        b"",
        b".",
        b"..",
        b"CON.wav",
        b"a\r\tb.wav",
    ],
    ids=range(10),
)
def test_no_name_of_a_file_breaks_anything(server, clips, name):
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
    form += (clips / "clip.ogg").read_bytes() + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    url = f"{server.url}/predict"
    answer = httpx.post(url, content=form, headers=headers, timeout=SECONDS)
    assert answer.status_code in (200, 422), answer.text
    assert str(server.temporary) not in answer.text


def test_bodies_without_end_keep_no_connection(server):
    begin = b"GET /robots.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(begin)
        started = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < started + SECONDS:
                connection.sendall(b"1\r\na\r\n")
                time.sleep(0.5)
            pytest.fail("the connection was still open")


def test_a_header_of_gradio_s_proxy_changes_no_address(server):
    headers = {"X-Gradio-Server": "http://evil.example"}
    for path in ("/", "/config"):
        assert "evil.example" not in httpx.get(server.url + path, headers=headers).text
