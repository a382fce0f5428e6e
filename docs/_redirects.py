"""Pages that moved keep their old addresses.

A Sphinx extension: for each old page it writes one that leads to the new one and keeps the anchor
of a link. A new page that does not exist, or an old one that does, fails the build.
"""

from pathlib import Path
from typing import Any

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page moved</title>
<link rel="canonical" href="{target}">
<meta name="robots" content="noindex">
<script>location.replace("{target}" + location.hash)</script>
<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript>
</head>
<body><p>This page moved: <a href="{target}">go to the new page</a>.</p></body>
</html>
"""


def write_redirects(app: Any, error: Exception | None) -> None:
    """Write a page for each old name in ``moved_pages``."""
    from sphinx.errors import ExtensionError

    if error is not None or app.builder.format != "html":
        return
    for old, new in app.config.moved_pages.items():
        if new not in app.env.found_docs or old in app.env.found_docs:
            raise ExtensionError(f"moved_pages leads from {old!r} to {new!r}: is the move undone?")
        path = Path(app.outdir, f"{old}.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        target = app.builder.get_relative_uri(old, new)
        path.write_text(PAGE.format(target=target), encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    """Add the setting and the pages."""
    app.add_config_value("moved_pages", {}, "html", types=(dict,))
    app.connect("build-finished", write_redirects)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
