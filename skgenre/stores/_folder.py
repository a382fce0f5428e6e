"""A folder of files on a disk, or below a URL that fsspec knows."""

import contextlib
import copy
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .._files import replacing
from .._remote_errors import explain
from .._secrets import hide_secrets
from .._shown_text import show
from .._urls import Url, as_path

# Of a machine's own process, which other processes don't see.
_IN_MEMORY = {"memory"}


def show_url(url: str | os.PathLike) -> str:
    """Return a path or URL in one line for display, without credentials and queries."""
    return show(hide_secrets(os.fspath(url)))


class Folder:
    """A folder of files on a disk, or below a URL. It can be pickled, and shared by threads.

    Parameters
    ----------
    url : str or PathLike
        A path, or a URL as in "s3://bucket/folder".
    storage_options : dict or None, default=None
        Options of the file system, such as keys and endpoints.

    Attributes
    ----------
    url : str
        The absolute path or URL, without a slash at its end.
    shown : str
        The same for display, without credentials.
    filesystem : fsspec.AbstractFileSystem
        The file system.
    root : str
        The path of the folder in it.
    is_local : bool
        Whether it is on a disk of this machine, or mounted as one.
    is_in_memory : bool
        Whether other processes don't see it.

    Raises
    ------
    ImportError
        If fsspec, or a library that it needs for the URL, is missing.
    ValueError
        If the URL has an unknown scheme.
    """

    def __init__(
        self, url: str | os.PathLike, storage_options: dict[str, Any] | None = None
    ) -> None:
        self.shown = show_url(url)
        try:
            import fsspec
        except ImportError as error:
            raise ImportError(
                "A store of features needs fsspec: pip install 'skgenre[cluster]'."
            ) from error
        place = as_path(url)
        # Workers may have another current folder.
        place = place if isinstance(place, Url) else place.absolute()
        self.url = os.fspath(place).rstrip("/")
        self.storage_options = storage_options
        self.is_local = not isinstance(place, Url)
        with self.errors():
            # Only of a URL: the name of a local folder may have "::", too.
            options = storage_options or {}
            self.filesystem, root = (
                (fsspec.filesystem("file", **options), Path(place).as_posix())
                if self.is_local
                else fsspec.url_to_fs(self.url, **options)
            )
        self.root = str(root).rstrip("/")
        protocol = self.filesystem.protocol
        protocols = {protocol} if isinstance(protocol, str) else set(protocol)
        self.is_in_memory = bool(protocols & _IN_MEMORY)

    @property
    def parent(self) -> "Folder":
        """The folder that this one is in."""
        parent = copy.copy(self)
        # Not by its URL: that of memory://mel.zarr has no folder in it.
        parent.url = self.url.replace(os.sep, "/").rpartition("/")[0]
        parent.shown = show_url(parent.url)
        parent.root = self.root.rpartition("/")[0]
        return parent

    def path(self, name: str = "") -> str:
        """Return the path of a file in the file system."""
        return f"{self.root}/{name}" if name else self.root

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if it is not there."""
        with self.errors():
            try:
                return self.filesystem.cat_file(self.path(name))
            except (FileNotFoundError, NotADirectoryError):
                return None

    def read_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the contents of files by name, read at once, of those that are there."""
        if not names:
            return {}
        paths = list(map(self.path, names))
        with self.errors():
            # Not cat, for which a name with [, * or ? is a pattern.
            contents = self.filesystem.cat_ranges(paths, None, None, on_error="return")
            for content in contents:
                if isinstance(content, Exception) and not isinstance(content, FileNotFoundError):
                    raise content
        return {
            name: content
            for name, content in zip(names, contents, strict=True)
            if not isinstance(content, Exception)
        }

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with self.errors(), contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(self.path(name))

    def write(self, name: str, content: bytes) -> None:
        """Write a file that is complete or not there; it takes the place of an old one."""
        path = self.path(name)
        with self.errors():
            if self.is_local:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                with replacing(Path(path)) as file:
                    file.write(content)
            else:
                self.filesystem.pipe_file(path, content)

    def names(self, folder: str = "") -> list[str]:
        """Return the names in a folder, sorted; empty if it is not there."""
        with self.errors():
            self.filesystem.invalidate_cache()  # other machines write, too
            try:
                found = self.filesystem.ls(self.path(folder), detail=False)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(filter(None, (str(path).rstrip("/").rpartition("/")[2] for path in found)))

    def zarr_store(self, *, read_only: bool) -> Any:
        """Return the folder as a store of Zarr.

        Raises
        ------
        ImportError
            If Zarr is missing.
        """
        try:
            from zarr.storage import FsspecStore, LocalStore
        except ImportError as error:
            raise ImportError(
                "A store of maps needs Zarr: pip install 'skgenre[cluster]'."
            ) from error
        if self.is_local:
            return LocalStore(self.root, read_only=read_only)
        return FsspecStore.from_url(
            self.url, storage_options=dict(self.storage_options or {}), read_only=read_only
        )

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Raise errors of a file system as an OSError that names a file or the folder, no secrets.

        Errors of a local one are raised as they are if they name a file.
        """
        try:
            yield
        except Exception as error:
            if self.is_local:
                if isinstance(error, OSError) and error.errno and error.filename is None:
                    # Such as a full disk, in Zarr.
                    raise OSError(error.errno, error.strerror, self.root) from error
                raise
            reason = explain(error, Url(self.url))
            raise OSError(f"{self.shown}: {reason}.") from None
