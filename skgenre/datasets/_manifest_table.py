"""Read a table of tracks: CSV, Parquet or a DataFrame, within bounds."""

import csv
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from .._remote_errors import RemoteFileError, RemoteFileNotFoundError
from .._remote_files import read_url
from .._shown_text import show
from .._urls import Url, as_path
from ..audio._clip_items import is_dataframe
from ._left_out import name_first

if TYPE_CHECKING:
    import pandas as pd

# Names of files that the commands take as tables; any other file is a sound file.
EXTENSIONS = (".csv", ".parquet", ".pq", ".tab", ".tsv")

# A table of a million tracks has some 100 MB.
_MAX_BYTES = 500_000_000
_MAX_ROWS = 5_000_000
# Rows of a Parquet file read at a time: its text may be much longer than the file.
_N_ROWS = 1000

_PARQUET = b"PAR1"  # first bytes
_SEPARATORS = (",", "\t", ";")
_SAVE = "Save it as CSV in UTF-8 (in Excel: 'CSV UTF-8')"


def is_manifest(path: Path | Url) -> bool:
    """Return whether a file is a table of tracks by its name."""
    if path.suffix.lower() not in EXTENSIONS:
        return False
    return isinstance(path, Url) or not path.is_dir()


def read_table(manifest: Any) -> tuple["pd.DataFrame", str, Path | Url | None]:
    """Return the table, its name for messages, and the file that it was read from.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is no table, or too large.
    TypeError
        When `manifest` is neither a path nor a DataFrame.
    """
    if isinstance(manifest, str | os.PathLike):
        source = as_path(manifest)
        name = show(source)
        table = _read_url(source) if isinstance(source, Url) else _read_file(source)
    else:
        table, name, source = _check_frame(manifest), "The table", None
    _refuse_double_columns([str(column) for column in table.columns], name)
    if not len(table):
        raise ValueError(f"{name}: there are no rows in it, only column names.")
    return table, name, source


def _read_file(path: Path) -> "pd.DataFrame":
    name = show(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{name}: there is no such file (the current folder is {show(Path.cwd())})."
        )
    if not path.is_file():
        cure = ", which load_genre_folder reads" if path.is_dir() else ""
        what = f"a folder{cure}" if path.is_dir() else "no regular file"
        raise ValueError(f"{name}: this is {what}. Name a table: a CSV or Parquet file.")
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise ValueError(
            f"{name}: the file has {size:,} bytes, and a table of tracks at most {_MAX_BYTES:,}. "
            f"Split it, or leave out columns."
        )
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == _PARQUET
    if is_parquet:
        return _read_parquet(path, name)
    return _read_csv(_read_text(path.read_bytes(), name), name)


def _read_url(url: Url) -> "pd.DataFrame":
    name = show(url)
    try:
        content = read_url(url, _MAX_BYTES)
    except RemoteFileNotFoundError as error:
        raise FileNotFoundError(f"{name}: {error}.") from None
    except RemoteFileError as error:
        raise ValueError(f"{name}: {error}.") from None
    if content.startswith(_PARQUET):
        return _read_parquet(io.BytesIO(content), name)
    return _read_csv(_read_text(content, name), name)


def _read_text(content: bytes, name: str) -> str:
    if not content.strip():
        raise ValueError(f"{name}: the file is empty.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{name}: the file is UTF-16. {_SAVE}.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(f"{name}: this is a workbook or archive, no CSV. {_SAVE}.")
    if b"\0" in content:
        raise ValueError(f"{name}: this is no text: it has NUL bytes. {_SAVE}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{name}: line {line} is not UTF-8 (byte 0x{content[error.start]:02x}). {_SAVE}, or "
            f"convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8"
        ) from error


def _read_csv(text: str, name: str) -> "pd.DataFrame":
    import pandas as pd

    separator = None
    if text.startswith("sep="):  # Excel's
        line, _, text = text.partition("\n")
        separator = line[4:5]
    separator, header = _find_header(text, name, separator)
    _refuse_double_columns(header, name)
    if text.count("\n") > _MAX_ROWS:
        raise _too_many_rows(name)
    try:
        with warnings.catch_warnings():
            # Of a row with more cells than the header.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                dtype=str,  # a number may be an identifier, with zeros in front
                keep_default_na=False,  # an artist may be called None or NA
                na_values=[""],
                index_col=False,
                skipinitialspace=True,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip().rstrip(".")
        raise ValueError(
            f"{name}: a row does not fit the header ({show(reason)}). Put quotes around cells that "
            f"contain the separator {show(separator)!r}."
        ) from error
    return table.rename(columns=lambda column: str(column).strip())


def _find_header(text: str, name: str, separator: str | None) -> tuple[str, list[str]]:
    """Return the separator that gives the most columns, and their names."""
    headers = {}
    for candidate in (separator,) if separator else _SEPARATORS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=candidate)
        try:
            row = next((row for row in rows if row), [])
        except csv.Error as error:
            raise ValueError(
                f"{name}: the first line does not name columns ({error}). {_SAVE}."
            ) from error
        headers[candidate] = [cell.strip() for cell in row]
    best = max(headers, key=lambda candidate: len(headers[candidate]))
    return best, headers[best]


def _read_parquet(source: Path | BinaryIO, name: str) -> "pd.DataFrame":
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            f"{name}: Parquet files need pyarrow: pip install 'skgenre[parquet]', or save the "
            f"table as CSV."
        ) from error
    try:
        with pq.ParquetFile(source) as file:
            if file.metadata.num_rows > _MAX_ROWS:
                raise _too_many_rows(name)
            batches, n_bytes = [], 0
            for batch in file.iter_batches(batch_size=_N_ROWS):
                n_bytes += batch.nbytes
                if n_bytes > _MAX_BYTES:
                    raise ValueError(
                        f"{name}: the table has more than {_MAX_BYTES:,} bytes. Split it, or leave "
                        f"out columns."
                    )
                batches.append(batch)
            return pa.Table.from_batches(batches, file.schema_arrow).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"{name}: the Parquet file is damaged ({show(str(error)[:200])}). Write it again."
        ) from error


def _too_many_rows(name: str) -> ValueError:
    return ValueError(f"{name}: the table has more than {_MAX_ROWS:,} rows. Split it.")


def _check_frame(manifest: Any) -> "pd.DataFrame":
    import pandas as pd

    if not isinstance(manifest, pd.DataFrame) and hasattr(manifest, "to_pandas"):
        manifest = manifest.to_pandas()
    if not isinstance(manifest, pd.DataFrame):
        cure = "" if not is_dataframe(manifest) else ": convert it to one of pandas"
        raise TypeError(
            f"load_manifest takes the path of a CSV or Parquet file, or a DataFrame, got an object "
            f"of type {type(manifest).__name__}{cure}."
        )
    if manifest.columns.nlevels > 1:
        raise ValueError(
            "load_manifest takes a DataFrame with one name for each column, got several levels of "
            "names: select the columns you need, as in table['track']."
        )
    return manifest


def _refuse_double_columns(header: list[str], name: str) -> None:
    double = sorted({column for column in header if column and header.count(column) > 1})
    if double:
        # FMA's table has three header rows.
        cure = "load_fma reads FMA's tracks.csv" if "track" in double else "Rename all but one"
        names = name_first([repr(show(column[:100])) for column in double], 10)
        raise ValueError(f"{name}: columns with the same name: {names}. {cure}.")
