"""``llms.txt``, the versions of the documentation, and an archive of the pages of each.

A Sphinx extension that writes ``llms.txt``: the title, the address and the first sentence of each
page. ``python docs/_site.py FOLDER`` is for after a build in ``FOLDER/<version>``: it writes
``switcher.json`` of all versions in FOLDER, an ``index.html`` that leads to the newest, and an
archive of each version's pages that works without a server.
"""

import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

REDIRECT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>skgenre</title>
<meta http-equiv="refresh" content="0; url={version}/index.html">
<p>The documentation of <a href="{version}/index.html">skgenre {version}</a>.</p>
</html>
"""


def find_versions(folder: Path) -> list[str]:
    """Return the versions built in a folder, newest first."""
    found = []
    for page in folder.glob("*/index.html"):
        try:
            found.append((Version(page.parent.name), page.parent.name))
        except InvalidVersion:
            continue
    return [name for _, name in sorted(found, reverse=True)]


def write_versions(folder: Path) -> list[str]:
    """Write ``switcher.json``, the first page, and missing or older archives.

    Parameters
    ----------
    folder : Path
        The folder of versions.

    Returns
    -------
    list of str
        The versions, newest first.

    Raises
    ------
    FileNotFoundError
        When there are none.
    """
    versions = find_versions(folder)
    if not versions:
        raise FileNotFoundError(f"{folder} has no built version: no folder such as 0.1.0.")
    entries = [
        {
            "name": f"{version} (newest)" if version == versions[0] else version,
            "version": version,
            "url": f"../{version}/",
            "preferred": version == versions[0],
        }
        for version in versions
    ]
    text = json.dumps(entries, indent=1) + "\n"
    (folder / "switcher.json").write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(REDIRECT.format(version=versions[0]), encoding="utf-8")
    for version in versions:
        write_archive(folder / version, folder / f"skgenre-{version}-html.zip")
    return versions


def write_archive(pages: Path, archive: Path) -> None:
    """Write the pages of a version as a zip file, without what only the build needs."""
    files = sorted(path for path in pages.rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            name = path.relative_to(pages)
            if name.name not in {".buildinfo", "objects.inv"} and name.parts[0] != ".doctrees":
                packed.write(path, Path(archive.stem) / name)


def first_sentence(paragraph: str) -> str:
    """Return the first sentence of a paragraph, on one line."""
    text = " ".join(paragraph.split())
    return re.split(r"(?<=[a-z0-9`)][.?!:]) (?=[A-Z`])", text, maxsplit=1)[0]


def llms_text(summary: str, parts: dict[str, list[tuple[str, str, str]]]) -> str:
    """Return ``llms.txt``.

    Parameters
    ----------
    summary : str
        One sentence on the project.
    parts : dict
        For each part of the documentation, its pages: title, address, first sentence.

    Returns
    -------
    str
        Markdown: a title, a summary, and a list of links for each part.
    """
    lines = ["# skgenre", "", f"> {summary}", ""]
    for part, pages in parts.items():
        lines += [f"## {part}", ""]
        for title, address, sentence in pages:
            lines.append(f"- [{title}]({address})" + (f": {sentence}" if sentence else ""))
        lines.append("")
    return "\n".join(lines)


def setup(app: Any) -> dict[str, Any]:
    """Write ``llms.txt`` when the pages are built, and remove pages whose source is gone."""
    from docutils import nodes
    from sphinx import addnodes

    def sentence_of(doctree: Any) -> str:
        for paragraph in doctree.findall(nodes.paragraph):
            parent = paragraph.parent
            if isinstance(parent, nodes.section | nodes.container | addnodes.desc_content):
                return first_sentence(paragraph.astext())
        return ""

    def write(app: Any, error: Exception | None) -> None:
        if error is not None or app.builder.name != "html":
            return
        env = app.env
        parts: dict[str, list[tuple[str, str, str]]] = {}
        for name in sorted(env.all_docs):
            if name.endswith("sg_execution_times"):
                continue
            title = env.titles[name].astext()
            index = f"{name.partition('/')[0]}/index"
            part = env.titles[index].astext() if index in env.titles else "Pages"
            sentence = sentence_of(env.get_doctree(name))
            parts.setdefault(part, []).append((title, f"{name}.html", sentence))
        summary = sentence_of(env.get_doctree("index"))
        text = llms_text(summary, dict(sorted(parts.items(), key=lambda part: part[0] != "Pages")))
        (Path(app.outdir) / "llms.txt").write_text(text, encoding="utf-8")

    def remove(app: Any, env: Any, added: Any, changed: Any, removed: Any) -> list[str]:
        # Sphinx leaves the pages of sources that are gone; the archive would have them.
        for name in removed:
            Path(app.outdir, f"{name}.html").unlink(missing_ok=True)
            for source in Path(app.outdir, "_sources").glob(f"{name}.*.txt"):
                source.unlink()
        return []

    app.connect("env-get-outdated", remove)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    print("Built:", ", ".join(write_versions(Path(sys.argv[1]))))
