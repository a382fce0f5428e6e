"""Folder of downloaded data."""

import os
from pathlib import Path


def find_data_home(data_home: str | os.PathLike | None) -> Path:
    """Return the folder of downloads: the argument, SKGENRE_DATA_HOME, or ~/skgenre_data."""
    if data_home is None:
        data_home = os.environ.get("SKGENRE_DATA_HOME") or Path("~", "skgenre_data")
    return Path(data_home).expanduser()
