"""Calls of the page's functions."""

import json
import re
import urllib.parse
from typing import Any

from ._upload_folder import UploadFolder

_SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
_MAX_NUMBER = 1 << 31
_MAX_NAME = 1000


class InvalidCallError(Exception):
    """A request body that no page sends."""


class Calls:
    """Validates calls of a page's functions.

    Parameters
    ----------
    n_inputs : dict of int to int
        Number of values that each function takes, by the function's number. Each value is an
        uploaded clip or None.
    """

    def __init__(self, n_inputs: dict[int, int]) -> None:
        self._n_inputs = n_inputs

    def check(self, body: bytes, folder: UploadFolder) -> dict[str, Any]:
        """Return an equivalent call that contains only checked values.

        Raises InvalidCallError.
        """
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            raise InvalidCallError from None
        if not isinstance(call, dict):
            raise InvalidCallError
        number, data, session = call.get("fn_index"), call.get("data"), call.get("session_hash")
        if type(number) is not int or number not in self._n_inputs:
            raise InvalidCallError
        if not isinstance(data, list) or len(data) != self._n_inputs[number]:
            raise InvalidCallError
        if session is not None and not (isinstance(session, str) and _SESSION.fullmatch(session)):
            raise InvalidCallError
        trigger = call.get("trigger_id")
        if trigger is not None and not _is_number(trigger):
            raise InvalidCallError
        return {
            "data": [None if clip is None else _check_clip(clip, folder) for clip in data],
            "fn_index": number,
            "session_hash": session,
            "trigger_id": trigger,
            "event_data": None,
        }


def _check_clip(clip: Any, folder: UploadFolder) -> dict[str, Any]:
    if not isinstance(clip, dict) or clip.get("meta") != {"_type": "gradio.FileData"}:
        raise InvalidCallError
    path, url, name, size = (clip.get(key) for key in ("path", "url", "orig_name", "size"))
    if not isinstance(path, str) or not folder.has(path):
        raise InvalidCallError
    if url is not None and not _is_url_of(url, path):
        raise InvalidCallError
    if name is not None and not (isinstance(name, str) and _is_name(name)):
        raise InvalidCallError
    return {
        "path": path,
        "orig_name": name,
        "size": size if _is_number(size) else None,
        "meta": {"_type": "gradio.FileData"},
    }


def _is_url_of(url: Any, path: str) -> bool:
    """Return whether a URL is the one with which the page plays the clip; it is not used."""
    if not isinstance(url, str):
        return False
    found = url.partition("/gradio_api/file=")[2]
    return path in (found, urllib.parse.unquote(found))


def _is_name(name: str) -> bool:
    return len(name) <= _MAX_NAME and not re.search(r"[/\\\0]", name)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MAX_NUMBER
