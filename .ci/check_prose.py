"""Read the documentation and the README with proselint, without code, tables and addresses.

``python .ci/check_prose.py`` checks copies of README.md and of all pages in docs in which
lines keep their numbers. The checks are chosen in
``.ci/proselint.json``.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = {"_build", "generated", "gallery"}
# What is not prose: code, directives' options and names, tables, addresses, roles, HTML.
BLOCKS = (
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),
    re.compile(
        r"^(`{3,})(?!\{(?:note|tip|warning|important|container)).*?^\1 *$", re.M | re.DOTALL
    ),
    re.compile(r"<!--.*?-->", re.DOTALL),
)
LINES = (re.compile(r"^ *[|:].*$", re.M), re.compile(r"^ *[:`]{3,}.*$", re.M))
PARTS = (
    re.compile(r"\{[\w:]+\}`[^`]*`"),
    re.compile(r"`+[^`\n]*`+"),
    re.compile(r"\]\([^)\n]*\)"),
    re.compile(r"https?://\S+"),
    re.compile(r"</?[a-z][^>]*>"),
)


def find_pages() -> list[Path]:
    """Return the files to read."""
    pages = (path.relative_to(ROOT) for path in sorted((ROOT / "docs").rglob("*.md")))
    return [Path("README.md"), *(page for page in pages if not MADE & set(page.parts))]


def prose_of(text: str) -> str:
    """Return a page with blanks for all that is not prose, in the same lines."""
    for pattern in (*BLOCKS, *LINES):
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    for pattern in PARTS:
        text = pattern.sub(lambda found: "~" * len(found[0]), text)
    return text


def main() -> int:
    """Check all pages."""
    pages = find_pages()
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            copy = Path(folder, page)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(prose_of((ROOT / page).read_text(encoding="utf-8")), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("proselint")), "-o", "compact", "check"]
        command += ["--config", str(ROOT / ".ci" / "proselint.json"), *map(str, pages)]
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = said.stdout.replace(f"{Path(folder).resolve()}/", "").strip()
    if found:
        print(found)
    if said.returncode and not found:
        print(said.stderr)
    print(f"proselint: {len(found.splitlines())} findings in {len(pages)} pages.")
    return 1 if found or said.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
