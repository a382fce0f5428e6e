"""Use networks in a process that was forked from one that used them.

The threads that PyTorch computes with do not survive a fork, and GNU's OpenMP waits for them
without end. A server that loads the model first and forks its workers then, as gunicorn with
``preload_app``, is such a case. One thread needs no others.
"""

import os
import warnings

import torch

from ...exceptions import SkgenreWarning

_is_forked = False


def _note_fork() -> None:
    global _is_forked
    _is_forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


def use_one_thread_after_fork() -> None:
    """Compute in one thread from now on, if this process was forked after torch was loaded."""
    if _is_forked and torch.get_num_threads() > 1:
        torch.set_num_threads(1)
        warnings.warn(
            "This process was forked from one that had loaded PyTorch, whose threads do not "
            "survive a fork: networks compute in one thread here. Start workers with the method "
            "'spawn', or load the model in each of them, for more.",
            SkgenreWarning,
            stacklevel=3,
        )
