"""Progress of a comparison on standard error."""

import re
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning

from skgenre._progress import ProgressBar
from skgenre.model_selection import compare
from skgenre.model_selection._compare.progress import RunProgress, format_seconds
from skgenre.model_selection._compare.run import FoldResult

X, Y = np.zeros((20, 2)), np.repeat(["blues", "metal"], 10)
CHANCE = {"chance": DummyClassifier(), "[red]\x1b[31m": DummyClassifier(strategy="uniform")}


def talk_of(capsys, pipelines=CHANCE, **kwargs):
    settings = {"cv": 5, "random_state": 0, "verbose": 1, **kwargs}
    compare(pipelines, X, Y, **settings)
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err.splitlines()


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_without_a_terminal_each_fold_is_a_line(capsys, n_jobs):
    first, *lines = talk_of(capsys, n_jobs=n_jobs, repeats=2)
    assert first == "20 clips, 10 folds in 2 repeats, 2 pipelines: 20 fits"
    pattern = r"\[ ?\d+/20\] (.+), fold (\d): accuracy 0\.\d{3}, \d+\.\d s(; about .+ left)?"
    found = [re.fullmatch(pattern, line) for line in lines]
    assert all(found), lines
    assert sorted((match[1], int(match[2])) for match in found) == sorted(
        (name, fold) for name in ("chance", r"[red]\x1b[31m") for fold in range(10)
    )
    assert [int(line[1:3]) for line in lines] == list(range(1, 21))
    assert [bool(match[3]) for match in found] == [True] * 19 + [False]


def test_nothing_is_said_unless_asked(capsys):
    assert talk_of(capsys, verbose=0) == []


class Handle:
    """What IPython returns for a display that can be replaced."""

    def __init__(self):
        self.shown = []

    def __call__(self, item, *, display_id):
        assert display_id is True
        self.update(item)
        return self

    def update(self, item):
        self.shown.append(item._repr_mimebundle_())


@pytest.fixture
def kernel(monkeypatch):
    """A notebook with IPython, but without widgets."""
    handle = Handle()
    display = SimpleNamespace(display=handle)
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1), display=display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return handle


def test_a_notebook_has_one_bar_that_is_replaced(capsys, kernel):
    (first,) = talk_of(capsys)
    assert first == "20 clips, 5 folds, 2 pipelines: 10 fits"
    begin, *_, end = kernel.shown
    assert begin["text/plain"].startswith("comparing: 0/10 fits")
    assert end["text/plain"].startswith("comparing: 10/10 fits")
    assert r"[red]\x1b[31m, fold 4: accuracy" in end["text/plain"]
    assert "left" not in end["text/plain"]
    assert '<progress value="10" max="10"' in end["text/html"]


def test_a_notebook_s_bar_escapes_what_it_shows(kernel):
    bar = ProgressBar("<b>fitting", 3, "epochs")
    bar.advance("<script>loss")
    bar.close()
    assert kernel.shown[-1]["text/plain"].startswith("<b>fitting: 1/3 epochs")
    html = kernel.shown[-1]["text/html"]
    assert "<b>" not in html
    assert "<script>" not in html
    assert "&lt;script&gt;loss" in html


def test_a_notebook_without_ipython_gets_lines_and_asks_for_no_widget(capsys, notebook):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(talk_of(capsys)) == 11
        bar = ProgressBar("fitting", 3, "epochs")
        bar.advance()
        bar.close()


def test_on_a_terminal_there_is_one_bar_with_the_time_left(capsys, terminal):
    first, *lines = talk_of(capsys)
    assert first == "20 clips, 5 folds, 2 pipelines: 10 fits"
    text = "\n".join(lines)
    assert "10/10" in text
    assert "fits, left:" in text
    assert "[10/10]" not in text
    assert r"[red]\x1b[31m, fold 4: accuracy" in text


def test_a_bar_in_a_narrow_terminal_shortens_the_remark_alone(capsys, terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    talk = talk_of(capsys, {"a name of many words that fills the line": DummyClassifier()})
    last = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", "\n".join(talk))
    assert re.search(r"5/5 fits, left: +a name .*…", last)


class Broken(DummyClassifier):
    def fit(self, X, y):
        raise RuntimeError("out of\nmemory" + "!" * 500)


def test_a_fold_that_fails_says_why(capsys):
    with pytest.warns(FitFailedWarning):
        lines = talk_of(capsys, {"broken": Broken(), "chance": DummyClassifier()})
    assert len(lines) == 11
    assert "broken, fold 0: failed (RuntimeError: out of memory!!!" in lines[1]
    assert len(lines[1]) < 250


def test_what_is_resumed_is_counted_and_has_no_line(capsys, tmp_path):
    talk_of(capsys, {"chance": DummyClassifier()}, memory=tmp_path)
    first, *lines = talk_of(capsys, memory=tmp_path)
    assert first == "20 clips, 5 folds, 2 pipelines: 10 fits, 5 of them finished in an earlier run"
    assert [line[:7] for line in lines] == [f"[{n:2}/10]" for n in range(6, 11)]
    first, *lines = talk_of(capsys, memory=tmp_path)
    assert first.endswith("10 fits, all finished in an earlier run")
    assert lines == []


@pytest.mark.parametrize(
    ("n_jobs", "left"), [(1, ["6.0 s", "24 s", "13 s"]), (2, ["3.0 s", "12 s", "6.6 s"])]
)
def test_the_time_left_is_that_of_the_last_fit_of_each_pipeline(capsys, n_jobs, left):
    fold = (np.arange(2), np.arange(2, 4))
    progress = RunProgress(4, [fold] * 2, ["quick", "slow"], is_shown=True)
    progress.begin(["quick", "slow"] * 3, 0, n_jobs)
    result = FoldResult(scores={"accuracy": 0.5})
    for name, seconds in (("quick", 1.2), ("slow", 10.8), ("slow", 10.8)):
        progress.finish(name, 0, result, seconds)
    lines = capsys.readouterr().err.splitlines()[1:]
    assert [re.search("about (.*) left", line)[1] for line in lines] == left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"),
     (125, "2 min 5 s"), (3599.7, "1 h 0 min"), (4200, "1 h 10 min"), (90000, "25 h 0 min")],
)  # fmt: skip
def test_durations(seconds, words):
    assert format_seconds(seconds) == words


def test_a_closed_standard_error_is_no_error(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    compare(CHANCE, X, Y, cv=2, verbose=1)
