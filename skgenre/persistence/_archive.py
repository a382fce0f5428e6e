"""Model files: zip archives whose entries are checked before anything is built from them."""

import hashlib
import io
import json
import os
import zipfile

from .._files import replace_file
from .._shown_text import show
from ..exceptions import ModelFormatError

SUMS = "SHA256SUMS"

# A few kilobytes can unpack to gigabytes. Weights hardly shrink, the description by a factor of 30.
_MAX_UNPACKED = 2**26
_MAX_RATIO = 20
_MAX_ENTRIES = 200_000
_PIECE = 2**20
_LARGEST_SCHEMA = 2**20  # to be named in a message


def write_archive(path: str | os.PathLike, entries: dict[str, bytes]) -> None:
    """Write entries with their checksums; an old file is replaced when the new one is complete.

    Parameters
    ----------
    path : str or PathLike
        The file.
    entries : dict of str to bytes
        Contents by name.
    """
    sums = "".join(f"{_digest(content)}  {name}\n" for name, content in entries.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in {**entries, SUMS: sums.encode()}.items():
            archive.writestr(entry, content)
    replace_file(path, buffer.getvalue())


def read_archive(data: bytes, path: str) -> dict[str, bytes]:
    """Return the entries of a model file; raise an error if it is damaged or not a model file.

    Parameters
    ----------
    data : bytes
        The file's content.
    path : str
        Its name, for error messages.
    """
    if not data:
        raise ModelFormatError(
            f"{path}: the file is empty. Copy it again, or save the model again."
        )
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise ModelFormatError(f"{path}: not a model file of skgenre: {describe_foreign(data)}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            unpacked = sum(info.file_size for info in infos)
            if unpacked > _MAX_UNPACKED + _MAX_RATIO * len(data) or len(infos) > _MAX_ENTRIES:
                raise ModelFormatError(
                    f"{path}: {len(data):,} bytes that unpack to {unpacked:,} in {len(infos):,} "
                    f"entries are no model."
                )
            entries = {info.filename: _unpack(archive, info) for info in infos}
    except ModelFormatError:
        raise
    except Exception as error:  # zipfile raises many kinds for damaged files
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    if len(entries) < len(infos):
        raise _damaged(path, "two entries have the same name")
    _check_sums(entries, path)
    return entries


def describe_foreign(data: bytes) -> str:
    """Describe a file that is not a zip archive, and what to do with it.

    Parameters
    ----------
    data : bytes
        Its content, or the first kilobyte.
    """
    if data[:2] == b"PK":
        return "it is cut off, or damaged. Copy it again, or save the model again."
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return (
            "it is a pickle, which runs code of the file when it is loaded. If you trust it, read "
            "it with pickle or joblib, or name it '….pkl' for the skgenre command."
        )
    # An ONNX file begins with its version; the name of what wrote it comes next.
    if data[:1] == b"\x08" and data[2:3] == b"\x12":
        return (
            "it is an ONNX file: 'skgenre predict' runs it, under a name that ends in .onnx. For "
            "anything else, name the model file that it was exported from."
        )
    return "it is no zip archive, as model files are. Name a file that save_model wrote."


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return an entry of the declared size; never unpack more."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename!r} is packed in a way that model files are not")
    pieces = []
    # In pieces: archive.read unpacks everything before it checks the declared size.
    with archive.open(info) as file:
        while piece := file.read(_PIECE):
            pieces.append(piece)
    content = b"".join(pieces)
    if len(content) != info.file_size:
        raise ValueError(f"{info.filename!r} is announced as {info.file_size:,} bytes")
    return content


def _check_sums(entries: dict[str, bytes], path: str) -> None:
    if SUMS not in entries:
        raise ModelFormatError(
            f"{path}: not a model file of skgenre: {_name_content(entries)} Needed is a fitted "
            f"classifier that save_model or 'skgenre fit' wrote."
        )
    lines = entries.pop(SUMS).decode("utf-8", "replace").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if set(sums) != set(entries):
        odd = sorted(set(sums) ^ set(entries))[0]
        raise _damaged(path, f"its entries are not those that {SUMS} lists, as for {odd!r}")
    for name, content in entries.items():
        if _digest(content) != sums[name]:
            raise _damaged(path, f"the checksum of {name!r} is another one")


def _name_content(entries: dict[str, bytes]) -> str:
    """Return what is in a zip archive that skgenre did not write."""
    schema = entries.get("schema.json", b"")
    if not schema or len(schema) > _LARGEST_SCHEMA:
        return f"it has no {SUMS}."
    try:
        kind = str(json.loads(schema)["__class__"])[:100]
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"it has no {SUMS}."
    return f"skops itself wrote it, and it holds a {show(kind)}, which skops.io.load reads."


def _damaged(path: str, what: str) -> ModelFormatError:
    return ModelFormatError(
        f"{path}: the file is damaged ({what}). Copy it again, or save the model again."
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
