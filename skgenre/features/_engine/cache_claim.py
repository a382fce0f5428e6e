"""Claims in a cache folder: files that say which process computes a clip."""

import contextlib
import functools
import os
import time
import uuid
from pathlib import Path

from .shared_files import (
    NotRegularError,
    check_folder,
    is_gone,
    is_owner,
    open_to_read,
    this_process,
)

# A claim this old belongs to a process that hangs, or to one that died on another machine; one
# dated this far in the future comes from a wrong clock.
CLAIM_LIFETIME = 600.0  # seconds

# An owner writes its name into a claim right after creating it.
_TIME_TO_WRITE = 1.0  # seconds

# The claims of this process, not of its parent before a fork, each with a token of its thread. Any
# other claim with its number was left by an earlier process.
_own_claims: dict[tuple[int, str, str], object] = {}


class ForeignClaimError(OSError):
    """Raised for a file that has the name of a claim, is not one, and can't be removed."""


def claim_of(path: Path) -> Path:
    """Return the path of an entry's claim."""
    return path.with_suffix(".claim")


def make_claim(path: Path, owner: str) -> tuple[bool, str]:
    """Try to claim an entry for this process.

    Parameters
    ----------
    path : Path
        The entry.
    owner : str
        The name of this process.

    Returns
    -------
    is_mine : bool
        Whether it is claimed now. False also when an abandoned claim has just been removed.
    reason : str
        Reason for removing a claim that no process can have written; empty if none was removed.

    Raises
    ------
    ForeignClaimError
        If a file that can't be removed is in the way.
    OSError
        If no file can be written.
    """
    claim = claim_of(path)
    token = object()
    if _own_claims.setdefault(_name_of(claim), token) is not token:
        return False, ""  # another thread has it
    try:
        check_folder(claim.parent)
        claim.parent.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(error.errno, "not a folder", str(claim.parent)) from error
    try:
        with claim.open("x", encoding="utf-8") as file:
            file.write(owner)
    except FileExistsError:
        del _own_claims[_name_of(claim)]
        is_stale, reason = _judge(claim)
        if is_stale:
            _remove(claim, path)
        return False, reason
    return True, ""


def remove_claim(path: Path) -> None:
    """Remove the claim of this process on an entry."""
    claim = claim_of(path)
    with contextlib.suppress(OSError):
        claim.unlink(missing_ok=True)
    _own_claims.pop(_name_of(claim), None)


def _name_of(claim: Path) -> tuple[int, str, str]:
    folder = claim.parent
    return os.getpid(), _resolve(folder.parent.absolute()), f"{folder.name}/{claim.name}"


@functools.lru_cache(maxsize=128)
def _resolve(folder: Path) -> str:
    """Resolve the links in the path of a cache, once: it takes as long as making a claim."""
    return os.path.realpath(folder)


def _judge(claim: Path) -> tuple[bool, str]:
    """Tell whether a claim is abandoned, and what is wrong with it, if anything."""
    try:
        age = time.time() - claim.lstat().st_mtime
        with open_to_read(claim) as file:
            owner = file.read(1000).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return False, ""  # its owner has just finished
    except NotRegularError as error:
        raise ForeignClaimError(str(error)) from error
    except OSError:
        owner = ""
    if age > CLAIM_LIFETIME:
        return True, ""
    if age < -CLAIM_LIFETIME:
        return True, f"{claim} is dated {-age / 3600:.1f} hours ahead"
    if not is_owner(owner):
        if abs(age) <= _TIME_TO_WRITE:
            return False, ""
        return True, f"{claim} names no process" if owner else ""
    if owner == this_process():
        return _name_of(claim) not in _own_claims, ""
    return is_gone(owner), ""


def _remove(claim: Path, path: Path) -> None:
    """Remove an abandoned claim, and its owner's unfinished file."""
    parts = set(claim.parent.glob(f"{claim.stem}.*")) - {path, claim}
    discarded = claim.with_suffix(f".{uuid.uuid4().hex}")
    try:
        claim.rename(discarded)
    except FileNotFoundError:
        return  # Only one process can move it away; the next round claims it again.
    except OSError as error:
        raise ForeignClaimError(f"{claim} can't be removed ({error.strerror})") from error
    for part in {discarded, *parts}:
        with contextlib.suppress(OSError):
            part.unlink()
