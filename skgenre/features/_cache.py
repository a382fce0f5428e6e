"""The per-clip cache: what has been computed for a clip once is read from disk ever after.

A folder holds one small file a clip and parameter setting. Several processes may fill it at once:
who computes a clip claims it first with a file that only one process can create, and the others do
their remaining clips before they wait for it.
"""

import contextlib
import hashlib
import os
import shutil
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator

from ..exceptions import CacheWarning
from ._cache_key import describe_setting
from ._owner import is_gone, this_process
from ._scratch import remove_stale

# A claim this old belongs to a process that hangs, or to one that died on another machine.
_CLAIM_LIFETIME = 600.0  # seconds
_POLL_INTERVAL = 0.02  # seconds

# The claims of this process, not of one that it was forked from, with a token of the thread that
# has each. Another claim that bears its number was left by an earlier process.
_own_claims: dict[tuple[int, str], object] = {}


@dataclass(frozen=True)
class CacheInfo:
    """What a feature cache has done and holds.

    Parameters
    ----------
    hits : int
        Clips that were read from the cache.
    misses : int
        Clips that were computed.
    entries : int
        Clips times parameter settings that it holds.
    nbytes : int
        Their size on disk.
    """

    hits: int
    misses: int
    entries: int
    nbytes: int


def cache_info(memory: str | os.PathLike) -> CacheInfo:
    """Count what a feature cache has done and holds, over all processes and runs.

    Parameters
    ----------
    memory : str or PathLike
        The folder given to transformers as `memory`.

    Returns
    -------
    CacheInfo
        Hits and misses since the cache was made or cleared, entries, and bytes. A run that was
        killed has not counted its hits and misses.

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
    with contextlib.suppress(FileNotFoundError):
        for line in (home / "log").read_text().splitlines():
            counts = line.split()
            # A line torn by a full disk counts for nothing.
            if len(counts) == 2 and all(count.isdigit() for count in counts):
                hits += int(counts[0])
                misses += int(counts[1])
    sizes = []
    for entry in home.glob("??/*.npy"):
        with contextlib.suppress(FileNotFoundError):  # cleared meanwhile
            sizes.append(entry.stat().st_size)
    return CacheInfo(hits, misses, len(sizes), sum(sizes))


def clear_cache(memory: str | os.PathLike) -> None:
    """Remove a feature cache, and nothing else that is in its folder.

    The files of arrays larger than memory go too. Who still uses one can read on, but not hand it
    to other processes.

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
    # Moved away first: who is reading or filling it meets an empty cache, not half of one.
    discarded = home.with_name(f"{home.name}-{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        home.rename(discarded)
        shutil.rmtree(discarded)


def _home(memory: str | os.PathLike) -> Path:
    return Path(memory) / "skgenre-features"


def scratch_folder(memory: str | os.PathLike) -> Path:
    """Return where arrays that are larger than memory are kept while they are in use."""
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
        self._writable = True
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
        """Return where a clip's features are kept."""
        digest = hashlib.blake2b(clip_key + self._setting, digest_size=20).hexdigest()
        return self._home / digest[:2] / f"{digest[2:]}.npy"

    def get(
        self, clip_key: bytes, compute: Callable[[], np.ndarray], *, wait: bool
    ) -> np.ndarray | None:
        """Read a clip's features, or compute and keep them.

        Without `wait`, None says that another process is computing this very clip.
        """
        features, is_mine = self.look_up(clip_key, wait=wait)
        if not is_mine:
            return features
        try:
            features = compute()
            self.keep(clip_key, features)
            return features
        finally:
            self.release(clip_key)

    def look_up(self, clip_key: bytes, *, wait: bool) -> tuple[np.ndarray | None, bool]:
        """Read a clip's features, or claim the clip to compute them.

        Returns
        -------
        features : ndarray or None
            The features. None when they have to be computed, and without `wait` also when
            another process is computing them.
        is_mine : bool
            Whether to compute and keep them, and then to release the clip.
        """
        path = self.path(clip_key)
        while True:
            features = _read(path)
            if features is not None:
                self._count("hits")
                return features, False
            if self._claim(path):
                break
            if not wait:
                return None, False
            time.sleep(_POLL_INTERVAL)
        # It may have been finished between the look and the claim.
        features = _read(path)
        if features is None:
            return None, True
        self._count("hits")
        self.release(clip_key)
        return features, False

    def keep(self, clip_key: bytes, features: np.ndarray) -> None:
        """Write the features of a clip that was claimed."""
        self._count("misses")
        self._write(self.path(clip_key), features)

    def release(self, clip_key: bytes) -> None:
        """Let others compute a clip that was claimed."""
        claim = _claim_of(self.path(clip_key))
        with contextlib.suppress(OSError):
            claim.unlink(missing_ok=True)
        _own_claims.pop(_name_of(claim), None)

    def log(self) -> None:
        """Add the hits and misses of this transformer to the folder's count."""
        hits, misses = self._counts["hits"], self._counts["misses"]
        if hits or misses:
            with contextlib.suppress(OSError), (self._home / "log").open("a") as file:
                # One short line in one write: appending is atomic.
                file.write(f"{hits} {misses}\n")

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def _claim(self, path: Path) -> bool:
        claim = _claim_of(path)
        token = object()
        if _own_claims.setdefault(_name_of(claim), token) is not token:
            return False  # another thread has it
        try:
            claim.parent.mkdir(exist_ok=True)
            with claim.open("x") as file:
                file.write(self._owner)
        except FileExistsError:
            del _own_claims[_name_of(claim)]
            if _is_stale(claim):
                # Only one process can move it away; the next round claims it afresh.
                with contextlib.suppress(OSError):
                    # With it goes what its owner had begun to write.
                    parts = set(claim.parent.glob(f"{claim.stem}.*")) - {path, claim}
                    discarded = claim.with_suffix(f".{uuid.uuid4().hex}")
                    claim.rename(discarded)
                    for part in {discarded, *parts}:
                        part.unlink()
            return False
        except OSError as error:
            self._warn(error)
        return True

    def _write(self, path: Path, features: np.ndarray) -> None:
        temporary = path.with_suffix(f".{uuid.uuid4().hex}")
        try:
            with temporary.open("wb") as file:
                np.save(file, features, allow_pickle=False)
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            self._warn(error)

    def _warn(self, error: OSError) -> None:
        if self._writable:
            self._writable = False
            warnings.warn(
                f"The feature cache {str(self._home.parent)!r} can't be written to "
                f"({error.strerror}): clips are computed again whenever they are needed.",
                CacheWarning,
                stacklevel=2,
            )


def _read(path: Path) -> np.ndarray | None:
    """Return an entry, None when there is none or when it is not whole."""
    try:
        with path.open("rb") as file:
            features = np.load(file, allow_pickle=False)
            is_whole = not file.read(1)
    except Exception:  # what a damaged file makes NumPy raise is anything, TokenError for one
        return None
    if not isinstance(features, np.ndarray) or features.dtype != np.float32 or not is_whole:
        return None
    return features


def _claim_of(path: Path) -> Path:
    return path.with_suffix(".claim")


def _name_of(claim: Path) -> tuple[int, str]:
    return os.getpid(), os.path.realpath(claim)


def _is_stale(claim: Path) -> bool:
    try:
        age = time.time() - claim.stat().st_mtime
        owner = claim.read_text()
    except OSError:
        return False  # its owner has just finished
    if age > _CLAIM_LIFETIME:
        return True
    if not owner.rpartition(" ")[2].isdigit():
        return age > 1.0  # its owner was interrupted, or is just about to write
    if owner == this_process():
        return _name_of(claim) not in _own_claims
    return is_gone(owner)
