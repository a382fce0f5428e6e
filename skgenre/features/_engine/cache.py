"""Per-clip cache: a feature is computed once, and read from disk from then on.

A folder contains one small file per clip and parameter setting. Several processes may fill it at
once: a process claims a clip first, with a file that only one process can create, and the others
compute their remaining clips before they wait for it.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator

from ..._public import public
from ..._urls import local_folder
from ...exceptions import CacheWarning
from .cache_claim import (
    CLAIM_LIFETIME,
    ForeignClaimError,
    claim_of,
    make_claim,
    remove_claim,
)
from .cache_entry import has_nan, read_entry, write_entry
from .cache_key import describe_setting
from .scratch import remove_stale
from .shared_files import (
    NotRegularError,
    check_folder,
    open_to_append,
    open_to_read,
    this_process,
)

_POLL_INTERVAL = 0.02  # seconds

# Maximum part of the log that is read: a line is about ten bytes, and a run writes one.
_LARGEST_LOG = 64_000_000  # bytes
_COUNTS = re.compile(rb"^(\d{1,15}) (\d{1,15})$", re.MULTILINE)


@public
@dataclass(frozen=True)
class CacheInfo:
    """Statistics of a feature cache.

    Parameters
    ----------
    hits : int
        Number of clips read from the cache.
    misses : int
        Number of clips computed.
    entries : int
        Number of entries, one per clip and parameter setting.
    nbytes : int
        Size of the entries on disk, in bytes.
    """

    hits: int
    misses: int
    entries: int
    nbytes: int


@public
def cache_info(memory: str | os.PathLike) -> CacheInfo:
    """Return statistics of a feature cache, over all processes and runs.

    Parameters
    ----------
    memory : str or PathLike
        The folder given to transformers as `memory`.

    Returns
    -------
    CacheInfo
        Hits and misses since the cache was made or cleared, entries, and bytes. Hits and misses of
        a killed run are not counted.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skgenre.features import MFCC, cache_info
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (3, 22050))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mfcc = MFCC(memory=folder)
    ...     maps = mfcc.fit_transform(clips)
    ...     maps = mfcc.fit_transform(clips[:2])
    ...     info = cache_info(folder)
    >>> info.hits, info.misses, info.entries
    (2, 3, 3)
    """
    home = _home(memory)
    hits = misses = 0
    with contextlib.suppress(OSError), open_to_read(home / "log") as file:
        # Lines truncated by a full disk are ignored, as are lines that no run writes.
        for counts in _COUNTS.findall(file.read(_LARGEST_LOG)):
            hits += int(counts[0])
            misses += int(counts[1])
    sizes = []
    for entry in home.glob("??/*.npy"):
        with contextlib.suppress(OSError):  # cleared meanwhile
            status = entry.lstat()
            if stat.S_ISREG(status.st_mode):
                sizes.append(status.st_size)
    return CacheInfo(hits, misses, len(sizes), sum(sizes))


@public
def clear_cache(memory: str | os.PathLike) -> None:
    """Remove a feature cache, and nothing else in its folder.

    The files of arrays larger than memory are removed too. An array in use stays readable, but
    can't be passed to other processes.

    Parameters
    ----------
    memory : str or PathLike
        The folder given to transformers as `memory`.

    Examples
    --------
    >>> import tempfile
    >>> from skgenre.features import cache_info, clear_cache
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     clear_cache(folder)
    ...     cache_info(folder).entries
    0
    """
    home = _home(memory)
    # Moved away first, so that concurrent readers and writers find an empty cache, not half of one.
    discarded = home.with_name(f"{home.name}-{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        home.rename(discarded)
        if discarded.is_symlink():  # its target is not ours
            discarded.unlink()
        else:
            shutil.rmtree(discarded)


def _home(memory: str | os.PathLike) -> Path:
    return local_folder(memory, "memory") / "skgenre-features"


def scratch_folder(memory: str | os.PathLike) -> Path:
    """Return the folder of arrays larger than memory, kept while they are in use."""
    return _home(memory) / "scratch"


class FeatureCache:
    """The entries of one transformer in a cache folder.

    Parameters
    ----------
    memory : str or PathLike
        The folder.
    transformer : estimator
        Its class and parameters are part of every key.
    device : str
        The kind of device: values from a CPU and from a GPU are kept apart.
    """

    def __init__(self, memory: str | os.PathLike, transformer: BaseEstimator, device: str) -> None:
        self._home = _home(memory)
        self._setting = describe_setting(transformer, device)
        self._owner = this_process()
        self._counts = {"hits": 0, "misses": 0}
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        # Seconds to wait for one clip. After one timeout there is no more waiting.
        self._patience = CLAIM_LIFETIME
        # Clips that are computed without a claim.
        self._unclaimed: set[Path] = set()
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            probe = self._home / f".{uuid.uuid4().hex}"
            probe.touch()
            probe.unlink()
            remove_stale(scratch_folder(memory))
        except OSError as error:
            raise ValueError(
                f"The 'memory' parameter of {type(transformer).__name__} must be a folder that can "
                f"be written to. Got {str(memory)!r} instead ({error.strerror})."
            ) from error

    def path(self, clip_key: bytes) -> Path:
        """Return the path of a clip's entry."""
        digest = hashlib.blake2b(clip_key + self._setting, digest_size=20).hexdigest()
        return self._home / f"{digest[:2]}/{digest[2:]}.npy"

    def get(
        self,
        clip_key: bytes,
        compute: Callable[[], np.ndarray],
        *,
        wait: bool,
        out: np.ndarray | None = None,
    ) -> np.ndarray | None:
        """Read a clip's features, into `out` if it has their shape, or compute and store them.

        Without `wait`, None means that another process is computing this clip.
        """
        features, is_mine = self.look_up(clip_key, wait=wait, out=out)
        if not is_mine:
            return features
        try:
            features = compute()
            self.keep(clip_key, features)
            return features
        finally:
            self.release(clip_key)

    def look_up(
        self, clip_key: bytes, *, wait: bool, out: np.ndarray | None = None
    ) -> tuple[np.ndarray | None, bool]:
        """Read a clip's features, into `out` if it has their shape, or claim the clip.

        Returns
        -------
        features : ndarray or None
            The features. None if they have to be computed, and without `wait` also if another
            process is computing them.
        is_mine : bool
            Whether to compute and store them, and then to release the clip.
        """
        path = self.path(clip_key)
        return self._find_or_claim(path, lambda: self._read(path, out), wait=wait)

    def _find_or_claim(
        self, path: Path, find: Callable[[], np.ndarray | None], *, wait: bool
    ) -> tuple[np.ndarray | None, bool]:
        deadline = None
        while True:
            found = find()
            if found is not None:
                self._count("hits")
                return found, False
            if self._claim(path):
                break
            if not wait:
                return None, False
            now = time.monotonic()
            deadline = now + self._patience if deadline is None else deadline
            if now >= deadline:
                self._patience = 0.0
                self._warn("waited", f"{claim_of(path)} is not released")
                self._unclaimed.add(path)
                return None, True
            time.sleep(_POLL_INTERVAL)
        # It may have been finished between the lookup and the claim.
        found = find()
        if found is None:
            return None, True
        self._count("hits")
        self._release(path)
        return found, False

    def lacks(self, clip_key: bytes) -> bool:
        """Tell whether a clip is neither computed nor claimed, by the names of files alone."""
        path = self.path(clip_key)
        with contextlib.suppress(OSError):
            return not (path.exists() or claim_of(path).exists())
        return True

    def keep(self, clip_key: bytes, features: np.ndarray) -> None:
        """Write the features of a claimed clip, unless a value is NaN."""
        self._count("misses")
        self._write(clip_key, features)

    def find(self, clip_key: bytes) -> np.ndarray | None:
        """Read an entry that is quickly made again, so nobody claims or counts it."""
        return self._read(self.path(clip_key))

    def keep_found(self, clip_key: bytes, features: np.ndarray) -> None:
        """Write an entry for `find`."""
        path = self.path(clip_key)
        with contextlib.suppress(OSError):
            check_folder(path.parent)
            path.parent.mkdir(exist_ok=True)
            self._write(clip_key, features)

    def count_hits(self, n_clips: int) -> None:
        """Count clips that `find` has read."""
        with self._lock:
            self._counts["hits"] += n_clips

    def _write(self, clip_key: bytes, features: np.ndarray) -> None:
        # An entry with NaN would not be read.
        if has_nan(features):
            return
        path = self.path(clip_key)
        try:
            write_entry(path, features)
        except OSError as error:
            if path.is_dir():
                self._warn("entry", f"{path} is a folder")
            else:
                self._warn_unwritable(error, path)

    def release(self, clip_key: bytes) -> None:
        """Release the claim of a clip."""
        self._release(self.path(clip_key))

    def _release(self, path: Path) -> None:
        if path in self._unclaimed:
            self._unclaimed.discard(path)
        else:
            remove_claim(path)

    def log(self) -> None:
        """Add this transformer's hits and misses to the folder's statistics."""
        hits, misses = self._counts["hits"], self._counts["misses"]
        if hits or misses:
            with contextlib.suppress(OSError), open_to_append(self._home / "log") as file:
                # One short line in one write: appending is atomic.
                file.write(f"{hits} {misses}\n".encode())

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def _read(self, path: Path, out: np.ndarray | None = None) -> np.ndarray | None:
        try:
            return read_entry(path, out)
        except NotRegularError as error:
            self._warn("entry", str(error))
            return None

    def _claim(self, path: Path) -> bool:
        """Tell whether to compute a clip: it was claimed now, or can't be claimed."""
        try:
            is_mine, reason = make_claim(path, self._owner)
        except ForeignClaimError as error:
            self._warn("claim", str(error))
            self._unclaimed.add(path)
            return True
        except OSError as error:
            self._warn_unwritable(error, claim_of(path))
            return True
        if reason:
            self._warn("claim", reason)
        return is_mine

    def _warn_unwritable(self, error: OSError, path: Path) -> None:
        self._warn("unwritable", f"{path} can't be written to ({error.strerror or error})")

    def _warn(self, kind: str, reason: str) -> None:
        """Warn of the first problem of each kind."""
        with self._lock:
            if kind in self._warned:
                return
            self._warned.add(kind)
        warnings.warn(
            f"The feature cache {str(self._home.parent)!r}: {reason}. Such clips are computed "
            f"again whenever they are needed; skgenre.features.clear_cache empties the folder.",
            CacheWarning,
            stacklevel=2,
        )
