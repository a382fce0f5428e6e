"""Pictures of the guide: each is on a page with a text, and drawn for light and dark pages."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SCRIPTS = sorted(path.stem for path in (DOCS / "pictures").glob("*.py"))
FROM_RESULTS = ["embeddings", "which_model"]  # nothing is fitted or computed
SHOWN = r"\{picture\} (\w+)\n:alt: (.+)\n"


@pytest.fixture(scope="module")
def pictures():
    pytest.importorskip("matplotlib")
    spec = importlib.util.spec_from_file_location("_pictures", DOCS / "_pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_picture_is_on_a_page_with_a_text():
    texts = {}
    for page in DOCS.rglob("*.md"):
        texts.update(re.findall(SHOWN, page.read_text(encoding="utf-8")))
    assert sorted(texts) == SCRIPTS
    assert all(len(text) > 40 for text in texts.values())


@pytest.mark.parametrize(
    "name",
    [
        name if name in FROM_RESULTS else pytest.param(name, marks=pytest.mark.slow)
        for name in SCRIPTS
    ],
)
def test_pictures_have_labels_and_the_colours_of_the_page(pictures, name, tmp_path):
    module = pictures.load(pictures.SCRIPTS / f"{name}.py")
    colours = {}
    for scheme in pictures.SCHEMES:
        figure = pictures.draw(module, scheme)
        below = [ax for ax in figure.axes if ax.get_subplotspec().is_last_row()]
        assert any(ax.get_xlabel() or ax.get_xticklabels() for ax in below)
        assert any(ax.get_ylabel() for ax in figure.axes)
        colours[scheme] = figure.axes[0].yaxis.label.get_color()
        for copy in ("one", "two"):
            pictures.save(figure, tmp_path / f"{copy}.svg", scheme)
        text = (tmp_path / "one.svg").read_text(encoding="utf-8")
        assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")
        assert colours[scheme] in text
    assert colours["light"] != colours["dark"]
