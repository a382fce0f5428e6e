"""A folder of files on a disk, or below a URL that fsspec knows."""

import contextlib
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
            from fsspec.core import url_to_fs
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
            self.filesystem, root = url_to_fs(self.url, **(storage_options or {}))
        self.root = str(root).rstrip("/")
        protocol = self.filesystem.protocol
        protocols = {protocol} if isinstance(protocol, str) else set(protocol)
        self.is_in_memory = bool(protocols & _IN_MEMORY)

    def path(self, name: str = "") -> str:
        """Return the path of a file in the file system."""
        return f"{self.root}/{name}" if name else self.root

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if it is not there."""
        with self.errors():
            try:
                return self.filesystem.cat_file(self.path(name))
            except FileNotFoundError:
                return None

    def read_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the contents of files by name, read at once, of those that are there."""
        if not names:
            return {}
        paths = {self.path(name): name for name in names}
        with self.errors():
            found = self.filesystem.cat(list(paths), on_error="omit")
        return {paths[path]: content for path, content in found.items()}

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
        """Raise errors of a remote file system as an OSError that names the folder, no secrets."""
        try:
            yield
        except Exception as error:
            if self.is_local:
                raise
            reason = explain(error, Url(self.url))
            raise OSError(f"{self.shown}: {reason}.") from None
