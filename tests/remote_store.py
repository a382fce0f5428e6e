"""Servers on this machine for tests of remote files: S3 with credentials, HTTP, a faulty proxy."""

import contextlib
import http.server
import os
import socket
import threading
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

BUCKET = "music"
_HOST = "127.0.0.1"


class Request(NamedTuple):
    """A request that a server got: its method, path with query, and range of bytes."""

    method: str
    path: str
    range: str


class S3Store:
    """An S3 server (moto's) on loopback that checks credentials, with one bucket.

    ``s3://music/<key>`` is found by any process whose environment has :attr:`environment`.

    Attributes
    ----------
    url : str
        Address of the server.
    access_key, secret_key : str
        Credentials of the only user.
    environment : dict of str to str
        Environment variables by which s3fs and other libraries reach the server.
    requests : list of Request
        All requests so far.
    """

    def __init__(self) -> None:
        import boto3
        from moto import settings
        from moto.core.authorization import ActionAuthenticatorMixin
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Handler(WSGIRequestHandler):
            protocol_version = "HTTP/1.1"

            def log(self, *_):
                pass

        self.requests: list[Request] = []
        application = DomainDispatcherApplication(create_backend_app)

        def count(environ, start_response):
            query = environ.get("QUERY_STRING", "")
            path = environ["PATH_INFO"] + (f"?{query}" if query else "")
            request = Request(environ["REQUEST_METHOD"], path, environ.get("HTTP_RANGE", ""))
            self.requests.append(request)
            return application(environ, start_response)

        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        self._server = make_server(_HOST, 0, count, threaded=True, request_handler=Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://{_HOST}:{self._server.server_port}"

        session = boto3.Session("nobody", "nothing", region_name="us-east-1")
        iam = session.client("iam", endpoint_url=self.url)
        iam.create_user(UserName="listener")
        key = iam.create_access_key(UserName="listener")["AccessKey"]
        policy = (
            '{"Version": "2012-10-17", "Statement": '
            '[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        )
        iam.put_user_policy(UserName="listener", PolicyName="all", PolicyDocument=policy)
        session.client("s3", endpoint_url=self.url).create_bucket(Bucket=BUCKET)
        ActionAuthenticatorMixin.request_count = 0
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0  # from now on every request is checked

        self.access_key, self.secret_key = key["AccessKeyId"], key["SecretAccessKey"]
        self.environment = {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
            "NO_PROXY": _HOST,
            "no_proxy": _HOST,
        }
        self.client = boto3.Session(
            self.access_key, self.secret_key, region_name="us-east-1"
        ).client("s3", endpoint_url=self.url)

    def put(self, key: str, content: bytes | Path, bucket: str = BUCKET) -> str:
        """Store an object, the content of a file or bytes, and return its URL."""
        body = content.read_bytes() if isinstance(content, Path) else content
        self.client.put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"

    def delete(self, key: str, bucket: str = BUCKET) -> None:
        """Remove an object."""
        self.client.delete_object(Bucket=bucket, Key=key)

    def get(self, key: str, bucket: str = BUCKET) -> bytes:
        """Return the content of an object."""
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def list(self, prefix: str = "", bucket: str = BUCKET) -> list[str]:
        """Return the keys of all objects with a prefix, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", ()))

    def clear(self) -> None:
        """Remove all objects, and forget the requests."""
        for key in self.list():
            self.delete(key)
        self.requests.clear()

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()


_environments: list[dict[str, str]] = []


def connect_anew() -> None:
    """Forget connections made with another environment than that of the last call."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if _environments != [environment]:
        forget_connections()
        _environments[:] = [environment]


def forget_connections() -> None:
    """Make fsspec open new connections: its old ones keep their credentials."""
    import fsspec

    _environments.clear()

    for name in ("s3", "http", "https"):
        with contextlib.suppress(ImportError):
            fsspec.get_filesystem_class(name).clear_instance_cache()


class HttpServer:
    """A server of a folder over HTTP/1.1, with or without ranges of bytes and sizes.

    Attributes
    ----------
    url : str
        Address of the folder.
    requests : list of Request
        All requests so far.
    has_ranges, has_size, has_etag : bool
        Whether it sends ranges, the sizes of files, and ETags.
    """

    def __init__(self, folder: Path) -> None:
        self.requests: list[Request] = []
        self.has_ranges = self.has_size = self.has_etag = True
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                store._answer(self, folder)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((_HOST, 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://{_HOST}:{self._server.server_port}"

    def _answer(self, handler: http.server.BaseHTTPRequestHandler, folder: Path) -> None:
        wanted = handler.headers.get("Range", "")
        self.requests.append(Request(handler.command, handler.path, wanted))
        path = folder / handler.path.partition("?")[0].lstrip("/")
        if not path.is_file():
            handler.send_error(404)
            return
        content = path.read_bytes()
        status, part = 200, content
        if self.has_ranges and wanted.startswith("bytes="):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(content) - int(last))
            stop = min(int(last) + 1, len(content)) if first and last else len(content)
            if start >= len(content):
                handler.send_error(416)
                return
            status, part = 206, content[start:stop]
        handler.send_response(status)
        if status == 206:
            handler.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        if self.has_ranges:
            handler.send_header("Accept-Ranges", "bytes")
        if self.has_etag:
            stamp = path.stat().st_mtime_ns
            handler.send_header("ETag", f'"{stamp}-{len(content)}"')
            handler.send_header("Last-Modified", formatdate(stamp / 1e9, usegmt=True))
        if self.has_size:
            handler.send_header("Content-Length", str(len(part)))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        if handler.command == "GET":
            with contextlib.suppress(ConnectionError):
                handler.wfile.write(part)
        if not self.has_size:
            handler.close_connection = True

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()


class DroppingProxy:
    """A TCP proxy that closes each connection after some bytes of the answer.

    Attributes
    ----------
    url : str
        Address to use in place of the server's.
    n_bytes : int or None
        Bytes of answers that pass on a connection; None passes all.
    """

    def __init__(self, url: str, n_bytes: int | None = None) -> None:
        host, _, port = url.rpartition("/")[2].partition(":")
        self._target = (host, int(port))
        self.n_bytes = n_bytes
        self._listener = socket.create_server((_HOST, 0))
        self.url = f"http://{_HOST}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            threading.Thread(target=_pump, args=(client, server, None), daemon=True).start()
            threading.Thread(target=_pump, args=(server, client, self.n_bytes), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


def _pump(source: socket.socket, target: socket.socket, n_bytes: int | None) -> None:
    """Pass bytes on until the end of a connection, or until `n_bytes` have passed."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 14):
            if n_bytes is not None:
                data, n_bytes = data[:n_bytes], n_bytes - len(data)
            target.sendall(data)
            if n_bytes is not None and n_bytes <= 0:
                break
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextlib.contextmanager
def closing(server) -> Iterator:
    """Yield a server, and end it."""
    try:
        yield server
    finally:
        server.close()
