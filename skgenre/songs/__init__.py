"""Predict whole songs, files of any length, with models fitted on clips.

:func:`predict_song` predicts the genre of a song, :func:`predict_timeline` its genres over time,
:func:`predict_files` the genres of a catalogue.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
