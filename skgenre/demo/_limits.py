"""What the web page takes."""

import math
from dataclasses import dataclass

from .._public import public


@public
@dataclass(frozen=True)
class Limits:
    """What a server takes, so that no clip and no number of clips can harm it.

    Parameters
    ----------
    max_megabytes : float, default=100.0
        Size of an upload, in units of 1,000,000 bytes.
    max_minutes : float, default=10.0
        Duration of a clip.
    n_workers : int, default=2
        Clips that are analysed at a time; the others wait.
    max_waiting : int, default=40
        Clips that may wait.
    max_seconds : float, default=60.0
        Time from the end of an upload to its answer, waiting included.
    max_cpu_seconds : float, default=30.0
        Computing that a clip may cost, in seconds of one core. A process that needs more for a
        clip is ended. Windows can't tell; there `max_seconds` alone ends it.
    max_upload_seconds : float, default=300.0
        Time an upload may take.
    keep_seconds : float, default=60.0
        Time an uploaded clip is kept after its answer, so that the page can play it.

    Raises
    ------
    ValueError
        For a limit that is not positive and finite; `max_waiting` may be 0.

    See Also
    --------
    serve : Takes it.

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
        """Size of an upload, in bytes."""
        return int(self.max_megabytes * 1_000_000)

    @property
    def max_stored_bytes(self) -> int:
        """Bytes that all clips on disk may have before no other one is taken."""
        return self.max_bytes * (self.n_workers + self.max_waiting)

    @property
    def max_uploads(self) -> int:
        """Clips that may be sent at a time."""
        return self.n_workers + self.max_waiting

    @property
    def max_stored_clips(self) -> int:
        """Clips that may be on disk before no other one is taken."""
        return 10 * (self.n_workers + self.max_waiting)
