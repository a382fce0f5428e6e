"""Exceptions and warnings of skgenre.

Every error is a :class:`SkgenreError`; the concrete ones are also ``ValueError``, so that
code written for scikit-learn catches them without knowing skgenre.
"""

__all__ = [
    "AudioDecodeError",
    "CacheWarning",
    "LevelWarning",
    "ModelFormatError",
    "PipelineWarning",
    "ShapeMismatchError",
    "ShortSignalWarning",
    "SilentSignalWarning",
    "SkgenreError",
    "SkgenreWarning",
    "TrainingWarning",
]


class SkgenreError(Exception):
    """Base class of all errors raised by skgenre."""


class AudioDecodeError(SkgenreError, ValueError):
    """A sound file could not be read, or does not contain usable audio.

    The message states the file, what is wrong with it, and what to do.

    Parameters
    ----------
    message : str
        What went wrong and how to fix it.
    path : str or None, default=None
        The file concerned, if there is one.

    Examples
    --------
    >>> from skgenre.exceptions import AudioDecodeError
    >>> raise AudioDecodeError("song.wav: the file is empty", path="song.wav")
    Traceback (most recent call last):
    ...
    skgenre.exceptions.AudioDecodeError: song.wav: the file is empty
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path

    def __reduce__(self):
        return type(self), (str(self), self.path)


class ShapeMismatchError(SkgenreError, ValueError):
    """An array has the wrong number of axes, or another size than at ``fit``."""


class ModelFormatError(SkgenreError, ValueError):
    """A model file is damaged, foreign, or written in a newer format."""


class SkgenreWarning(UserWarning):
    """Base class of all warnings given by skgenre."""


class ShortSignalWarning(SkgenreWarning):
    """A signal is shorter than one analysis window and was zero-padded."""


class SilentSignalWarning(SkgenreWarning):
    """A song is digital silence: its prediction is meaningless."""


class LevelWarning(SkgenreWarning):
    """Samples are far outside [-1, 1]: they look like integers that were not scaled."""


class CacheWarning(SkgenreWarning):
    """The per-clip cache could not be read or written; the features were computed again."""


class PipelineWarning(SkgenreWarning):
    """The steps of a pipeline don't go together well: it runs, but another is more accurate."""


class TrainingWarning(SkgenreWarning):
    """Training ran, but not as its parameters specify."""
