"""Result of an extraction."""

from dataclasses import dataclass

import pandas as pd

from .._public import public


@public
@dataclass(frozen=True, repr=False, eq=False)
class Extraction:
    """Summary of a finished job, as :func:`extract_features` returns it.

    :func:`skgenre.songs.predict_files` returns it, too.

    Parameters
    ----------
    out : str
        The store, without credentials.
    n_clips : int
        Clips in the store, with the bad ones.
    n_bad : int
        Clips whose files could not be read. Their rows are NaN, and ``ok`` is False.
    n_resumed : int
        Clips that an earlier run had finished.
    seconds : float
        Time of this run.
    clips_per_second : float
        Clips of this run per second; NaN if an earlier run had finished all of them.
    bad_files : DataFrame
        Files that could not be read, with the columns `path` and `reason`.
    list_of_bad_files : str or None
        The CSV file with the same, beside the store; None if there are none.

    See Also
    --------
    extract_features : Write the features of many clips into a store.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgenre.stores import Extraction
    >>> Extraction(
    ...     out="mel.zarr",
    ...     n_clips=1000,
    ...     n_bad=1,
    ...     n_resumed=0,
    ...     seconds=20.0,
    ...     clips_per_second=50.0,
    ...     bad_files=pd.DataFrame({"path": ["a.mp3"], "reason": ["empty file"]}),
    ... )
    mel.zarr: 1,000 clips, 1 bad file, 20 s, 50.0 clips/s
    """

    out: str
    n_clips: int
    n_bad: int
    n_resumed: int
    seconds: float
    clips_per_second: float
    bad_files: pd.DataFrame
    list_of_bad_files: str | None = None

    def __repr__(self) -> str:
        facts = [f"{self.n_clips:,} clips"]
        if self.n_bad:
            facts.append(f"{self.n_bad:,} bad file{'s' if self.n_bad > 1 else ''}")
        if self.n_resumed:
            facts.append(f"{self.n_resumed:,} resumed")
        facts.append(f"{self.seconds:.3g} s")
        if self.n_resumed < self.n_clips:
            facts.append(f"{self.clips_per_second:.1f} clips/s")
        return f"{self.out}: {', '.join(facts)}"
