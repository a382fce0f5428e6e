"""Facts about a store, written into it: what it contains, and the setting of the feature."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from .. import __version__
from .._shown_text import show
from ._folder import Folder
from ._layout import ATTRIBUTES, FEATURES, FORMAT, OK, Kind, Layout, count_parts

# Bytes of a chunk before compression, if it is not given: one request of an object store.
_CHUNK_BYTES = 2**24
# The root of a Zarr group.
_GROUP = "zarr.json"
# Endings of files that are being written, ours and Zarr's.
_UNFINISHED = (".tmp", ".partial")
# Runs that may begin the same store at once, before one gives up.
_MOST_AT_ONCE = 20
_CONTENTS = {"maps": "features", "table": "features", "predictions": "predictions"}


@dataclass(frozen=True)
class Facts:
    """Facts about a store.

    Parameters
    ----------
    version : str
        Version of skgenre that wrote it.
    format : int
        Version of the layout.
    kind : {"maps", "table", "predictions"}
        What it contains.
    feature : str
        Name of the feature's class.
    setting : str
        Digest of all that the values depend on besides the clips.
    parameters : str
        The feature with its parameters, for people.
    manifest : str
        Digest of the table of clips.
    n_clips, partition_size, chunk_size : int
        Numbers of clips: in all, in a partition and, of maps, in a chunk.
    shape : list of int
        Shape of the features of a clip.
    dtype : {"float32", "float16"}
        Type of the features.
    columns : list of str or None
        Names of the columns of a table.
    """

    kind: Kind
    feature: str
    setting: str
    parameters: str
    manifest: str
    n_clips: int
    partition_size: int
    chunk_size: int
    shape: list[int]
    dtype: str
    columns: list[str] | None
    version: str = __version__
    format: int = FORMAT

    @property
    def n_parts(self) -> int:
        """Return the number of partitions."""
        return count_parts(self.n_clips, self.partition_size)

    def rows(self, part: int) -> range:
        """Return the rows of a partition."""
        start = part * self.partition_size
        return range(start, min(start + self.partition_size, self.n_clips))


def choose_chunk_size(shape: tuple[int, ...], dtype: str, partition_size: int) -> int:
    """Return the number of clips in a chunk of at most 16 MB that divides a partition."""
    n_bytes = max(1, math.prod(shape) * np.dtype(dtype).itemsize)
    most = max(1, min(partition_size, _CHUNK_BYTES // n_bytes))
    return next(size for size in range(most, 0, -1) if partition_size % size == 0)


def read_facts(folder: Folder, kind: Kind) -> Facts | None:
    """Return the facts about a store; None if there is nothing in the folder.

    Raises
    ------
    ValueError
        If the folder holds something else, a damaged store or one of a newer version.
    """
    name = _GROUP if kind == "maps" else Layout(kind).facts
    content = folder.read(name)
    if content is None:
        if not _holds_files(folder, kind):
            return None
        content = folder.read(name)  # another run may have written it meanwhile
        if content is None:
            raise ValueError(
                f"{folder.shown}: this folder holds other files, and no {_CONTENTS[kind]} of "
                f"skgenre. Name another folder."
            )
    try:
        found = json.loads(content)
        found = found["attributes"][ATTRIBUTES] if kind == "maps" else found
        known = {field.name for field in fields(Facts)}
        version, is_newer = found["version"], found["format"] > FORMAT
        facts = None
        if not is_newer:
            facts = Facts(**{name: value for name, value in found.items() if name in known})
            _check_types(facts)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"{folder.shown}: this holds no {_CONTENTS[kind]} of skgenre, or damaged ones. Name "
            f"another folder."
        ) from error
    if is_newer:
        raise ValueError(
            f"{folder.shown}: this was written by skgenre {show(version)}, which is newer than "
            f"this one ({__version__}): upgrade skgenre."
        )
    return facts


def _holds_files(folder: Folder, kind: Kind) -> bool:
    """Tell whether a folder holds more than what a run leaves that ends before it has begun."""
    names = [name for name in folder.names() if not name.endswith(_UNFINISHED)]
    home, _, clips = Layout(kind).clips.rpartition("/")
    if names != [home]:
        return bool(names)
    inside = {name for name in folder.names(home) if not name.endswith(_UNFINISHED)}
    return not inside <= {clips}


def _check_types(facts: Facts) -> None:
    """Refuse facts of types that no skgenre writes; counts are checked by their readers."""
    texts = (facts.version, facts.feature, facts.setting, facts.parameters, facts.manifest)
    columns = [] if facts.columns is None else facts.columns
    are_lists = isinstance(columns, list) and isinstance(facts.shape, list)
    if not are_lists or not all(isinstance(text, str) for text in (*texts, *columns)):
        raise TypeError
    if facts.kind != "predictions" and facts.dtype not in ("float32", "float16"):
        raise TypeError


def begin_store(folder: Folder, wanted: Facts, clips: bytes) -> None:
    """Create a store, or go on with one that is the same.

    Parameters
    ----------
    folder : Folder
        The store.
    wanted : Facts
        The facts about it.
    clips : bytes
        The table of the clips.

    Raises
    ------
    ValueError
        If the folder holds something else.
    """
    for _ in range(_MOST_AT_ONCE):
        found = read_facts(folder, wanted.kind)
        if found is not None:
            check_same(found, wanted, folder)
        if _create(folder, found or wanted, clips):
            return
    raise OSError(f"{folder.shown}: other runs write this at the same time. Run this again.")


def check_same(facts: Facts, wanted: Facts, folder: Folder) -> None:
    """Refuse to go on with a store of another feature, other clips or another layout.

    Raises
    ------
    ValueError
        If they differ. The message says in what.
    """
    cure = "Choose another out, or delete it."
    what = _CONTENTS[facts.kind]
    if facts.setting != wanted.setting:
        kind = f" ({show(facts.parameters[:300])}, skgenre {show(facts.version)})"
        raise ValueError(f"{folder.shown}: this holds {what} of another setting{kind}. {cure}")
    if facts.manifest != wanted.manifest or facts.n_clips != wanted.n_clips:
        raise ValueError(
            f"{folder.shown}: this holds {what} of other clips, {facts.n_clips} of them: the "
            f"files, their genres and their groups must be the same. {cure}"
        )
    for name in ("dtype", "partition_size", "chunk_size", "shape"):
        ours, theirs = getattr(wanted, name), getattr(facts, name)
        if ours != theirs:
            raise ValueError(
                f"{folder.shown}: this was begun with {name}={theirs!r}, got {ours!r}. Give "
                f"{name}={theirs!r}. {cure.replace('Choose', 'Or choose')}"
            )


def _create(folder: Folder, facts: Facts, clips: bytes) -> bool:
    """Write the facts, the table of clips and empty arrays of a store; what is there stays.

    Returns
    -------
    bool
        Whether this is done: not if another run has begun the store at the same time.
    """
    layout = Layout(facts.kind)
    if facts.kind != "maps":
        folder.write(layout.clips, clips)
        folder.write(layout.facts, json.dumps(asdict(facts), indent=1).encode())
        return True
    store = folder.zarr_store(read_only=False)
    from zarr.errors import ContainsArrayError, ContainsGroupError

    with folder.errors():
        try:
            _create_arrays(store, facts, set(_array_keys(folder)))
        except (ContainsArrayError, ContainsGroupError):
            return False
    folder.write(layout.clips, clips)
    return True


def _create_arrays(store: Any, facts: Facts, there: set[str]) -> None:
    import zarr
    from zarr.codecs import ZstdCodec

    compressors = [ZstdCodec(level=1)]
    group = zarr.open_group(store, mode="a", attributes={ATTRIBUTES: asdict(facts)})
    if FEATURES not in there:
        group.create_array(
            FEATURES,
            shape=(facts.n_clips, *facts.shape),
            chunks=(facts.chunk_size, *facts.shape),
            dtype=facts.dtype,
            fill_value=math.nan,
            compressors=compressors,
        )
    if OK not in there:
        group.create_array(
            OK,
            shape=(facts.n_clips,),
            chunks=(facts.partition_size,),
            dtype=bool,
            fill_value=False,
            compressors=compressors,
        )


def read_marker(content: bytes | None, rows: range) -> Mapping[int, str] | None:
    """Return the bad clips of a finished partition with the reasons; None if it isn't finished.

    Parameters
    ----------
    content : bytes or None
        What the file of the partition has. With other rows in it, it is none of this partition.
    rows : range
        Rows of the partition.
    """
    try:
        found: Any = json.loads(content or b"")["bad"]
        bad = {int(row): str(reason) for row, reason in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return bad if all(row in rows for row in bad) else None


def write_marker(folder: Folder, name: str, bad: Mapping[int, str]) -> None:
    """Say that a partition is finished."""
    folder.write(name, json.dumps({"bad": {str(row): bad[row] for row in sorted(bad)}}).encode())


def _array_keys(folder: Folder) -> list[str]:
    return [name for name in (FEATURES, OK) if folder.read(f"{name}/{_GROUP}") is not None]
