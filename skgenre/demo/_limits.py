"""Limits of the web page."""

import math
from dataclasses import dataclass

from .._public import public


@public
@dataclass(frozen=True)
class Limits:
    """Limits that protect a server from any clip and any number of clips.

    Parameters
    ----------
    max_megabytes : float, default=100.0
        Size of an upload, in units of 1,000,000 bytes.
    max_minutes : float, default=10.0
        Duration of a clip.
    n_workers : int, default=2
        Number of clips analysed at a time; the others wait.
    max_waiting : int, default=40
        Maximum number of waiting clips.
    max_seconds : float, default=60.0
        Time from the end of an upload to its answer, waiting included.
    max_cpu_seconds : float, default=30.0
        CPU time per clip, in seconds of one core. A process that needs more for a clip is ended.
        Windows can't measure it; there only `max_seconds` ends it.
    max_upload_seconds : float, default=300.0
        Maximum time of an upload.
    keep_seconds : float, default=60.0
        Time that an uploaded clip is kept after its answer, so that the page can play it.

    Raises
    ------
    ValueError
        When a limit is not positive and finite; `max_waiting` may be 0.

    See Also
    --------
    serve : Starts the server with these limits.

    Examples
    --------
    >>> from skgenre.demo import Limits
    >>> Limits(max_minutes=3).max_minutes
    3
    """

    max_megabytes: float = 100.0
    max_minutes: float = 10.0
    n_workers: int = 2
    max_waiting: int = 40
    max_seconds: float = 60.0
    max_cpu_seconds: float = 30.0
    max_upload_seconds: float = 300.0
    keep_seconds: float = 60.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (0 < value < math.inf or (name == "max_waiting" and value == 0)):
                raise ValueError(f"Limits needs {name} to be positive and finite, got {value!r}.")

    @property
    def max_bytes(self) -> int:
        """Maximum size of an upload in bytes."""
        return int(self.max_megabytes * 1_000_000)

    @property
    def max_stored_bytes(self) -> int:
        """Total size of all clips on disk, in bytes, above which no more are accepted."""
        return self.max_bytes * (self.n_workers + self.max_waiting)

    @property
    def max_uploads(self) -> int:
        """Maximum number of simultaneous uploads."""
        return self.n_workers + self.max_waiting

    @property
    def max_stored_clips(self) -> int:
        """Number of clips on disk above which no more are accepted."""
        return 10 * (self.n_workers + self.max_waiting)
