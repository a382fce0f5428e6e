"""The command that measures jobs."""

import pytest

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks import __main__ as command


def test_an_unknown_job_is_refused_before_others_are_measured(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks", "jobs", "--quick", "--jobs", "_row,unknown"])
    with pytest.raises(SystemExit):
        command.main()
    message = capsys.readouterr().err
    assert "--jobs: no job '_row', 'unknown'; there are features, " in message
