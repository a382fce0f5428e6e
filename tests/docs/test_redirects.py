"""Pages that moved: their old addresses lead to the new ones."""

import importlib.util
import posixpath
from pathlib import Path
from types import SimpleNamespace

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def redirects():
    pytest.importorskip("sphinx")
    spec = importlib.util.spec_from_file_location("_redirects", DOCS / "_redirects.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_app(folder, moved, found):
    def get_relative_uri(old, new):
        return posixpath.relpath(f"{new}.html", posixpath.dirname(old))

    return SimpleNamespace(
        outdir=folder,
        builder=SimpleNamespace(format="html", get_relative_uri=get_relative_uri),
        config=SimpleNamespace(moved_pages=moved),
        env=SimpleNamespace(found_docs=found),
    )


def test_an_old_address_leads_to_the_new_page_and_keeps_the_anchor(redirects, tmp_path):
    redirects.write_redirects(make_app(tmp_path, {"guide/faq": "faq"}, {"faq"}), None)
    page = (tmp_path / "guide" / "faq.html").read_text(encoding="utf-8")
    assert 'location.replace("../faq.html" + location.hash)' in page
    assert 'content="0; url=../faq.html"' in page
    assert '<a href="../faq.html">' in page


@pytest.mark.parametrize("found", [set(), {"faq", "guide/faq"}])
def test_a_move_that_is_undone_fails_the_build(redirects, tmp_path, found):
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match=r"'guide/faq' to 'faq'"):
        redirects.write_redirects(make_app(tmp_path, {"guide/faq": "faq"}, found), None)


def test_nothing_is_written_after_an_error_or_by_other_builders(redirects, tmp_path):
    app = make_app(tmp_path, {"guide/faq": "faq"}, {"faq"})
    redirects.write_redirects(app, RuntimeError())
    app.builder.format = "text"
    redirects.write_redirects(app, None)
    assert not list(tmp_path.iterdir())
