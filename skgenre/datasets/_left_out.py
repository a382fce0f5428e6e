"""What a loader leaves out, and how it says so."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from ..exceptions import SkgenreWarning


def why_unreadable(path: Path) -> str | None:
    """Return why a sound file can't be opened, or None. It is not decoded."""
    try:
        if path.stat().st_size == 0:
            return "empty file"
        if soundfile.info(path).frames == 0:
            return "no samples"
    except (OSError, soundfile.LibsndfileError) as error:
        return " ".join(str(error).split())
    return None


def name_first(names: Sequence[object], n_names: int = 3) -> str:
    """Return the first few of many names, and how many more there are."""
    first = ", ".join(map(str, names[:n_names]))
    return first if len(names) <= n_names else f"{first} and {len(names) - n_names} more"


def warn_of_files(files: Sequence[tuple[str, str]], what: str) -> None:
    """Warn, in the caller of a loader, of files and the reasons that they were left out for."""
    if files:
        first = "; ".join(f"{path} ({reason})" for path, reason in files[:3])
        more = f"; and {len(files) - 3} more" if len(files) > 3 else ""
        warnings.warn(f"{len(files)} {what}: {first}{more}.", SkgenreWarning, stacklevel=3)


def warn_of_single_clips(target: np.ndarray) -> None:
    """Warn, in the caller of a loader, of genres that no split can have on both sides."""
    names, counts = np.unique(target, return_counts=True)
    single = names[counts == 1].tolist()
    if single:
        warnings.warn(
            f"A single clip is all there is of {name_first(single)}: it can't be both learnt from "
            f"and tested on. Add clips, or leave the genre out.",
            SkgenreWarning,
            stacklevel=3,
        )


PASSED_OVER = "are no clips and were passed over"
UNREADABLE = "are sound files that can't be read and were left out"
