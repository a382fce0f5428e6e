"""JSON as UTF-8, of genres that are names of folders, too."""

import json
from typing import Any


def to_json(value: Any, indent: int | None = None) -> str:
    r"""Return a value as JSON that can be written as UTF-8 and is read back as it was.

    Text is written as it is. Where some of it is no UTF-8, all that is not ASCII is escaped, as in
    "caf\udce9".
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
