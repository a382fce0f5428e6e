"""Diagrams of estimators link to the documentation."""

import re
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier
from skgenre.features import MelSpectrogram
from skgenre.testing import all_estimators

ROOT = Path(__file__).parents[1]


def links_of(estimator):
    return re.findall(r'href="([^"#]*)', estimator._repr_html_())


@pytest.mark.parametrize("address", ["https://music.example/stable", "../..", "file:///docs/html/"])
def test_an_estimator_links_to_its_page(monkeypatch, address):
    monkeypatch.setenv("SKGENRE_DOCS", address)
    root = address.rstrip("/")
    links = links_of(make_pipeline(MelSpectrogram(), CNNClassifier(), LogisticRegression()))
    for name in ("features.MelSpectrogram", "classifiers.CNNClassifier"):
        assert f"{root}/api/generated/skgenre.{name}.html" in links
    assert any(link.startswith("https://scikit-learn.org") for link in links)


@pytest.mark.parametrize("address", ["", 'x"><script>alert(1)</script>', "javascript:alert", "a b"])
def test_without_an_address_there_is_no_link(monkeypatch, address):
    monkeypatch.setenv("SKGENRE_DOCS", address)
    monkeypatch.setattr("skgenre._doc_links._address_of_project", lambda: "")
    assert links_of(CNNClassifier()) == []


def test_the_address_of_the_package_is_the_default(monkeypatch):
    monkeypatch.delenv("SKGENRE_DOCS", raising=False)
    monkeypatch.setattr("skgenre._doc_links._address_of_project", lambda: "https://music.example")
    (link,) = set(links_of(CNNClassifier()))
    assert link == "https://music.example/api/generated/skgenre.classifiers.CNNClassifier.html"


def test_a_class_of_a_user_has_no_page(monkeypatch):
    monkeypatch.setenv("SKGENRE_DOCS", "https://music.example")

    class Mine(CNNClassifier):
        pass

    assert links_of(Mine()) == []


def test_every_estimator_has_the_page_that_it_links_to(monkeypatch):
    monkeypatch.setenv("SKGENRE_DOCS", "https://music.example")
    pages = {
        f"{path.stem}.{line.strip()}"
        for path in (ROOT / "docs" / "api").glob("skgenre*.md")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("   ")
    }
    for _, kind in all_estimators():
        link = kind._get_doc_link(kind.__new__(kind))
        assert (
            link.removeprefix("https://music.example/api/generated/").removesuffix(".html") in pages
        )
