"""librosa, imported when numba has a place for its compiled functions."""

from ._kernel_cache import allow_read_only_installation

allow_read_only_installation()

import librosa  # noqa: E402

__all__ = ["librosa"]
