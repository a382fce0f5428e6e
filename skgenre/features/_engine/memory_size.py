"""Memory sizes in human-readable form."""

import re

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?)B?\s*", re.IGNORECASE)


def parse_size(size: str | float) -> float:
    """Parse a size in bytes: a number as it is, "2GB" as 2e9.

    Raises
    ------
    ValueError
        If the text is not a size.
    """
    if not isinstance(size, str):
        return float(size)
    match = _SIZE.fullmatch(size)
    if match is None:
        raise ValueError(
            f"a size is a number of bytes, or text as in '500MB' or '2GB', got {size!r}"
        )
    return float(match[1]) * _UNITS[match[2].upper()]


def format_size(nbytes: float) -> str:
    """Format a size: "2.6 GB"."""
    for unit in ("T", "G", "M", "K"):
        if nbytes >= _UNITS[unit]:
            return f"{nbytes / _UNITS[unit]:.1f} {unit}B"
    return f"{nbytes:.0f} B"
