"""Cache folder for compiled functions when neither their package nor the home is writable.

numba stores the machine code of a function next to its source, or in the user's cache folder, and
refuses to define the function if both are read-only: in a container, for a service without a home,
on a serverless platform. librosa's functions are cached by numba too.
"""

import atexit
import contextlib
import functools
import os
import shutil
import stat
import tempfile
import warnings
from pathlib import Path
from typing import Any

from .exceptions import CacheWarning

_CURE = "Set NUMBA_CACHE_DIR to a folder that only you can write to, to keep them there."


@functools.cache
def allow_read_only_installation() -> None:
    """Give numba another cache folder for compiled functions, after all of its own.

    Call it before a function is compiled and before librosa is imported. It changes nothing if one
    of numba's own folders is writable.
    """
    from numba.core import caching

    class PrivateTemporaryLocator(caching.UserWideCacheLocator):
        """Stores functions in a temporary folder of this user, or stores none."""

        def __init__(self, py_func: Any, py_file: str) -> None:
            super().__init__(py_func, py_file)
            folder = private_folder()
            self.is_memory_only = folder is None
            subfolder = self.get_suitable_cache_subpath(py_file)
            self._cache_path = os.path.join(folder or os.devnull + "-", subfolder)  # noqa: PTH118

        def ensure_cache_path(self) -> None:
            if not self.is_memory_only:
                super().ensure_cache_path()

    save = caching.Cache.save_overload

    @functools.wraps(save)
    def save_overload(cache: Any, *args: Any) -> Any:
        if getattr(cache._impl.locator, "is_memory_only", False):
            return None
        return save(cache, *args)

    caching.Cache.save_overload = save_overload  # type: ignore[method-assign]
    caching.CacheImpl._locator_classes = [
        *caching.CacheImpl._locator_classes,
        PrivateTemporaryLocator,
    ]


@functools.cache
def private_folder() -> str | None:
    """Return a folder that no other user can write to, or None, with a warning the first time.

    Its files are pickles, which run code when they are loaded: a folder that someone else created
    is not used, whatever its name.
    """
    with contextlib.suppress(OSError):
        parent = Path(tempfile.gettempdir())
        # Python's last resort is the working directory, which must not be written to.
        if parent != Path.cwd() or parent in _usual_folders():
            folder = _own_folder(parent)
            _warn(f"Compiled functions are kept in {folder}")
            return folder
    _warn("There is no folder to keep compiled functions in: each process compiles them again")
    return None


def _usual_folders() -> list[Path]:
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    return [Path(name) for name in (*named, "/tmp", "/var/tmp", "/usr/tmp") if name]


def _own_folder(parent: Path) -> str:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = parent / f"skgenre-kernels-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if _is_private(folder):
        return str(folder)
    own = tempfile.mkdtemp(prefix="skgenre-kernels-", dir=parent)
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True  # Windows: temporary folders belong to one user
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _warn(what: str) -> None:
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        reason = f"as this user can't write to {named}, which NUMBA_CACHE_DIR names"
    else:
        reason = "as neither the installation nor the home of this user can be written to"
    warnings.warn(
        f"{what}, {reason}. {_CURE}",
        CacheWarning,
        stacklevel=2,
    )
