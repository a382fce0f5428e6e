"""Facts about a store: its kind, its size, and what it was made of."""

import json
import os
from dataclasses import dataclass
from typing import Any

from ._folder import Folder
from ._layout import ATTRIBUTES, FORMAT, Kind, Layout, count_parts
from ._stored_files import MapFiles, StoredFiles, TableFiles

_GROUP = "zarr.json"


@dataclass(frozen=True)
class Facts:
    """Facts about a store.

    Parameters
    ----------
    folder : Folder
        Its folder.
    layout : Layout
        Names in it.
    n_clips : int
        Number of clips, those without features too.
    partition_size : int
        Clips per partition.
    setting, manifest : str
        Digests of the feature's setting and of the table of clips.
    parameters : str
        The feature and its parameters, for people.
    """

    folder: Folder
    layout: Layout
    n_clips: int
    partition_size: int
    setting: str
    manifest: str
    parameters: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells the features from those that another run would write at the same place."""
        return self.layout.kind, self.setting, self.manifest


def read_facts(url: str | os.PathLike, storage_options: dict[str, Any] | None) -> Facts:
    """Return the facts about a store.

    Raises
    ------
    ValueError
        If there is no store, or it is damaged, foreign or newer.
    """
    folder = Folder(url, storage_options)
    kind: Kind
    for kind in ("maps", "table"):
        layout = Layout(kind)
        content = folder.read(_GROUP if kind == "maps" else layout.facts)
        if content is not None:
            return _parse(folder, layout, content)
    if not folder.names():
        raise ValueError(
            f"{folder.shown}: there is no store of features. Check the path, or make the store "
            f"with extract_features."
        )
    raise _foreign(folder)


def check_finished(facts: Facts) -> None:
    """Refuse a store of which partitions are missing."""
    n_parts = count_parts(facts.n_clips, facts.partition_size)
    found = set(facts.folder.names(facts.layout.markers))
    markers = [facts.layout.marker(part).rpartition("/")[2] for part in range(n_parts)]
    n_missing = sum(marker not in found for marker in markers)
    if n_missing:
        raise ValueError(
            f"{facts.folder.shown} is unfinished: {n_missing} of {n_parts} partitions are missing. "
            f"Run extract_features again with the same clips, feature and out, which continues."
        )


def open_files(facts: Facts) -> StoredFiles:
    """Return the files of a store."""
    kind = MapFiles if facts.layout.kind == "maps" else TableFiles
    return kind(facts.folder, facts.layout, facts.n_clips, facts.partition_size)


def _parse(folder: Folder, layout: Layout, content: bytes) -> Facts:
    try:
        parsed = json.loads(content)
        found = parsed["attributes"].get(ATTRIBUTES) if layout.kind == "maps" else parsed
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{folder.shown} is damaged: its attributes can't be read. Delete it and run "
            f"extract_features again."
        ) from error
    if not isinstance(found, dict):
        raise _foreign(folder)
    version = found.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        raise ValueError(
            f"{folder.shown} was written by a newer skgenre ({found.get('version')}), in format "
            f"{version}; this one reads up to {FORMAT}. Update skgenre."
        )
    try:
        return Facts(
            folder,
            layout,
            n_clips=_as_count(found["n_clips"]),
            partition_size=_as_count(found["partition_size"]),
            setting=str(found["setting"]),
            manifest=str(found["manifest"]),
            parameters=str(found.get("parameters", "")),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{folder.shown} is damaged: its attributes lack n_clips, partition_size, setting or "
            f"manifest. Delete it and run extract_features again."
        ) from error


def _as_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError
    return value


def _foreign(folder: Folder) -> ValueError:
    return ValueError(
        f"{folder.shown} is no store of features of skgenre. Such stores are made by "
        f"extract_features."
    )
