"""Output of a comparison: page, notebook and plot."""

import re
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.model_selection import compare, leakage_gap
from skgenre.model_selection._compare.plot import make_ticks


class Broken(DummyClassifier):
    def fit(self, X, y):
        raise RuntimeError("out of <memory>")


class Page(HTMLParser):
    """The tags, addresses and text of a page."""

    VOID = ("meta", "circle", "line", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.addresses += [value for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "jazz", "metal"], 20)
    return rng.standard_normal((60, 3)) + np.repeat([0.0, 2.0, 4.0], 20)[:, None], y


@pytest.fixture(scope="module")
def comparison(table):
    pipelines = {
        "<b>logistic</b>": LogisticRegression(C=0.125),
        "tree": DecisionTreeClassifier(max_depth=2),
        "chance": DummyClassifier(),
        "broken": Broken(),
    }
    with pytest.warns(match="out of <memory>"):
        return compare(
            pipelines, *table, cv=4, scoring=["accuracy", "neg_log_loss"], random_state=3
        )


@pytest.fixture
def page(comparison, tmp_path):
    comparison.to_html(tmp_path / "report.html", title="Trees & lines")
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_else(page):
    parsed = Page(page)
    assert parsed.open == []
    assert parsed.addresses == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in parsed.tags)
    assert "http" not in page
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_fits_phones_and_dark_screens(page):
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in (
        Page(page).tags
    )
    assert "prefers-color-scheme: dark" in page


def test_the_page_says_what_was_found_and_how(comparison, page):
    text = Page(page).text
    assert text.startswith("Trees & lines")
    for sentence in (
        "<b>logistic</b> is better than chance",
        "<b>logistic</b> is better than tree on these clips",
        "StratifiedKFold(4, shuffled); 4 folds, the same for every pipeline",
        "random_state=3",
        "ndarray of shape (60, 3); 20 clips in each of 3 genres",
        "sign-flip test over clips",
        "needs 5 folds or `repeats=`",
        "clip: a score counts clips, not segments",
        "LogisticRegression(C=0.125)",
        "broken has an error on 4 of 4 folds, first on fold 0: RuntimeError: out of <memory>",
    ):
        assert sentence in text
    assert "<b>logistic" not in page
    for score in comparison.scores:
        assert f"{comparison.summary.iloc[0][score]:.3f}" in text


def test_the_page_says_what_leaking_splits_claim(comparison, page, tmp_path):
    assert "leak" not in Page(page).text
    rng = np.random.default_rng(0)
    segments = rng.normal(size=(40, 3, 4, 1))
    gap = leakage_gap(
        SegmentVotingClassifier(LogisticRegression()),
        segments,
        np.repeat(["blues", "metal"], 20),
        groups=np.arange(40) // 2,
        random_state=0,
    )
    comparison.to_html(tmp_path / "leak.html", leakage_gaps={"<b>logistic</b>": gap})
    parsed = Page((tmp_path / "leak.html").read_text(encoding="utf-8"))
    assert parsed.open == []
    assert f"<b>logistic</b>: {gap.conclusion()}" in parsed.text
    assert gap.caption() in parsed.text
    for mean in gap.summary["accuracy"]:
        assert f"{mean:.3f}" in parsed.text

    with pytest.raises(ValueError, match="leakage_gaps has 'forest', and the pipelines"):
        comparison.to_html(tmp_path / "no.html", leakage_gaps={"forest": gap})
    assert not (tmp_path / "no.html").exists()


def test_the_page_draws_every_fold_and_mean(comparison, page):
    circles = [attributes for tag, attributes in Page(page).tags if tag == "circle"]
    # Three pipelines and two scores, on four folds.
    assert sum(circle["class"] == "mean" for circle in circles) == 6
    assert sum(circle["class"] == "fold" for circle in circles) == 24
    assert all(0 <= float(circle["cx"].rstrip("%")) <= 100 for circle in circles)


def test_a_page_of_one_split(table, tmp_path):
    pipelines = {"tree": DecisionTreeClassifier(), "chance": DummyClassifier()}
    cv = ShuffleSplit(1, test_size=0.5, random_state=0)
    compare(pipelines, *table, cv=cv, random_state=0).to_html(tmp_path / "one.html")
    parsed = Page((tmp_path / "one.html").read_text(encoding="utf-8"))
    assert "sign-flip test over clips" in parsed.text
    assert "small dots: folds" not in parsed.text
    assert "needs 5 folds or `repeats=`" in parsed.text


def test_a_notebook_shows_table_and_words(comparison):
    text = Page(comparison._repr_html_()).text
    assert "<b>logistic</b> is better than chance" in text
    assert "broken has an error" in text


def test_a_result_in_a_notebook_takes_its_colors_and_can_scroll(comparison):
    html = comparison._repr_html_()
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)[1]
    # Colours are those of the notebook, or lie on any: no text and no background is fixed.
    for declaration in re.findall(r"(?<![\w-])(?:color|background(?:-color)?): ([^;}]+)", style):
        assert declaration.strip() in ("inherit", "none")
    assert "prefers-color-scheme" not in style
    rules = re.findall(r"([^{}]+)\{", style)
    selectors = [part.strip() for rule in rules for part in rule.split(",")]
    assert all(selector.startswith(".skgenre-result") for selector in selectors)
    assert re.search('<div class="scroll" tabindex="0" role="region"[^>]*><table>', html)
    assert "overflow-x: auto" in style
    assert html.count("<svg") == html.count('role="img" aria-label="')
    n_drawn = comparison.summary[comparison.scores[0]].notna().sum()
    assert html.count('class="mean"') == n_drawn


def test_ranking_gives_what_no_test_tells_apart_the_same_rank(comparison):
    strict = comparison.ranking(alpha=0.005)["rank"].to_dict()
    assert strict == {"<b>logistic</b>": 1, "tree": 1, "chance": 3}
    ranking = comparison.ranking()
    assert ranking["rank"].to_dict() == {"<b>logistic</b>": 1, "tree": 2, "chance": 3}
    assert ranking.at["chance", "beaten_by"] == "<b>logistic</b>, tree"
    assert ranking.at["tree", "low"] < ranking.at["tree", "accuracy"] < ranking.at["tree", "high"]


def test_ranking_by_another_score(comparison):
    means = comparison.ranking("neg_log_loss")["neg_log_loss"]
    assert means.is_monotonic_decreasing
    assert means.index[0] == "<b>logistic</b>"


def test_a_stricter_level_finds_less(comparison):
    pairs = comparison.pairwise()
    assert pairs["differs"].any()
    assert not comparison.pairwise(alpha=pairs["p_adjusted"].min() / 2)["differs"].any()


@pytest.mark.parametrize("method", ["pairwise", "ranking", "conclusions", "plot"])
def test_an_unknown_score_is_named(comparison, method):
    with pytest.raises(ValueError, match="score must be one of 'accuracy', 'neg_log_loss'"):
        getattr(comparison, method)("f1")


def test_a_level_that_is_none(comparison):
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
        comparison.pairwise(alpha=5)


def test_the_plot_shows_means_folds_and_chance(comparison):
    ax = comparison.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == (
        comparison.ranking().index.tolist()
    )
    drawn = {round(float(value), 6) for line in ax.lines for value in line.get_xdata()}
    shown = comparison.frame["test_accuracy"].dropna()
    assert {round(value, 6) for value in (*shown, 1 / 3)} <= drawn
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the best on top
    plt.close(ax.figure)


def test_the_plot_draws_where_it_is_told(comparison):
    figure, ax = plt.subplots()
    assert comparison.plot("neg_log_loss", ax=ax) is ax
    assert ax.get_xlabel().startswith("neg_log_loss")
    plt.close(figure)


@pytest.mark.parametrize(
    ("low", "high"), [(0.1, 0.9), (0.83, 0.84), (-7.9, -0.3), (0.5, 0.5), (0, 1), (12, 3400)]
)
def test_ticks_enclose_the_values(low, high):
    ticks = make_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 7
    assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])
