"""Name the process that owns a file in a shared folder, and tell whether it has ended."""

import os
import re
import socket

# No system has process ids above this.
_LARGEST_PID = 2**31 - 1


def this_process() -> str:
    """Return a name of this process that is unique across machines: host and process id."""
    return f"{socket.gethostname()} {os.getpid()}"


def is_owner(text: str) -> bool:
    """Tell whether a text is a process name as returned by `this_process`."""
    host, _, pid = text.rpartition(" ")
    is_number = re.fullmatch("[0-9]{1,10}", pid) is not None
    return bool(host) and is_number and 0 < int(pid) <= _LARGEST_PID


def is_gone(owner: str) -> bool:
    """Tell whether the process that `this_process` named is known to have ended.

    This is unknown, so False, for a process on another machine, on a system without a way to check,
    and for a text that names no process.
    """
    host, _, pid = owner.rpartition(" ")
    if not is_owner(owner) or host != socket.gethostname():
        return False
    if os.name == "nt":  # where os.kill can't only check
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
