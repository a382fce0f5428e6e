"""Finished folds: what is kept of them, and when it is used again."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.exceptions import CacheWarning
from skgenre.model_selection import compare

FITS = []


class Counted(ClassifierMixin, BaseEstimator):
    """Gaussian naive Bayes that counts how often it is fitted, in this process."""

    def __init__(self, smoothing=1e-9, n_jobs=None, device="cpu"):
        self.smoothing = smoothing
        self.n_jobs = n_jobs
        self.device = device

    def fit(self, X, y, groups=None):
        FITS.append(self.smoothing)
        self.model_ = GaussianNB(var_smoothing=self.smoothing).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


class FileSize(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        FITS.append(self)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array([["a", "b"][Path(path).stat().st_size > 9] for path in X])


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "metal"], 15)
    return rng.standard_normal((30, 3)) + 0.8 * (y == "metal")[:, None], y


@pytest.fixture
def memory(tmp_path):
    return tmp_path / "memory"


@pytest.fixture(autouse=True)
def no_fits():
    FITS.clear()


def run(table, memory, pipeline=None, **kwargs):
    settings = {"cv": 3, "random_state": 0, "memory": memory, **kwargs}
    return compare({"counted": Counted() if pipeline is None else pipeline}, *table, **settings)


def n_fits_of_a_second_run(table, memory, first=None, second=None, **kwargs):
    run(table, memory, first)
    FITS.clear()
    run(table, memory, second, **kwargs)
    return len(FITS)


@pytest.mark.parametrize("cv", [3, ShuffleSplit(1, test_size=0.5, random_state=0)])
def test_a_second_run_fits_nothing_and_gives_the_same(table, memory, cv):
    first = run(table, memory, cv=cv)
    n_fits = len(FITS)
    second = run(table, memory, cv=cv)
    assert n_fits == len(first.frame)
    assert len(FITS) == n_fits
    assert second.frame.equals(first.frame)
    assert second.predictions.equals(first.predictions)
    assert second.summary.equals(first.summary)
    assert (first.protocol["resumed_folds"], second.protocol["resumed_folds"]) == (0, n_fits)


def test_without_memory_nothing_is_kept(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(table, None)
    run(table, None)
    assert len(FITS) == 6
    assert list(tmp_path.iterdir()) == []


def test_resume_can_be_declined(table, memory):
    assert n_fits_of_a_second_run(table, memory, resume=False) == 3


def test_other_parameters_are_fitted(table, memory):
    assert n_fits_of_a_second_run(table, memory, second=Counted(1e-3)) == 3


def test_a_parameter_of_an_inner_step_counts(table, memory):
    first = make_pipeline(StandardScaler(), Counted())
    second = make_pipeline(StandardScaler(with_mean=False), Counted())
    assert n_fits_of_a_second_run(table, memory, first, second) == 3


def test_the_number_of_workers_does_not_count(table, memory):
    assert n_fits_of_a_second_run(table, memory, second=Counted(n_jobs=2)) == 0


@pytest.mark.parametrize("wrap", [lambda step: step, make_pipeline], ids=["alone", "step"])
def test_another_device_is_fitted(table, memory, wrap):
    """Scores of a GPU are not those of the CPU."""
    second = wrap(Counted(device="cuda"))
    assert n_fits_of_a_second_run(table, memory, wrap(Counted()), second) == 3
    assert n_fits_of_a_second_run(table, memory, second, second) == 0


def test_other_groups_are_fitted_where_the_folds_are_the_same(table, memory):
    """The inner early stopping splits by them."""
    X, y = table
    clips = np.arange(30)
    halves = [np.flatnonzero(clips // 6 % 2 == number) for number in (0, 1)]
    cv = [halves, halves[::-1]]
    by_two, by_three = clips // 2, clips // 3
    for groups, n_fits in ((by_two, 2), (by_three, 2), (None, 2), (by_two, 0), (None, 0)):
        FITS.clear()
        compare({"counted": Counted()}, X, y, groups=groups, cv=cv, memory=memory, random_state=0)
        assert len(FITS) == n_fits


def test_other_folds_are_fitted(table, memory):
    assert n_fits_of_a_second_run(table, memory, random_state=1) == 3


def test_other_scores_are_fitted(table, memory):
    assert n_fits_of_a_second_run(table, memory, scoring="f1_macro") == 3


def test_other_genres_are_fitted(table, memory):
    X, y = table
    run(table, memory)
    FITS.clear()
    run((X, np.where(y == "blues", "jazz", y)), memory)
    assert len(FITS) == 3


def test_a_single_changed_sample_is_noticed(table, memory):
    X, y = table
    changed = X.copy()
    changed[7, 2] += 1e-6
    run(table, memory)
    FITS.clear()
    run((changed, y), memory)
    assert len(FITS) == 3


def test_a_changed_file_is_noticed(tmp_path, memory):
    paths = [tmp_path / f"{number}.txt" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_text("x" * (1 if number % 2 else 20))
    y = np.array(["b", "a"] * 4)
    files = ([str(path) for path in paths], y)
    run(files, memory, FileSize(), cv=2)
    run(files, memory, FileSize(), cv=2)
    assert len(FITS) == 2
    paths[3].write_text("y" * 40)
    run(files, memory, FileSize(), cv=2)
    assert len(FITS) == 4


def test_another_version_of_the_package_is_fitted(table, memory, monkeypatch):
    run(table, memory)
    FITS.clear()
    monkeypatch.setattr("importlib.metadata.version", lambda package: "0.0")
    run(table, memory)
    assert len(FITS) == 3


def test_the_name_and_the_other_pipelines_do_not_count(table, memory):
    run(table, memory)
    FITS.clear()
    pipelines = {"chance": DummyClassifier(), "another name": Counted()}
    result = compare(pipelines, *table, cv=3, random_state=0, memory=memory)
    assert FITS == []
    assert result.protocol["resumed_folds"] == 3
    assert set(result.predictions["pipeline"]) == {"chance", "another name"}


@pytest.mark.parametrize("damage", [b"", b'{"scores": {', b"\x00\xff", b"[]", b"{}"])
def test_a_damaged_file_is_fitted_again(table, memory, damage):
    before = run(table, memory)
    kept = sorted(memory.rglob("*.json"))
    kept[0].write_bytes(damage)
    FITS.clear()
    after = run(table, memory)
    assert len(FITS) == 1
    assert after.predictions.equals(before.predictions)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scores", {"accuracy": None}),
        ("scores", {"accuracy": [0.5]}),
        ("scores", {"accuracy": 10**400}),
        ("scores", {"accuracy": float("inf")}),
        ("scores", {"accuracy": float("nan")}),
        ("scores", {"another": 0.5}),
        ("scores", {}),
        ("scores", [[0.5]]),
        ("costs", {}),
        ("costs", dict.fromkeys(("fit_time", "predict_time", "score_time", "model_size"), 10**400)),
        ("costs", {"fit_time": "1"}),
        ("predicted", [["blues"]] * 10),
        ("predicted", [None] * 10),
        ("predicted", ["blues"]),
        ("probabilities", [[0.5, 0.5]]),
        ("probabilities", "????"),
        ("probabilities", "AAAA"),
        ("probabilities", base64.b64encode(np.full(20, np.nan, dtype="<f4")).decode()),
        ("probabilities", base64.b64encode(np.full(20, 7, dtype="<f4")).decode()),
        ("error", None),
    ],
)
def test_a_fold_with_other_values_is_fitted_again(table, memory, field, value):
    before = run(table, memory)
    kept = min(memory.rglob("*.json"))
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {field: value}))
    FITS.clear()
    with pytest.warns(CacheWarning, match=rf"{kept.name} is not the result of a fold"):
        after = run(table, memory)
    assert len(FITS) == 1
    assert after.predictions.equals(before.predictions)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("[" * 200_000),
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("nowhere"),
        lambda path: (path.touch(), os.truncate(path, 2**40)),
    ],
    ids=["nested", "folder", "FIFO", "link", "huge"],
)
def test_what_is_no_file_in_the_place_of_a_fold_is_not_read(table, memory, make):
    run(table, memory)
    kept = min(memory.rglob("*.json"))
    kept.unlink()
    make(kept)
    FITS.clear()
    with pytest.warns(CacheWarning) as seen:
        run(table, memory)
    assert any("is not the result of a fold" in str(warning.message) for warning in seen)
    assert len(FITS) == 1


def test_nothing_is_kept_through_a_linked_folder(table, memory, tmp_path):
    (memory / "skgenre-comparison").mkdir(parents=True)
    (tmp_path / "victim").mkdir()
    for number in range(256):
        (memory / "skgenre-comparison" / f"{number:02x}").symlink_to(tmp_path / "victim")
    with pytest.warns(CacheWarning, match="is a link"):
        run(table, memory)
    assert list((tmp_path / "victim").iterdir()) == []


def test_two_swapped_files_are_noticed_and_a_copy_is_not(memory, tmp_path):
    paths = [tmp_path / f"{number}.txt" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_text(f"{number}" * (1 if number % 2 else 20))
        os.utime(path, ns=(10**18, 10**18))
    y = np.array(["b", "a"] * 4)
    run(([str(path) for path in paths], y), memory, FileSize(), cv=2)
    copies = [shutil.copy2(path, tmp_path / f"copy of {path.name}") for path in paths]
    run((copies, y), memory, FileSize(), cv=2)
    assert len(FITS) == 2
    for path, content in ((paths[0], "2" * 20), (paths[2], "0" * 20)):
        path.write_text(content)
        os.utime(path, ns=(10**18, 10**18))
    run(([str(path) for path in paths], y), memory, FileSize(), cv=2)
    assert len(FITS) == 4


def test_a_failed_fold_is_tried_again(table, memory, tmp_path):
    class Moody(Counted):
        def fit(self, X, y):
            super().fit(X, y)
            if not (tmp_path / "mended").exists() and len(FITS) == 2:
                raise RuntimeError("out of memory")
            return self

    with pytest.warns(match="out of memory"):
        run(table, memory, Moody())
    (tmp_path / "mended").touch()
    FITS.clear()
    result = run(table, memory, Moody())
    assert len(FITS) == 1
    assert len(result.errors) == 0


def test_parameters_that_can_not_be_recognised_are_said(table, memory):
    class Closed(Counted):
        def __init__(self, file=None):
            self.file = file
            self.smoothing = 1e-9

        def __sklearn_clone__(self):
            return Closed(self.file)

    with (
        Path(os.devnull).open() as file,
        pytest.warns(CacheWarning, match="'counted' are not kept"),
    ):
        run(table, memory, Closed(file))


def test_a_folder_that_can_not_be_written_is_said(table, tmp_path):
    (tmp_path / "skgenre-comparison").touch()
    with pytest.warns(CacheWarning, match="can't be kept"):
        result = run(table, tmp_path)
    assert len(result.frame) == 3


SCRIPT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.naive_bayes import GaussianNB
    from skgenre.model_selection import compare

    log, memory = Path(sys.argv[1]), sys.argv[2]

    class Slow(ClassifierMixin, BaseEstimator):
        def __init__(self, smoothing):
            self.smoothing = smoothing
        def fit(self, X, y):
            with log.open("a") as file:
                file.write("begun\\n")
            # A global number would be a part of the key. Two never end at the same time.
            time.sleep(float(sys.argv[3]) * (1.0 if self.smoothing < 0.5 else 1.7))
            self.model_ = GaussianNB(var_smoothing=self.smoothing).fit(X, y)
            self.classes_ = self.model_.classes_
            return self
        def predict(self, X):
            return self.model_.predict(X)

    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    X = rng.standard_normal((40, 3)) + y[:, None]
    pipelines = {"a": Slow(1e-9), "b": Slow(1.0)}
    settings = {"random_state": 0, "memory": memory, "verbose": 1, "n_jobs": int(sys.argv[4])}
    result = compare(pipelines, X, y, cv=4, **settings)
    print(result.frame[["pipeline", "fold", "test_accuracy"]].to_csv(), end="")
    """
)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_killed_run_goes_on_where_it_was(tmp_path, n_jobs):
    script, log, memory = tmp_path / "script.py", tmp_path / "log", tmp_path / "memory"
    talk = tmp_path / "talk"
    script.write_text(SCRIPT)

    def command(log, memory, pause):
        return [sys.executable, str(script), str(log), str(memory), str(pause), str(n_jobs)]

    with (
        talk.open("a") as stderr,
        subprocess.Popen(command(log, memory, 0.3), stderr=stderr) as process,
    ):
        deadline = time.monotonic() + 120
        while talk.read_text().count("accuracy") < 3:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    time.sleep(n_jobs - 1)  # workers end on their own, and keep nothing more
    assert len(list(memory.rglob("*.json"))) == 3
    log.unlink()
    with talk.open("a") as stderr:
        resumed = subprocess.run(
            command(log, memory, 0), stdout=subprocess.PIPE, stderr=stderr, text=True, check=True
        )
    assert log.read_text().count("begun") == 5
    # One line per fold, of the two runs together.
    lines = talk.read_text().splitlines()
    folds = [re.match(r"\[(\d)/8\] (.), fold (\d): ", line) for line in lines]
    assert [match[1] for match in folds if match] == list("12345678")
    assert len({(match[2], match[3]) for match in folds if match}) == 8
    assert [line for line, match in zip(lines, folds, strict=True) if not match] == [
        "40 clips, 4 folds, 2 pipelines: 8 fits",
        "40 clips, 4 folds, 2 pipelines: 8 fits, 3 of them finished in an earlier run",
    ]
    clean = subprocess.run(
        command(tmp_path / "other", tmp_path / "fresh", 0),
        capture_output=True,
        text=True,
        check=True,
    )
    assert resumed.stdout == clean.stdout
    assert (tmp_path / "other").read_text().count("begun") == 8
