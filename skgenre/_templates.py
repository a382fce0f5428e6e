"""HTML and Markdown from the templates in ``skgenre/templates``, which escape all values."""

import re
from functools import cache
from typing import Any

from ._shown_text import show

# What Markdown reads as more than text: some anywhere, some beside a space, some at the start.
_MARKDOWN = re.compile(r"[\\`*\[\]<|~]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])|^[-+=>#]|^\d+(?=[.)])")

# Control characters, those that change the direction of all text after them, and lone surrogates,
# which stand for bytes of file names and can't be encoded.
_UNPRINTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def render(template: str, part: str | None = None, **values: Any) -> str:
    """Fill a template.

    Parameters
    ----------
    template : str
        Name of the file. Values are escaped for HTML, in ``.md`` files for Markdown.
    part : str, default=None
        Name of a macro in the file. None fills the whole file.
    **values
        Variables of the template, or arguments of the macro.
    """
    found = _environment(template.endswith(".md")).get_template(template)
    return found.render(values) if part is None else str(getattr(found.module, part)(**values))


def code_span(text: object) -> str:
    """Return text as code in Markdown, for cells of tables as well."""
    from markupsafe import Markup

    words = " ".join(str(text).split()).replace("|", "\\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", words)), default=0))
    space = " " if "`" in words else ""
    return Markup(f"{fence}{space}{words}{space}{fence}")


@cache
def _environment(is_markdown: bool) -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("skgenre"),
        autoescape=not is_markdown,
        finalize=_escape_markdown if is_markdown else _escape_controls,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = code_span
    environment.filters["names"] = _name_list
    return environment


def _escape_controls(value: object) -> object:
    """Return text without the characters that a page has no place for, the rest as it is."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _UNPRINTED.sub(lambda found: show(found[0]), value)


def _name_list(names: list[str]) -> object:
    """Return names of Python as the list that one types; nothing in them needs escaping."""
    from markupsafe import Markup

    assert all(part.isidentifier() for name in names for part in name.split("."))
    return Markup("[" + ", ".join(f'"{name}"' for name in names) + "]")


def _escape_markdown(value: object) -> str:
    if hasattr(value, "__html__"):
        return str(value)

    def escape(found: re.Match[str]) -> str:
        return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"

    return _MARKDOWN.sub(escape, str(_escape_controls(" ".join(str(value).split()))))
