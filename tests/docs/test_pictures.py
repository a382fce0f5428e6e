"""Pictures of the guide: each is on a page with a text, and drawn for light and dark pages."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SCRIPTS = sorted(path.stem for path in (DOCS / "pictures").glob("*.py"))
FROM_RESULTS = ["embeddings", "which_model"]  # nothing is fitted or computed
FLOWS = ["commands", "containers", "datasets", "persistence"]  # boxes and arrows
SHOWN = r"\{picture\} (\w+)\n:alt: (.+)\n"


@pytest.fixture(scope="module")
def pictures(load_docs):
    pytest.importorskip("matplotlib")
    return load_docs("_pictures")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def test_every_picture_is_on_a_page_with_a_text():
    texts = {}
    for page in DOCS.rglob("*.md"):
        texts.update(re.findall(SHOWN, page.read_text(encoding="utf-8")))
    assert sorted(texts) == SCRIPTS
    assert all(len(text) > 40 for text in texts.values())


@pytest.mark.parametrize(
    "name",
    [
        name if name in FROM_RESULTS + FLOWS else pytest.param(name, marks=pytest.mark.slow)
        for name in SCRIPTS
    ],
)
def test_pictures_have_labels_and_the_colours_of_the_page(pictures, name, tmp_path):
    module = pictures.load(pictures.SCRIPTS / f"{name}.py")
    colours = {}
    for scheme in pictures.SCHEMES:
        figure = pictures.draw(module, scheme)
        if name not in FLOWS:
            placed = [ax for ax in figure.axes if ax.get_subplotspec() is not None]
            below = [ax for ax in placed if ax.get_subplotspec().is_last_row()]
            assert any(ax.get_xlabel() or ax.get_xticklabels() for ax in below)
            assert any(ax.get_ylabel() or ax.get_yticklabels() for ax in figure.axes)
        colours[scheme] = figure.axes[0].yaxis.label.get_color()
        pictures.save(figure, tmp_path / "one.svg", scheme)
        # Drawn again: a layout of the same figure moves by a last bit when it is saved again.
        pictures.save(pictures.draw(module, scheme), tmp_path / "two.svg", scheme)
        text = (tmp_path / "one.svg").read_text(encoding="utf-8")
        assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")
        assert colours[scheme] in text
    assert colours["light"] != colours["dark"]


def test_a_picture_is_drawn_again_when_its_results_or_the_style_change(
    pictures, monkeypatch, tmp_path
):
    results = tmp_path / "results"
    (results / "systems").mkdir(parents=True)
    for name in ("systems/records.jsonl", "systems/gap.md", "cost.json"):
        (results / name).touch()
    monkeypatch.setattr(pictures, "RESULTS", results)
    found = {path.name for path in pictures.sources_of("flow")}
    assert found >= {"flow.py", "_plot_style.py", "records.jsonl", "gap.md", "cost.json"}


@pytest.mark.parametrize("name", FLOWS)
def test_texts_fit_into_their_boxes(pictures, name):
    figure = pictures.draw(pictures.load(pictures.SCRIPTS / f"{name}.py"), "light")
    figure.canvas.draw()
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches]
    texts = [text for text in figure.axes[0].texts if text.get_text() and not text.get_bbox_patch()]
    assert len(texts) == 2 * len(boxes)
    for text in texts:
        place = text.get_window_extent()
        box = next(box for box in boxes if box.contains(place.x0 + place.width / 2, place.y0))
        assert box.x0 < place.x0 < place.x1 < box.x1
        assert box.y0 < place.y0 < place.y1 < box.y1
