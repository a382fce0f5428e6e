"""Paths that may be URLs: ``s3://``, ``https://`` and whatever else fsspec has a protocol for.

Nothing of fsspec is imported before there is a URL.
"""

import functools
import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from ._secrets import hide_secrets

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+")
# What pathlib leaves of "s3://music". A single letter is a drive of Windows.
_LOST_SLASH = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(?!/)")
_LOCAL = ("file", "local")
_WEB = ("http", "https")


class Url(os.PathLike[str]):
    """Address of a file that fsspec reads.

    ``os.fspath(url)`` is all of it; ``str(url)``, for people, leaves out credentials and queries.

    Parameters
    ----------
    text : str
        The address.

    Attributes
    ----------
    status : object or None
        What the store says about the file, kept for as long as this object is used.
    ahead : object or None
        The reading of the file that began before it is opened.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.status: Any = None
        self.ahead: Any = None

    def __fspath__(self) -> str:
        return self._text

    def __str__(self) -> str:
        return hide_secrets(self._text)

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[type["Url"], tuple[str]]:
        return Url, (self._text,)

    @property
    def scheme(self) -> str:
        """Its protocol; of a chain, the first one."""
        return scheme_of(self._text) or ""

    @property
    def name(self) -> str:
        """Name of the file, without folders."""
        return self._path.name

    @property
    def stem(self) -> str:
        """Name of the file without its extension."""
        return self._path.stem

    @property
    def suffix(self) -> str:
        """Extension of the file's name, with its dot."""
        return self._path.suffix

    @property
    def _path(self) -> PurePosixPath:
        inside = (link.partition("://")[2] for link in str(self).split("::"))
        return PurePosixPath(next(filter(None, inside), ""))

    @property
    def parent(self) -> "Url":
        """Address of the folder of the file, without the query, which belongs to the file."""
        return self._with(lambda inside: inside.rpartition("/")[0])

    def joinpath(self, relative: str) -> "Url":
        """Return the address of a file in this folder."""
        is_web = self.scheme in _WEB
        name = quote(relative, safe="/ :@!$&'()*+,;=~") if is_web else relative
        return self._with(lambda inside: f"{inside.rstrip('/')}/{name}" if inside else name)

    def _with(self, change: Callable[[str], str]) -> "Url":
        """Return a URL with another path, in a chain that of the file."""
        parts = self._text.split("::")
        place = next(i for i, part in enumerate(parts) if "://" in part)
        scheme, _, inside = parts[place].partition("://")
        if scheme in _WEB:
            inside = re.split("[?#]", inside, maxsplit=1)[0]
        parts[place] = f"{scheme}://{change(inside)}"
        return Url("::".join(parts))


def has_lost_slash(path: str | os.PathLike) -> bool:
    """Tell what pathlib leaves of a URL, such as "s3:/music" of "s3://music"."""
    return _LOST_SLASH.match(os.fspath(path)) is not None


def as_path(path: str | os.PathLike) -> Path | Url:
    """Return a path as a `Url` if it is one, else as a `Path`.

    A URL is text with ``scheme://``, or a chain such as ``zip://song.mp3::s3://music/songs.zip``.
    ``file://`` is a local path, written as :meth:`pathlib.Path.as_uri` does.

    Raises
    ------
    ValueError
        If fsspec has no such protocol, or pathlib removed a slash from a URL.
    ImportError
        If fsspec, or the library for the protocol, is not installed.
    """
    if isinstance(path, Url):
        return path
    text = os.fspath(path)
    if not isinstance(text, str) or ":/" not in text:
        return Path(text)
    if "://" not in text:
        _refuse_lost_slash(text)
        return Path(text)
    scheme = scheme_of(text)
    if scheme is None:
        return Path(text)
    if scheme in _LOCAL and "::" not in text:
        return _local_path(text)
    for link in links(text):
        _require(link, text)
    return Url(scheme + text[len(scheme) :])


def local_folder(path: str | os.PathLike, user: str) -> Path:
    """Return the path of a folder that has to be on this computer; refuse a URL.

    Parameters
    ----------
    path : str or PathLike
        The folder.
    user : str
        Function or parameter that uses it, for the message.
    """
    if is_url(path):
        raise ValueError(
            f"{user} takes a folder of this computer, got the URL {hide_secrets(str(path))}. "
            f"Mount or download it."
        )
    found = as_path(path)
    assert isinstance(found, Path)
    return found


def is_url(path: Any) -> bool:
    """Tell whether a path is the text of a URL, or a `Url`; nothing is imported."""
    if isinstance(path, Url):
        return True
    scheme = scheme_of(path) if isinstance(path, str) else None
    return scheme is not None and (scheme not in _LOCAL or "::" in path)


def links(text: str) -> list[str]:
    """Return the protocols of a URL, those of a chain in turn, as fsspec tells them from paths."""
    parts = [part.partition("://") for part in text.split("::")]
    names = [name.lower() for name, sign, _ in parts if sign or re.fullmatch("[a-z]+", name)]
    return [name for name in names if _SCHEME.fullmatch(name)]


def scheme_of(text: str) -> str | None:
    """Return the protocol of a URL in lower case, of a chain the first one; None for a path."""
    if "://" not in text:
        return None
    found = _SCHEME.match(text)
    is_one = found is not None and text.startswith(("://", "::"), found.end())
    return found[0].lower() if found is not None and is_one else None


def _refuse_lost_slash(text: str) -> None:
    found = _LOST_SLASH.match(text)
    if found is None or os.path.lexists(text):
        return
    url = hide_secrets(text.replace(":/", "://", 1))
    raise ValueError(
        f"{url.replace('://', ':/', 1)}: a URL has two slashes after its colon, and pathlib "
        f"removes one. Pass text, not a Path: {url!r}."
    )


def _local_path(text: str) -> Path:
    """Return the path of a ``file://`` URL."""
    from urllib.request import url2pathname

    rest = text.partition("://")[2].removeprefix("localhost")
    if os.name != "nt" and not rest.startswith("/"):
        raise ValueError(
            f"{hide_secrets(text)}: a file URL of this computer has three slashes and a whole "
            f"path, as in file:///home/me/song.mp3."
        )
    return Path(url2pathname(rest))


def _require(scheme: str, text: str) -> None:
    """Refuse a protocol that can't be used, and say what is to be installed."""
    try:
        _import(scheme)
    except (ImportError, ValueError) as error:
        kind, reason = type(error), str(error)
    else:
        return
    raise kind(f"{hide_secrets(text)}: {reason}")


@functools.cache
def _import(scheme: str) -> None:
    try:
        from fsspec.registry import get_filesystem_class, known_implementations
    except ImportError:
        raise ImportError(
            "files that are not on this computer need fsspec: pip install 'skgenre[cluster]'."
        ) from None
    try:
        get_filesystem_class(scheme)
    except ImportError as error:
        raise ImportError(f"{scheme}:// needs {_missing(scheme, error)}.") from None
    except ValueError:
        names = ("s3", "gs", "abfs", "https", "zip")
        known = ", ".join(f"{name}://" for name in names if name in known_implementations)
        raise ValueError(
            f"there is no protocol {scheme}:// in fsspec. Use one of its own ({known} and others), "
            f"or install the package that registers it. If this is a local file, pass a "
            f"pathlib.Path."
        ) from None


def _missing(scheme: str, error: ImportError) -> str:
    """Name the package that a protocol needs."""
    from fsspec.registry import known_implementations

    package = known_implementations[scheme]["class"].partition(".")[0]
    if package == "s3fs" or scheme in ("http", "https"):
        return "a library that is not installed: pip install 'skgenre[cluster]'"
    if package != "fsspec":
        return f"the package {package}: pip install {package}"
    return f"a library that is not installed ({str(error).rstrip('.')})"
