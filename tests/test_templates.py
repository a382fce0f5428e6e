"""Names that look like markup stay text in every template, and all pages have one look."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

import skgenre
from skgenre._templates import code_span, render
from skgenre.demo import Limits
from skgenre.demo._analysis import Analysis
from skgenre.demo._model_facts import describe_model
from skgenre.model_selection import compare, leakage_report
from skgenre.model_selection._compare.report import render_report
from skgenre.persistence import model_card

NAMES = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\" onload='x' &amp; & {{ 7 * 7 }}{% raw %}",
    "[a](javascript:x) *b* `c` a|b \\ ~~d~~ _e_ hip_hop",
    "1. rock",
    "# metal",
    "- jazz",
]


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def is_text(html, *, names=NAMES):
    page = Page(html)
    assert {"script", "iframe", "em", "del", "a", "ol"}.isdisjoint(page.tags)
    assert {"onerror", "onload"}.isdisjoint(page.attributes)
    for name in names:
        assert name in page.text
    return page


def fit(genres=NAMES):
    return LogisticRegression().fit(np.arange(float(len(genres)))[:, np.newaxis], genres)


def test_a_report():
    y = np.repeat(NAMES[:2], 6)
    X = np.random.default_rng(0).normal(size=(12, 2))
    pipelines = {name: LogisticRegression() for name in NAMES}
    comparison = compare(pipelines, X, y, cv=3, random_state=0)
    is_text(comparison._repr_html_())
    # The title alone is raw for a parser, up to its end tag.
    html = render_report(comparison, NAMES[0], {})
    assert "img" not in is_text(html).tags
    assert html.count("<title>") == html.count("</title>") == 1


def test_a_report_of_leaks():
    y = np.repeat(["jazz", "rock"], 14)
    groups = np.tile(NAMES, 4)
    report = leakage_report(np.eye(28), y, groups=groups, cv=KFold(2))
    assert "img" not in is_text(report._repr_html_()).tags


def test_a_card():
    model = fit()
    page = is_text(model_card(model, as_html=True))
    assert "img" not in page.tags
    card = model_card(model)
    rendered = is_text(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(card))
    assert "img" not in rendered.tags
    assert f"the most probable of {len(NAMES)} genres. Use" in rendered.text


@pytest.mark.parametrize("value", ["__init__", "_x_", "a_b", "__a__b__", "_", "a__b", "1. _x"])
def test_underscores_in_a_card_are_no_emphasis(value):
    page = Page(MarkdownIt("commonmark").render(model_card(fit([value, "~"]))))
    assert "em" not in page.tags
    assert f"Genres {value}, ~ Model" in page.text


@pytest.mark.parametrize("value", ["a|b", "`c`", "<b>", "x``y", "a\nb"])
def test_code_in_a_card(value):
    table = f"| part | set |\n| --- | --- |\n| x | {code_span(value)} |\n"
    page = Page(MarkdownIt("commonmark").enable("table").render(table))
    assert "code" in page.tags
    assert page.text == f"part set x {' '.join(value.split())}"


def test_the_web_page():
    from skgenre.demo._pictures import draw_mel_spectrogram, draw_timeline

    share = 1 / len(NAMES)
    timeline = pd.DataFrame([[0.0, 5.0, *[share] * 7], [5.0, 9.0, *[share] * 7]])
    timeline.columns = ["start", "end", *NAMES]
    analysis = Analysis(9.0, [(name, share) for name in NAMES], timeline, np.eye(4), 11025.0)
    shown = is_text(draw_timeline(analysis), names=NAMES[:5])
    assert shown.text.count("14%") == 2
    assert Page(draw_mel_spectrogram(analysis)).tags >= {"section", "h2", "img"}
    for name in NAMES:
        is_text(render("web_page.html", "refusal", title="", message=name), names=[name])
        genres = [(name, "14%", 14.0, "#123456")]
        html = render(
            "web_page.html", "result", name=name, duration="9 s", genres=genres, warnings=[name]
        )
        assert Page(html).text.count(name) == 4
    evaluation = {"scores": {NAMES[0]: {"mean": 0.5, "low": None, "high": None}}}
    facts = describe_model(fit(), NAMES, {**evaluation, "protocol": NAMES[1]}, Limits())
    page = Page(facts.panel)
    assert page.tags.isdisjoint({"script", "img"})
    assert all(name in page.text for name in NAMES)
    is_text(facts.card)


def test_pages_have_one_style_sheet_and_need_no_network():
    style = Path(skgenre.__file__).with_name("templates").joinpath("style.css").read_text()
    for text in ("prefers-color-scheme: dark", "max-width: 40rem", "@media print"):
        assert text in style
    page = model_card(fit(), as_html=True)
    assert style in page
    for text in ("http", "url(", "@import", "<script", "<link"):
        assert text not in page


@pytest.mark.parametrize("name", ["d\udce9sol\udce9", "\ud83d", "a\u202eb", "a\u2067b", "\x00x"])
def test_names_that_no_page_can_hold_are_escaped(name):
    """A folder of genre names may have bytes that are not UTF-8."""
    evaluation = {"scores": {name: {"mean": 0.5, "low": None, "high": None}}, "protocol": name}
    model = fit([name, "jazz"])
    facts = describe_model(model, [name, "jazz"], evaluation, Limits())
    card = model_card(model, evaluation=evaluation)
    for text in (facts.panel, facts.card, card):
        text.encode()
        assert name not in text
