"""Save a clip from a form to the folder of uploads."""

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Any

from ._refusal import UNREADABLE, Refusal
from ._upload_folder import UploadFolder

# Fields that are not files are kept in memory.
_MAX_FIELDS = 8
_MAX_FIELD_BYTES = 4096


async def receive_clip(request: Any, field: str, folder: UploadFolder) -> Path:
    """Return the path of the file that a form has in `field`; raise a Refusal without one.

    The path ends in the file's name, without parts that could lead elsewhere.
    """
    from starlette.datastructures import UploadFile
    from starlette.exceptions import HTTPException

    try:
        form = await request.form(
            max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
        )
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise _no_file(field, str(error.detail)) from error
    try:
        file = form.get(field)
        if not isinstance(file, UploadFile):
            raise _no_file(field, "There is no file in it")
        path = folder.new_path(file.filename or "")
        try:
            with path.open("wb") as copy:
                await asyncio.to_thread(shutil.copyfileobj, file.file, copy)
        except BaseException:
            remove_clip(path)
            raise
        return path
    finally:
        await form.close()


def remove_clip(path: Path) -> None:
    """Remove an upload and its folder. If it is being read, its blocks are freed after that."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()


def _no_file(field: str, cause: str) -> Refusal:
    return Refusal(
        f"{cause.rstrip('.')}. Send a form whose field '{field}' is the sound file, as in "
        f"curl --form {field}=@song.mp3",
        UNREADABLE,
    )
