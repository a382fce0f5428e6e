"""librosa, imported once numba has a folder for its compiled functions."""

from ._kernel_cache import allow_read_only_installation

allow_read_only_installation()

import librosa  # noqa: E402

__all__ = ["librosa"]
