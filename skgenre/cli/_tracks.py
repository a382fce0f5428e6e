"""Music that a command is given: a folder of genres, a table of tracks, or sound files."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._shown_text import show, to_unicode
from .._urls import Url, as_path, scheme_of
from ._console import one_line, say
from ._output import write_csv

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.utils import Bunch

    from ..datasets._manifest_columns import Names

Files = list[tuple[str, str]]

_TABLE = "Tables of tracks"
NONE = "none"  # in place of a column

PathColumn = Annotated[
    str | None,
    typer.Option(
        help="Column of the sound files.",
        show_default="a usual name, such as path or file",
        rich_help_panel=_TABLE,
    ),
]
GenreColumn = Annotated[
    str | None,
    typer.Option(
        help="Column of the genres.",
        show_default="a usual name, such as genre or label",
        rich_help_panel=_TABLE,
    ),
]
GenreSeparator = Annotated[
    str | None,
    typer.Option(
        help="Separator of the genres of a clip in the column of the genres, such as ';'.",
        show_default="one genre per clip",
        rich_help_panel=_TABLE,
    ),
]
GenreColumns = Annotated[
    str | None,
    typer.Option(
        help="Comma-separated columns of 0 and 1, one for each genre, in place of a column of "
        "names.",
        show_default=False,
        rich_help_panel=_TABLE,
    ),
]
SplitColumn = Annotated[
    str | None,
    typer.Option(
        help="Column of the split: folds are tested in turn, an official split on its test part "
        "or as --held-out says; 'none' ignores it.",
        show_default="a usual name, such as split or fold",
        rich_help_panel=_TABLE,
    ),
]
Root = Annotated[
    str | None,
    typer.Option(
        help="Folder, or its URL, from which relative paths start; the files may also lie in "
        "folders there with the names of the genres, but not at a URL.",
        metavar="PATH",
        show_default="that of the table",
        rich_help_panel=_TABLE,
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        "--groups",
        help="How to group files; a group is never split between train and test. For a table: a "
        "column, or 'none'; the default is a usual name, such as artist or album. For a folder: "
        "'artist' reads the artist tag; anything else is a regular expression, and files whose "
        "names have the same match form a group.",
        show_default=False,
    ),
]


class FileCheck(enum.StrEnum):
    """Check of sound files before the work begins."""

    quick = "quick"
    full = "full"


Check = Annotated[
    FileCheck,
    typer.Option(
        help="How to look for unreadable files before the work begins: quick (reads headers and "
        "compares lengths) or full (decodes every file).",
        case_sensitive=False,
    ),
]
SkipBadFiles = Annotated[
    bool,
    typer.Option(
        "--skip-bad-files",
        help="Leave out files that are missing or can't be read, and list them, instead of "
        "stopping.",
    ),
]


@dataclass
class Wanted:
    """Options of a command about its music, and the files that were left out.

    Parameters
    ----------
    path, genre, group, split : str or None
        Columns of a table; `group` is the source of the groups of a folder, too.
    root : str or None
        Folder, or its URL, from which the relative paths of a table start.
    check : FileCheck
        How to look for unreadable files.
    skips : bool
        Whether they are left out; otherwise they are an error.
    genre_separator : str or None
        Separator of the genres of a clip of a table.
    genre_columns : str or None
        Comma-separated columns of 0 and 1 of a table.
    left_out : list of (path, reason)
        Files that were left out.
    """

    path: str | None = None
    genre: str | None = None
    group: str | None = None
    split: str | None = None
    root: str | None = None
    check: FileCheck = FileCheck.quick
    skips: bool = False
    genre_separator: str | None = None
    genre_columns: str | None = None
    left_out: Files = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether files are decoded to check them."""
        return self.check is FileCheck.full

    def judge(self, bad: Files, n_files: int) -> None:
        """Name all bad files, and stop unless they are to be left out."""
        from ..datasets._unreadable import common_folder, list_unreadable

        if not bad:
            return
        lines = list_unreadable(bad)
        if self.skips:
            self.left_out.extend(bad)
            say(f"Left out {len(bad)} of {n_files} files, which can't be read:")
            for line in lines:
                say(f"  {line}")
            return
        cure = (
            "Repair them, or leave them out with --skip-bad-files; 'skgenre check' decodes all "
            "files and finds more faults"
        )
        if len(bad) == 1:
            path, reason = bad[0]
            raise ValueError(f"{show(path)}: {reason.rstrip('.')}. {cure.replace('them', 'it')}.")
        folder = common_folder([path for path, _ in bad])
        for line in lines:
            typer.echo(one_line(line), err=True)  # part of the error: --quiet does not hide it
        where = f", below {show(folder)}" if folder else ""
        raise ValueError(f"{len(bad)} of {n_files} files can't be read{where}. {cure}.")

    def refuse_for_folder(self) -> None:
        """Refuse options that are for tables alone."""
        given = {
            "--path-column": self.path,
            "--genre-column": self.genre,
            "--genre-separator": self.genre_separator,
            "--genre-columns": self.genre_columns,
            "--split-column": None if self.split == NONE else self.split,
            "--root": self.root,
        }
        names = [name for name, value in given.items() if value is not None]
        if names:
            raise typer.BadParameter(
                "this is for a table of tracks (.csv or .parquet), and you gave none.",
                param_hint=names,
            )


def is_table(source: Path | Url) -> bool:
    """Return whether a file is a table of tracks, by its name."""
    from ..datasets._manifest_table import is_manifest

    return is_manifest(source)


def read_table(source: Path | Url, wanted: Wanted, *, needs_genre: bool = True) -> "Bunch":
    """Read a table of tracks, and say which columns were taken."""
    from ..datasets._left_out import warn_of_single_clips
    from ..datasets._manifest import warn_of_joined, warn_of_separator, warn_of_similar

    bunch = _read_table(source, wanted, wanted.judge, needs_genre=needs_genre)
    if needs_genre:
        warn_of_single_clips(bunch.target)
        warn_of_similar(bunch.target_names)
    if wanted.genre_separator is not None:
        warn_of_separator(bunch.target, f"--genre-separator {show(wanted.genre_separator)!r}")
    elif needs_genre and wanted.genre_columns is None:
        warn_of_joined(bunch.target_names, "--genre-separator ")
    return bunch


def list_table(
    source: Path | Url, wanted: Wanted
) -> "tuple[list[Path | Url], list[str] | pd.DataFrame | None]":
    """Return all files that a table of tracks lists, the missing and unreadable ones last.

    With their genres, if it has columns of them; the unreadable ones have none.
    """
    from ..datasets._manifest import warn_of_joined

    bunch = _read_table(source, wanted, lambda *_: None, needs_genre=False)
    if bunch.target is not None and not hasattr(bunch.target, "columns"):
        warn_of_joined(bunch.target_names, "--genre-separator ")
    root = source.parent if wanted.root is None else as_path(wanted.root)
    bad = [as_path(path) if scheme_of(path) else root.joinpath(path) for path, _ in bunch.missing]
    bad += [as_path(path) for path, _ in bunch.unreadable]
    files = [*map(as_path, bunch.paths), *bad]
    if bunch.target is None:
        return files, None
    if hasattr(bunch.target, "columns"):
        return files, bunch.target.reindex(range(len(files)), fill_value=0)
    return files, [str(genre) for genre in bunch.target] + [""] * len(bad)


def _read_table(
    source: Path | Url, wanted: Wanted, judge: Callable[[Files, int], None], *, needs_genre: bool
) -> "Bunch":
    from ..datasets._manifest import read_manifest

    genre_columns = list_genre_columns(wanted)
    names = name_options(wanted, needs_genre=needs_genre)
    given = columns_by_role(wanted, names, needs_genre=needs_genre)
    bunch = read_manifest(
        source,
        given,
        root=wanted.root,
        drops_missing=True,
        genre_separator=wanted.genre_separator,
        genre_columns=genre_columns,
        names=names,
        needs_genre=needs_genre,
        full=wanted.is_full,
        reads_urls=wanted.skips,
        judge=judge,
    )
    say(f"{show(source)}: {'; '.join(bunch.notes)}.")
    return bunch


def list_genre_columns(wanted: Wanted) -> list[str] | None:
    """Return the columns of 0 and 1 that were given."""
    columns = wanted.genre_columns
    return None if columns is None else [name.strip() for name in columns.split(",")]


def name_options(wanted: Wanted, *, needs_genre: bool) -> "Names":
    """Return the names of the options about a table, for messages."""
    from ..datasets._manifest_columns import Names

    return Names(
        path="--path-column",
        genre="--genre-column",
        group="--group",
        split="--split-column",
        root="--root",
        genre_separator="--genre-separator",
        genre_columns="--genre-columns",
        skip="--skip-bad-files" if needs_genre and not wanted.skips else "",
        none=" none",
    )


def columns_by_role(wanted: Wanted, names: "Names", *, needs_genre: bool) -> dict[str, Any]:
    """Return the columns of a table that were given, by role; False for none."""
    from ..datasets._manifest_genres import check_genre_options

    genre_columns = list_genre_columns(wanted)
    check_genre_options("skgenre", names, wanted.genre, wanted.genre_separator, genre_columns)
    given: dict[str, Any] = {"path": wanted.path, "genre": wanted.genre}
    for role, column in (("group", wanted.group), ("split", wanted.split)):
        given[role] = False if column == NONE else column
    if wanted.genre == NONE and not needs_genre:
        given["genre"] = False
    return given


def read_genres(source: Path | Url, wanted: Wanted) -> "Bunch":
    """Read a folder with a subfolder for each genre, or a table of tracks."""
    if is_table(source):
        return read_table(source, wanted)
    source = local_folder(source)
    from ..datasets._folder import read_genre_folder

    wanted.refuse_for_folder()
    group = None if wanted.group == NONE else wanted.group
    return read_genre_folder(source, group, wanted.judge, full=wanted.is_full)


def local_folder(source: Path | Url) -> Path:
    """Return the path of a folder; refuse a URL and a store of features."""
    if _is_store(source):
        raise ValueError(
            f"{show(source)}: this is a store of features, and the command takes sound files. In "
            f"Python, open it with skgenre.stores.open_features and pass it to compare or fit."
        )
    if isinstance(source, Url):
        raise ValueError(
            f"{show(source)}: a folder at a URL is not searched. List its files in a table (.csv "
            f"or .parquet), by their URLs or from this one with --root, and give the table."
        )
    return source


def _is_store(source: Path | Url) -> bool:
    if source.suffix == ".zarr":
        return True
    return isinstance(source, Path) and (source / "_skgenre" / "store.json").is_file()


def leave_out_bad(files: Sequence[Path | Url], wanted: Wanted) -> list[Path | Url]:
    """Return the files that can be read; name the others, and stop unless they are left out."""
    from ..datasets._unreadable import find_unreadable

    reasons = find_unreadable(files, full=wanted.is_full, reads_urls=wanted.skips)
    pairs = list(zip(files, reasons, strict=True))
    wanted.judge([(str(file), reason) for file, reason in pairs if reason], len(files))
    return [file for file, reason in pairs if not reason]


def write_left_out(wanted: Wanted, out: Path | None) -> None:
    """Write the files that were left out to a CSV file beside an output file."""
    if out is None or not wanted.left_out:
        return
    import pandas as pd

    from .._name_columns import name_column

    path = out.with_name(f"{out.stem}.left_out.csv")
    paths, reasons = zip(*wanted.left_out, strict=True)
    write_csv(pd.DataFrame({"file": name_column(paths), "reason": name_column(reasons)}), path)
    say(f"Wrote the files that were left out to {show(path)}")


def add_left_out(comparison: Any, wanted: Wanted) -> None:
    """Add the files that a command left out to the protocol of a comparison."""
    left_out = {to_unicode(path): reason for path, reason in wanted.left_out}
    comparison.protocol["left_out"] = left_out | comparison.protocol["left_out"]
