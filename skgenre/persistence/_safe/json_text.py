"""JSON as UTF-8, even for genres that are names of folders."""

import json
from typing import Any


def to_json(value: Any, indent: int | None = None) -> str:
    r"""Return a value as JSON that can be written as UTF-8 and read back unchanged.

    Text is written unchanged. If some of it is not UTF-8, everything that is not ASCII is escaped,
    as in "caf\udce9".
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
