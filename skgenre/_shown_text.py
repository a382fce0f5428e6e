"""Text from file names and labels, prepared for display and for files.

A file name is bytes on most systems, and a genre may be the name of a folder: it may contain bytes
that are not UTF-8, line breaks, or codes that move a terminal's cursor.
"""

import re
import unicodedata
from collections.abc import Iterable

from ._secrets import hide_secrets

# They change the direction of the text after them.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_CONTROLS = {"Cc", "Zl", "Zp"}


def to_unicode(text: object) -> str:
    r"""Return text that can be written as UTF-8, for data that programs read.

    A byte of a file name that is not UTF-8, which :func:`os.fsdecode` turns into a lone surrogate,
    becomes an escape such as ``\xe9``. If only the locale kept Python from decoding the name, it is
    decoded. All other text is unchanged.
    """
    text = str(text)
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # surrogates that represent no byte
        return text.encode("utf-8", "backslashreplace").decode()


def show(text: object) -> str:
    r"""Return text in one line for display, with escapes such as ``\n`` for invisible characters.

    Bytes that are not UTF-8, line breaks, other control characters, and those that change the
    direction of writing are escaped. URLs are shown without credentials and queries.
    """
    text = hide_secrets(to_unicode(text))
    if text.isprintable() and not _DIRECTIONS.search(text):
        return text
    return "".join(map(_show_character, text))


def name_first(names: Iterable[object], n_names: int = 3) -> str:
    """Return the first few of many names, and the number of the rest."""
    texts = [show(name) for name in names]
    more = f" and {len(texts) - n_names} more" if len(texts) > n_names else ""
    return ", ".join(texts[:n_names]) + more


def _show_character(character: str) -> str:
    if unicodedata.category(character) in _CONTROLS or _DIRECTIONS.match(character):
        code = ord(character)
        return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
    return character
