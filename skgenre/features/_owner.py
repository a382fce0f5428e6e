"""Whose a file in a shared folder is, and whether that process still lives."""

import os
import socket


def this_process() -> str:
    """Return what names this process on any machine: host and number."""
    return f"{socket.gethostname()} {os.getpid()}"


def is_gone(owner: str) -> bool:
    """Tell whether the process that `this_process` named is known to have ended.

    Of a process on another machine, or on a system that has no way to ask, it is not known.
    """
    host, _, pid = owner.partition(" ")
    if not pid.isdigit() or host != socket.gethostname():
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
