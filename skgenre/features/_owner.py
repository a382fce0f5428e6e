"""Name the process that owns a file in a shared folder, and tell whether it has ended."""

import os
import re
import socket

# No system numbers its processes beyond this.
_LARGEST_PID = 2**31 - 1


def this_process() -> str:
    """Return what names this process on any machine: host and number."""
    return f"{socket.gethostname()} {os.getpid()}"


def is_owner(text: str) -> bool:
    """Tell whether a text names a process, as that of `this_process` does."""
    host, _, pid = text.rpartition(" ")
    is_number = re.fullmatch("[0-9]{1,10}", pid) is not None
    return bool(host) and is_number and 0 < int(pid) <= _LARGEST_PID


def is_gone(owner: str) -> bool:
    """Tell whether the process that `this_process` named is known to have ended.

    Of a process on another machine, or on a system that has no way to ask, it is not known. What
    names no process is not known to have ended either.
    """
    host, _, pid = owner.rpartition(" ")
    if not is_owner(owner) or host != socket.gethostname():
        return False
    if os.name == "nt":  # where os.kill has no way to ask only
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
