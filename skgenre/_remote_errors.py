"""Errors of remote files in words, without the secrets of their URLs."""

import os
import re
from collections.abc import Iterator

from ._secrets import hide_parts
from ._urls import Url

_LONGEST = 300  # characters of a library's own message
_STATUS = re.compile("^[0-9]{3}, message: ?")  # of aiohttp, for what is no answer too
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "NoCredentials")
_REFUSED = (401, 403, 407)
_ABSENT = (404, 410)


class RemoteFileError(OSError):
    """A remote file can't be read. The message gives the reason, without the URL."""


class RemoteFileNotFoundError(RemoteFileError, FileNotFoundError):
    """There is no such remote file, bucket or archive."""


def explain(error: BaseException, url: Url) -> RemoteFileError:
    """Return an error that says why a remote file can't be read, and what to do.

    Raise it from None: a traceback would print the library's own error, which may have all of the
    URL.
    """
    if isinstance(error, RemoteFileError):
        return error
    errors = list(_causes(error))
    names = [type(one).__name__ for one in errors]
    text = _quote(errors, url)
    statuses = {status for one in errors for status in _statuses(one)}
    if any(name in _NO_CREDENTIALS for name in names):
        return RemoteFileError(
            "no credentials were found. Set them as the store's library reads them, for S3 with "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile, or for public files with "
            "FSSPEC_S3_ANON=true"
        )
    is_absent = any(isinstance(one, FileNotFoundError) for one in errors)
    if statuses & set(_REFUSED) or any(isinstance(one, PermissionError) for one in errors):
        return RemoteFileError(
            f"access is refused ({text}). Check the credentials and their permissions"
        )
    if any(isinstance(one, IsADirectoryError) for one in errors):
        return RemoteFileError("this is a folder, not a file. Give its files one by one")
    if "bucket" in text.lower() and "not exist" in text.lower():
        return RemoteFileNotFoundError("there is no such bucket. Check its name and the region")
    causes = [one for one in errors if not isinstance(one, FileNotFoundError)]
    if statuses & set(_ABSENT) or (is_absent and not causes):
        return RemoteFileNotFoundError("there is no such file. Check its name")
    if isinstance(error, KeyError) and url.scheme in ("zip", "tar"):
        return RemoteFileNotFoundError("there is no such file in the archive. Check its name")
    if any("Timeout" in name for name in names):
        return RemoteFileError(f"the server did not answer in time ({text}). Try again later")
    if any("Endpoint" in name or "Connector" in name for name in names):
        return RemoteFileError(
            f"the server can't be reached ({text}). Check its address and the connection"
        )
    return RemoteFileError(
        f"reading it stopped with an error ({text}). Check the URL, or try again"
    )


def _quote(errors: list[BaseException], url: Url) -> str:
    """Return the message of the innermost error that has one other than the URL."""
    for error in reversed(errors):
        text = _STATUS.sub("", " ".join(str(error).split())).rstrip(".")
        text = hide_parts(text, os.fspath(url))
        if text and not text.endswith((str(url), str(url).partition("://")[2])):
            return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return type(errors[-1]).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _statuses(error: BaseException) -> Iterator[int]:
    """Yield HTTP statuses of an error of aiohttp, requests or botocore."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        metadata = response.get("ResponseMetadata", {})
        values = [metadata.get("HTTPStatusCode")]
    else:
        values = [getattr(error, "status", None), getattr(response, "status_code", None)]
    yield from (value for value in values if isinstance(value, int))
