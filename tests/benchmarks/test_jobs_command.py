"""The command that measures jobs."""

import json

import pytest

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks import __main__ as command
from benchmarks.speed._table import Table


@pytest.mark.parametrize(("name", "first"), [("jobs", "features"), ("scale", "workers")])
def test_an_unknown_job_is_refused_before_others_are_measured(name, first, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks", name, "--quick", "--jobs", "_row,unknown"])
    with pytest.raises(SystemExit):
        command.main()
    message = capsys.readouterr().err
    assert f"--jobs: no job '_row', 'unknown'; there are {first}, " in message


def test_a_table_keeps_the_rows_of_jobs_that_are_not_measured(tmp_path, monkeypatch):
    (tmp_path / "measured.py").write_text(
        "from benchmarks.speed._row import Row\n"
        "def measure(is_quick):\n"
        "    return [Row('sums', 'seconds', 0.5, floor=1.0, is_at_most=True)]\n"
    )
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path.parent)
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps({"rows": [{"name": "other", "job": "kept"}, {"name": "measured"}]}))
    table = Table(tmp_path.name, ("other", "measured"), file)
    table.run(names=["measured"])
    other, measured = json.loads(file.read_text())["rows"]
    assert other == {"name": "other", "job": "kept"}
    assert (measured["job"], measured["ratio"], measured["is_met"]) == ("sums", 0.5, True)
    before = file.read_text()
    table.run(is_quick=True, names=["measured"])
    assert file.read_text() == before
