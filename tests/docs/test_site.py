"""The versions of the documentation, its archive, its list for language models, and its checks."""

import importlib.util
import json
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(load_docs):
    return load_docs("_site")


@pytest.fixture(scope="module")
def check():
    return load_script("check_pages")


@pytest.fixture(scope="module")
def prose():
    return load_script("check_prose")


def build(folder, version):
    (folder / version / "api").mkdir(parents=True)
    (folder / version / "index.html").write_text("<p>first</p>", encoding="utf-8")
    (folder / version / "api" / "index.html").write_text("<p>names</p>", encoding="utf-8")
    (folder / version / ".buildinfo").write_text("1", encoding="utf-8")


def test_all_versions_are_listed_newest_first(site, tmp_path):
    for version in ("0.9.0", "0.10.0.dev0", "0.10.0"):
        build(tmp_path, version)
    (tmp_path / "doctrees").mkdir()
    (tmp_path / "doctrees" / "index.html").write_text("", encoding="utf-8")
    assert site.write_versions(tmp_path) == ["0.10.0", "0.10.0.dev0", "0.9.0"]
    entries = json.loads((tmp_path / "switcher.json").read_text(encoding="utf-8"))
    assert [entry["version"] for entry in entries] == ["0.10.0", "0.10.0.dev0", "0.9.0"]
    assert [entry["preferred"] for entry in entries] == [True, False, False]
    assert all(entry["url"] == f"../{entry['version']}/" for entry in entries)
    assert "0.10.0/index.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_archive_has_the_pages_in_one_folder(site, tmp_path):
    build(tmp_path, "0.1.0")
    site.write_versions(tmp_path)
    with zipfile.ZipFile(tmp_path / "skgenre-0.1.0-html.zip") as archive:
        names = archive.namelist()
    top = "skgenre-0.1.0-html"
    assert sorted(names) == [f"{top}/api/index.html", f"{top}/index.html"]


def test_a_folder_without_versions_is_an_error(site, tmp_path):
    with pytest.raises(FileNotFoundError, match="has no built version"):
        site.write_versions(tmp_path)


def test_a_page_whose_source_is_gone_is_removed(site, tmp_path):
    sphinx = pytest.importorskip("sphinx.application", reason="sphinx is of the extra 'dev'")
    source, pages = tmp_path / "source", tmp_path / "pages"
    source.mkdir()
    (source / "conf.py").write_text("extensions = ['_site']\n", encoding="utf-8")
    (source / "index.rst").write_text("First\n=====\n\nOne sentence.\n", encoding="utf-8")
    (source / "old.rst").write_text(":orphan:\n\nOld\n===\n\nGone soon.\n", encoding="utf-8")

    def make():
        arguments = (source, source, pages, tmp_path / "doctrees", "html")
        sphinx.Sphinx(*arguments, status=None, warning=None).build()
        return (pages / "llms.txt").read_text(encoding="utf-8")

    assert "[Old](old.html): Gone soon." in make()
    (source / "old.rst").unlink()
    assert "old" not in make()
    assert sorted(path.name for path in pages.glob("*.html") if path.stem in ("index", "old")) == [
        "index.html"
    ]
    assert not list((pages / "_sources").glob("old*"))


def test_the_list_for_language_models_has_titles_addresses_and_sentences(site):
    parts = {
        "Guide": [("Audio", "audio.html", "Files are decoded.")],
        "Pages": [("A", "a.html", "")],
    }
    text = site.llms_text("Genres of music.", parts)
    assert text.startswith("# skgenre\n\n> Genres of music.\n")
    assert "## Guide\n\n- [Audio](audio.html): Files are decoded.\n" in text
    assert "- [A](a.html)\n" in text


@pytest.mark.parametrize(
    ("paragraph", "sentence"),
    [
        ("One. Two.", "One."),
        ("Uses e.g. this\nand that. Then more.", "Uses e.g. this and that."),
        ("Takes 3.5 s. Ends.", "Takes 3.5 s."),
        ("No end", "No end"),
    ],
)
def test_first_sentences(site, paragraph, sentence):
    assert site.first_sentence(paragraph) == sentence


def test_broken_links_and_anchors_are_found(check, tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">x</a><a href="b.html#gone">x</a><a href="c.html">x</a>'
        '<a href="https://example.org/d">x</a><img src="p.png"><a href="#top">x</a><p id="top">',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<h1 id="here">y</h1>', encoding="utf-8")
    assert check.broken_links(tmp_path) == [
        "a.html: b.html#gone has no such anchor",
        "a.html: c.html does not exist",
        "a.html: p.png does not exist",
    ]


def test_a_few_pages_are_of_different_kinds(check, tmp_path):
    for name in ("search.html", "index.html", "api/index.html", "a.html", "b.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    pages = check.find_pages(tmp_path)
    chosen = [page.relative_to(tmp_path).as_posix() for page in check.choose(pages, tmp_path, 3)]
    assert chosen == ["index.html", "search.html", "api/index.html"]
    assert check.choose(pages, tmp_path, None) == pages
    moved = '<meta http-equiv="refresh" content="0; url=elsewhere.html">'
    pages[0].write_text(moved, encoding="utf-8")
    assert check.choose(pages, tmp_path, None) == pages[1:]


def test_searches_are_tried_in_the_newest_version(check, tmp_path):
    for version in ("0.9.0", "0.10.0", "old"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "search.html").write_text("", encoding="utf-8")
    assert check.newest_search(tmp_path) == tmp_path / "0.10.0" / "search.html"
    assert check.newest_search(tmp_path / "0.9.0" / "none") is None


def test_without_a_browser_the_reason_is_named(check, monkeypatch, tmp_path, capsys):
    (tmp_path / "index.html").write_text("<p>first</p>", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["check_pages.py", str(tmp_path)])
    monkeypatch.setattr(check.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "no-browser"))
    assert check.main() == 0
    said = capsys.readouterr().out
    assert "Skipped: no page was opened, since CHROMIUM is" in said
    assert "no-browser, which is no program" in said
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no Chromium" in check.why_no_browser()
    monkeypatch.setattr(check.importlib.util, "find_spec", lambda name: None)
    assert "playwright is missing" in check.why_no_browser()


def test_nothing_but_prose_is_read(prose):
    text = "A role {class}`very` and `very`.\n\n```python\nvery\n```\n\n| very |\n"
    text += "[very](very.md) fine\n"
    found = prose.prose_of(text)
    assert found.count("very") == 1
    assert found.count("\n") == text.count("\n")
    assert "fine" in found


def test_proselint_finds_what_it_should(prose, monkeypatch, tmp_path, capsys):
    pytest.importorskip("proselint")
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("Plain words.\n", encoding="utf-8")
    (tmp_path / "docs" / "page.md").write_text("Fine.\n\nA very unique idea.\n", encoding="utf-8")
    (tmp_path / ".ci").mkdir()
    config = (ROOT / ".ci" / "proselint.json").read_text(encoding="utf-8")
    (tmp_path / ".ci" / "proselint.json").write_text(config, encoding="utf-8")
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    assert prose.main() == 1
    assert "docs/page.md:3" in capsys.readouterr().out
