"""Tables of measurements on the pages: they follow their results, and name what there is."""

import inspect
import json
import re
import shutil
from pathlib import Path

import pytest

from skgenre import features

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def tables(load_docs):
    return load_docs("_tables")


@pytest.fixture
def results(tables, tmp_path):
    return Path(shutil.copytree(tables.RESULTS, tmp_path / "results"))


def test_the_costs_have_the_first_lines_of_the_docstrings(tables):
    shown = tables.make_table("cost-clips") + tables.make_table("cost-maps")
    names = re.findall(r"<skgenre\.features\.(\w+)>", shown)
    assert len(names) > 20
    for name in names:
        first_line = inspect.getdoc(getattr(features, name)).partition("\n")[0].rstrip(".")
        assert f"| {first_line.replace('``', '`')} |" in shown


def test_every_table_is_on_a_page_and_has_rows(tables):
    pages = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    shown = re.findall(r"\{measured\} ([\w-]+)", pages)
    assert sorted(set(shown)) == sorted(tables.TABLES)
    for name in shown:
        header, rule, *rows = (
            line for line in tables.make_table(name).splitlines() if line.startswith("|")
        )
        assert len(rows) >= 2
        assert {line.count("|") for line in (header, rule, *rows)} == {header.count("|")}


def test_tables_follow_their_results(tables, results):
    report = json.loads((results / tables.COST).read_text(encoding="utf-8"))
    report["clips"][0].update(ms=123.0, librosa_ms=4567.0)
    report.update(date="2031-02-03", commit="abcdef0")
    (results / tables.COST).write_text(json.dumps(report), encoding="utf-8")
    table = tables.make_table("cost-clips", results)
    assert "| 123 | 4,567 |" in table
    assert "2031-02-03, commit abcdef0" in table


def test_jobs_say_which_target_is_missed(tables, results):
    report = json.loads((results / tables.JOBS).read_text(encoding="utf-8"))
    report["rows"][0].update(
        ratio=0.5, floor=0.95, is_at_most=False, is_met=False, before=None, ours=3.0, peer=1.5
    )
    (results / tables.JOBS).write_text(json.dumps(report), encoding="utf-8")
    row = tables.make_table("jobs", results).splitlines()[2]
    assert "|  | 0.50 | at least 0.95 (missed) | 3.00 and 1.50" in row


def test_a_table_without_results_is_an_error(tables, results):
    file = results / tables.CHOICES.format("mfcc")
    file.write_text(file.read_text(encoding="utf-8").replace("| mfcc-26 |", "| other |"), "utf-8")
    with pytest.raises(tables.NoTable, match=r"_mfcc\.md, of the table accuracy-mfcc.*mfcc-26"):
        tables.make_table("accuracy-mfcc", results)
    (results / tables.GPU).unlink()
    with pytest.raises(tables.NoTable, match=r"training-cuda\.json.*No such file"):
        tables.make_table("training-gpu", results)
    with pytest.raises(tables.NoTable, match="no table 'gpu'; there are accuracy-covariance"):
        tables.make_table("gpu", results)
