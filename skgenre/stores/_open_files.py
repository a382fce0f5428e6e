"""Find out what a store contains, and open its files."""

import os
from typing import Any

from ._facts import Facts, read_facts
from ._folder import Folder
from ._layout import Kind, Layout
from ._stored_files import MapFiles, StoredFiles, TableFiles


def open_files(url: str | os.PathLike, storage_options: dict[str, Any] | None) -> StoredFiles:
    """Return the files of a store, which may be unfinished.

    Raises
    ------
    ValueError
        If there is no store, or it is damaged, foreign or newer.
    """
    folder = Folder(url, storage_options)
    kind: Kind = "table" if folder.read(Layout("table").facts) is not None else "maps"
    facts = read_facts(folder, kind)
    if facts is None:
        raise ValueError(
            f"{folder.shown}: there is no store of features. Check the path, or make the store "
            f"with extract_features."
        )
    numbers = [facts.n_clips, facts.partition_size, facts.chunk_size, *facts.shape]
    if facts.kind != kind or not all(isinstance(n, int) and n > 0 for n in numbers):
        raise ValueError(
            f"{folder.shown} is damaged: its facts are no counts of clips. Delete it and run "
            f"extract_features again."
        )
    return (MapFiles if kind == "maps" else TableFiles)(folder, facts)


def check_finished(files: StoredFiles) -> None:
    """Refuse a store of which partitions are missing."""
    facts, layout = files.facts, files.layout
    n_missing = facts.n_parts - layout.n_finished(files.folder.names(layout.markers), facts.n_parts)
    if n_missing:
        raise ValueError(
            f"{files.folder.shown} is unfinished: {n_missing} of {facts.n_parts} partitions are "
            f"missing. Run extract_features again with the same clips, feature and out, which "
            f"continues."
        )


def identify(facts: Facts) -> tuple[str, str, str, str]:
    """Return what tells features from those that another run would write at the same place."""
    return facts.kind, facts.dtype, facts.setting, facts.manifest
