"""The results page shows what the records say, and nothing without a source."""

import json
import re
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def page(load_docs):
    return load_docs("_results")


@pytest.fixture(scope="module")
def figures(load_docs):
    return load_docs("_figures")


@pytest.fixture
def results(page, tmp_path):
    return Path(shutil.copytree(page.RESULTS, tmp_path / "results"))


def rows(table):
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def record(results, **changes):
    path = results / "systems" / "records.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if all(line.get(name) == value for name, value in changes["of"].items()):
            line.update(changes["to"])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_system_is_in_one_table_for_each_split(page):
    trained, cut = page.trained_tables(), page.cut_table()
    for system in page.read_systems():
        shown = [row for row in rows(cut) if f"`{system.name}`" in row[1]]
        splits = {row[2] for row in shown if row[0] == page.DATA[system.data][0]}
        assert ("honest" in splits) == system.honest.is_cut
        assert ("naive" in splits) == bool(system.naive and system.naive.is_cut)
        if not system.honest.is_cut:
            assert str(system.honest) in trained
    assert all(" of " in row[4] for row in rows(cut)[2:])


def test_numbers_follow_the_records(page, results):
    of = {"system": "bahuleyan2018-forest", "protocol": "honest"}
    record(results, of=of, to={"accuracy": 0.123, "variance": 0.0001})
    forest = next(item for item in page.read_systems(results) if item.name == of["system"])
    assert str(forest.honest).split() == [".123", "±", ".020"]
    assert forest.gap.startswith("+58")
    with pytest.raises(page.NoSource, match=r"records\.jsonl has no date: it is new"):
        page.trained_tables(results)


def test_a_cut_run_leaves_the_first_table(page, results):
    of = {"system": "bahuleyan2018-forest", "protocol": "naive"}
    record(results, of=of, to={"is_cut": True})
    forest = next(item for item in page.read_systems(results) if item.name == of["system"])
    assert forest.naive.is_cut
    assert forest.gap == ""


def test_a_published_figure_is_in_the_first_table_alone_with_its_protocol(page):
    found = 0
    for row in rows(page.trained_tables()):
        if len(row) != 7 or row[5] in ("", "published") or row[5].startswith("---"):
            continue
        assert re.search(r"\w", row[6])
        assert row[6].endswith("another split: not a comparison")
        found += 1
    assert found > 10
    assert "published" not in page.cut_table()


def test_every_table_has_its_date_commit_machine_and_file(page):
    for text in (page.trained_tables(), page.recorded_table("choices/gtzan_logmel_dev_named.md")):
        assert re.search(r"\d{4}-\d\d-\d\d, commit [0-9a-f]{7,}: .*core.* \(`benchmarks/", text)


def test_held_out_clips_are_shown_where_they_were_scored(page, results):
    path = results / "held_out.json"
    path.unlink(missing_ok=True)
    assert page.held_out_table(results) == ""
    report = {
        "protocol": "GTZAN, fault-filtered, 290 test clips",
        "date": "2026-01-01",
        "commit": "abcdef0",
        "machine": "one CPU core",
        "rows": [{"model": "svm", "accuracy": 0.5, "low": 0.44, "high": 0.56, "clips": 290}],
    }
    path.write_text(json.dumps(report), encoding="utf-8")
    table = page.held_out_table(results)
    assert rows(table)[-1] == ["`svm`", ".500", ".440 to .560", "290"]
    assert "2026-01-01, commit abcdef0: one CPU core" in table
    assert "290 test clips" in table
    path.write_text(json.dumps({**report, "machine": ""}), encoding="utf-8")
    with pytest.raises(page.NoSource, match=r"held_out\.json lacks machine"):
        page.held_out_table(results)


def test_a_figure_in_a_sentence_has_a_source(page, results):
    text, title = page.inline_figure("named/svm")
    assert re.fullmatch(r"\.\d{3} ± \.\d{3}", text)
    assert "511 clips to train" in title
    assert re.search(r"commit [0-9a-f]{7,}: ", title)
    assert float(page.inline_figure("named/svm/CPU s")[0]) > 0
    for path, words in (
        ("no_such_table/svm", "has no source: none of .* exists"),
        ("named/no_such_row", "has no row 'no_such_row'"),
        ("named/svm/no_such_column", "has no column 'no_such_column'"),
    ):
        with pytest.raises(page.NoSource, match=words):
            page.inline_figure(path, results)


def test_a_table_that_changed_after_its_date_is_an_error(page, results):
    path = results / "choices" / "gtzan_logmel_dev_named.md"
    path.write_text(path.read_text(encoding="utf-8").replace("0.777", "0.778"), encoding="utf-8")
    with pytest.raises(page.NoSource, match="has no date: it is new"):
        page.inline_figure("named/svm", results)
    with pytest.raises(page.NoSource, match="has no date: it is new"):
        page.recorded_table("choices/gtzan_logmel_dev_named.md", results)
    with pytest.raises(page.NoSource, match="can't be read"):
        page.recorded_table("choices/none.md", results)


def test_recorded_dates_are_of_the_files_as_they_are(figures):
    recorded = json.loads((figures.RESULTS / figures.RECORDED).read_text(encoding="utf-8"))
    for file in recorded["files"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d, commit \w+: .+", figures.origin_of(file))
