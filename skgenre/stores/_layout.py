"""Names of the files of a store, of maps or of tables."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# Key of the facts about a store: among the attributes of a Zarr group, and in store.json.
ATTRIBUTES = "skgenre"
STORE_FILE = "store.json"
# Arrays of a store of maps.
FEATURES, OK = "X", "ok"
# Columns of a store of tables, before those of the feature.
CLIP = "clip"
# Version of the layout, raised when older versions of skgenre can't read a store.
FORMAT = 1

# As `Layout.marker` writes numbers: of five digits, or more without zeros in front.
_MARKER = re.compile(r"([0-9]{5}|[1-9][0-9]{5,17})\.json", re.ASCII)

Kind = Literal["maps", "table", "predictions"]


@dataclass(frozen=True)
class Layout:
    """Names of the files of a store, relative to its folder.

    Parameters
    ----------
    kind : {"maps", "table", "predictions"}
        What the store contains.
    """

    kind: Kind

    @property
    def _folder(self) -> str:
        # pyarrow and pandas skip names that begin with an underscore.
        return "" if self.kind == "maps" else "_skgenre/"

    @property
    def clips(self) -> str:
        """Return the name of the table of clips."""
        return f"{self._folder}clips.parquet"

    @property
    def facts(self) -> str:
        """Return the name of the file with the facts about a store of tables."""
        return f"{self._folder}{STORE_FILE}"

    @property
    def markers(self) -> str:
        """Return the name of the folder with a file for each finished partition."""
        return f"{self._folder}parts"

    def marker(self, part: int) -> str:
        """Return the name of the file that says that a partition is finished."""
        return f"{self.markers}/{part:05}.json"

    def n_finished(self, names: Iterable[str], n_parts: int) -> int:
        """Return how many partitions are finished, by the names in the folder of the markers."""
        # Not part by part: a damaged store may claim any number of them.
        numbers = {int(name[:-5]) for name in names if _MARKER.fullmatch(name)}
        return sum(number < n_parts for number in numbers)

    @staticmethod
    def table(part: int) -> str:
        """Return the name of the table of a partition."""
        return f"part-{part:05}.parquet"


def kind_of(out: str) -> Kind:
    """Return the kind of a store by its name."""
    return "maps" if out.rstrip("/").endswith(".zarr") else "table"


def count_parts(n_clips: int, partition_size: int) -> int:
    """Return the number of partitions of a store."""
    return -(-n_clips // partition_size)
