"""Whole songs: files of any length, for models fitted on clips.

:func:`predict_song` says what a song is, :func:`predict_timeline` what it is from when to when.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
