import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import CNNClassifier
from skgenre.features import FramePooling
from skgenre.nn import Augmentation

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks import RESULTS
from benchmarks import __main__ as command
from benchmarks.study import choose
from benchmarks.study.choose_fit import describe_settings
from benchmarks.study.choose_questions import QUESTIONS, Question
from benchmarks.study.choose_report import _half_width, choice_table, write_report
from benchmarks.study.records import Records
from benchmarks.study.splits import repeated_folds

N_RUNS, RUN_LENGTH = 20, 4


@pytest.fixture(scope="module")
def log_mel(tmp_path_factory):
    """A log-mel file of 80 clips of two genres, in runs of four clip numbers that sound alike."""
    rng = np.random.default_rng(0)
    genres = np.repeat(["jazz", "metal"], N_RUNS * RUN_LENGTH // 2)
    level = np.where(genres == "jazz", 90, 110)[:, np.newaxis, np.newaxis]
    runs = np.arange(len(genres)) // RUN_LENGTH
    run_level = rng.normal(0, 8, size=N_RUNS)[runs, np.newaxis, np.newaxis]
    noise = rng.normal(0, 20, size=(len(genres), 8, 12))
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(
        path,
        X=np.clip(level + run_level + noise, 0, 255).astype(np.uint8),
        genre=genres,
        split=np.repeat(["train", "valid"], [60, 20]),
        # Ten consecutive numbers are a run, of which four are there.
        clip=[f"{genres[i]}.{runs[i]:04d}{i % 4}" for i in range(len(genres))],
        frame_index=np.arange(12) * 2,
    )
    return path


class Constant(ClassifierMixin, BaseEstimator):
    """A classifier that predicts one genre, and counts its fits."""

    n_fits = 0

    def __init__(self, genre="jazz"):
        self.genre = genre

    def fit(self, X, y):
        Constant.n_fits += 1
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.genre)


class Failing(DummyClassifier):
    """A classifier that can't be fitted."""

    def fit(self, X, y):
        raise RuntimeError("no memory left")


def pooled(classifier, frame_rate=None):
    return make_pipeline(FramePooling(), StandardScaler(), classifier)


def ask(monkeypatch, configurations, name="toy"):
    made = {key: (lambda _, value=value: value) for key, value in configurations.items()}
    question = Question(name, "Which toy?", next(iter(configurations)), made)
    monkeypatch.setitem(QUESTIONS, name, question)
    return question


def run(path, results, **options):
    choose.run(path, results=results, **{"questions": ["toy"], "n_repeats": 1, **options})
    return fits(results)


def fits(results):
    records = Records(results / "records.jsonl").read()
    return [record for record in records if "about" not in record]


def test_every_fold_is_a_record_and_every_question_a_table(log_mel, tmp_path, monkeypatch):
    ask(monkeypatch, {"constant": Constant(), "svm": pooled(SVC())})
    records = run(log_mel, tmp_path, n_repeats=2)
    assert len(records) == 2 * 2 * 5
    for record in records:
        marks = "".join(record["right"].values())
        assert marks.count("1") == record["n_right"]
        assert len(marks) == record["n_test"]
        assert record["accuracy"] == pytest.approx(record["n_right"] / record["n_test"], abs=1e-5)
        assert record["bytes"] > 0
        assert record["version"]
    page = (tmp_path / "tiny_toy.md").read_text()
    head, _, first, second = (line.strip("| ").split(" | ") for line in page.splitlines()[:4])
    assert dict(zip(head, first, strict=False))["accuracy"] == "0.500"
    svm = dict(zip(head, second, strict=True))
    assert float(svm["accuracy"]) > 0.7
    assert svm["significant"] == "better"
    assert "10 folds, 64 clips to train and 16 to test" in page
    log = (tmp_path / "log.md").read_text()
    assert "## Which toy? (toy, tiny)" in log
    assert "80 clips, log-mel maps of 8 bands and 12 frames, 20 runs of ten clip numbers." in log
    assert "**Verdict:** no verdict yet" in log
    assert page.splitlines()[3] in log


def test_clips_of_a_run_are_in_one_fold(log_mel, tmp_path, monkeypatch):
    ask(monkeypatch, {"constant": Constant()})
    folds = [set(record["right"]) for record in run(log_mel, tmp_path)]
    assert sum(len(fold) for fold in folds) == len(set.union(*folds)) == N_RUNS


def test_repeats_have_other_folds():
    y, groups = np.arange(60) % 2, np.arange(60) // 4
    first, again, other = (repeated_folds(y, groups, repeat)[0][1] for repeat in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(other)
    tested = np.concatenate([test for _, test in repeated_folds(y, groups, 2)])
    assert sorted(tested) == list(range(60))


def test_a_killed_run_goes_on(log_mel, tmp_path, monkeypatch, capsys):
    ask(monkeypatch, {"constant": Constant(), "metal": Constant("metal")})
    run(log_mel, tmp_path)
    file = tmp_path / "records.jsonl"
    complete = file.read_text()
    # Killed while it wrote the ninth of ten fits.
    file.write_text("".join(complete.splitlines(keepends=True)[:-1])[:-30])
    capsys.readouterr()
    Constant.n_fits = 0
    records = run(log_mel, tmp_path)
    assert Constant.n_fits == 2
    assert "toy: constant, repeat 0: done before" in capsys.readouterr().out
    assert [record["n_right"] for record in records] == [
        json.loads(line)["n_right"] for line in complete.splitlines()[1:]
    ]


def test_fits_of_another_question_are_copied(log_mel, tmp_path, monkeypatch, capsys):
    ask(monkeypatch, {"constant": Constant()})
    before = run(log_mel, tmp_path)
    ask(monkeypatch, {"the same": Constant(), "other": Constant("metal")}, name="second")
    Constant.n_fits = 0
    records = run(log_mel, tmp_path, questions=["second"])
    assert Constant.n_fits == 5
    assert "second: the same, repeat 0, fold 4: as in toy" in capsys.readouterr().out
    copied = [record for record in records if record["configuration"] == "the same"]
    assert [record["question"] for record in copied] == ["second"] * 5
    assert [record["right"] for record in copied] == [record["right"] for record in before]


def test_other_settings_are_other_fits(log_mel, tmp_path, monkeypatch):
    ask(monkeypatch, {"constant": Constant()})
    run(log_mel, tmp_path, n_repeats=2)
    ask(monkeypatch, {"constant": Constant("no genre")})
    assert len(run(log_mel, tmp_path)) == 15
    # The table has the last ones alone.
    page = (tmp_path / "tiny_toy.md").read_text()
    assert page.count("| constant |") == 1
    assert "| constant | 0.000 |" in page
    assert "5 folds" in page


def test_a_fit_that_fails_is_named_and_tried_again(log_mel, tmp_path, monkeypatch, capsys):
    ask(monkeypatch, {"constant": Constant(), "big": Failing()})
    records = run(log_mel, tmp_path)
    assert [record["error"] for record in records[5:]] == ["RuntimeError: no memory left"] * 5
    page = (tmp_path / "tiny_toy.md").read_text()
    assert "Failed: big (RuntimeError: no memory left)" in page
    assert "| big |" not in page
    ask(monkeypatch, {"constant": Constant(), "big": Constant("metal")})
    run(log_mel, tmp_path)
    page = (tmp_path / "tiny_toy.md").read_text()
    assert "Failed" not in page
    assert "| big |" in page


def test_a_model_that_cannot_be_made_fails_alone(log_mel, tmp_path, monkeypatch):
    def refuse(frame_rate):
        raise ValueError("needs the frames per second")

    made = {"constant": lambda _: Constant(), "rate": refuse, "metal": lambda _: Constant("metal")}
    monkeypatch.setitem(QUESTIONS, "toy", Question("toy", "Which toy?", "constant", made))
    records = run(log_mel, tmp_path)
    assert sum("accuracy" in record for record in records) == 10
    assert "Failed: rate (ValueError: needs" in (tmp_path / "tiny_toy.md").read_text()


def test_features_that_learn_nothing_are_computed_once(log_mel, tmp_path, monkeypatch):
    calls = []

    def count(X):
        calls.append(len(X))
        return X.mean(axis=2)

    steps = [FunctionTransformer(count), StandardScaler()]
    ask(monkeypatch, {f"C={C}": make_pipeline(*steps, SVC(C=C)) for C in (1, 10)})
    run(log_mel, tmp_path, n_repeats=2)
    # All clips, for two models and ten folds; predictions have no more to compute.
    assert calls == [N_RUNS * RUN_LENGTH]


def test_budget_ends_before_a_fit(log_mel, tmp_path, monkeypatch, capsys):
    ask(monkeypatch, {"constant": Constant()})
    assert run(log_mel, tmp_path, budget=-1) == []
    assert "the budget is used" in capsys.readouterr().out


def test_models_are_run_with_the_reference(log_mel, tmp_path, monkeypatch):
    ask(monkeypatch, {"a": Constant(), "b": Constant("metal"), "c": Constant("none")})
    records = run(log_mel, tmp_path, models=["c"])
    assert {record["configuration"] for record in records} == {"a", "c"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"questions": ["mfc"]}, "There is no question 'mfc'. There are mfcc, classifier"),
        (
            {"questions": ["mfcc"], "models": ["12"]},
            "There is no model '12'. There are mfcc, mfcc-13, ",
        ),
    ],
)
def test_run_refuses(log_mel, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        choose.run(log_mel, results=tmp_path, **options)


def test_maps_need_a_frame_rate(tmp_path, monkeypatch):
    ask(monkeypatch, {"constant": Constant()})
    path = tmp_path / "silent.npz"
    np.savez(path, X=np.zeros((20, 4, 8), np.uint8), genre=["a", "b"] * 10)
    with pytest.raises(ValueError, match="frames per second: give --frame-rate"):
        run(path, tmp_path)
    assert len(run(path, tmp_path, frame_rate=4.3)) == 5


def test_run_refuses_sound(tmp_path):
    with pytest.raises(ValueError, match="no file or folder"):
        choose.run(tmp_path / "absent.npz", results=tmp_path)


def test_settings_include_defaults_and_nested_parts():
    class Newer(Constant):
        def __init__(self, genre="metal"):
            self.genre = genre

    Newer.__qualname__ = Constant.__qualname__
    assert describe_settings(Constant()) == describe_settings(Constant("jazz"))
    assert describe_settings(Newer()) != describe_settings(Constant())
    networks = [CNNClassifier(augmentation=Augmentation(mixup=value)) for value in (0.2, 0.2, 0.4)]
    same, again, other = map(describe_settings, networks)
    assert same == again != other
    # Two functions of the same name lie at different addresses.
    functions = [FunctionTransformer(partial(np.sum, axis=2)) for _ in range(2)]
    assert len({describe_settings(function) for function in functions}) == 1


def make_fits(values, configuration, n=100, **extra):
    return [
        {
            "data": "d",
            "question": "toy",
            "configuration": configuration,
            "settings": "x",
            "repeat": 0,
            "fold": fold,
            "accuracy": value,
            "right": {str(fold): "1" * round(value * n) + "0" * (n - round(value * n))},
            "n_train": 4 * n,
            "n_test": n,
            "fit_s": 1.0,
            "bytes": 2000,
            "commit": "abc",
            "error": None,
            "device": "cpu",
            **extra,
        }
        for fold, value in enumerate(values)
    ]


def rows(*parts):
    fits = pd.DataFrame([record for part in parts for record in part])
    table, note = choice_table(fits, "base", ["base", "other"])
    return {row["configuration"]: row for row in table.to_dict("records")}, note


def test_differences_are_paired():
    base = [0.4, 0.5, 0.6, 0.7, 0.8]
    better = [0.5, 0.6, 0.7, 0.8, 0.91]
    mixed = [0.5, 0.4, 0.7, 0.6, 0.8]
    table, note = rows(make_fits(base, "base"), make_fits(better, "other"))
    # Folds differ more than the models do.
    assert table["other"]["significant"] == "better"
    assert table["other"]["difference (95 %)"].startswith("+0.102 (+0.0")
    assert table["base"]["difference (95 %)"] == "reference"
    assert table["base"]["significant"] == ""
    assert note == "5 folds, 400 clips to train and 100 to test in each, commit abc."
    table, _ = rows(make_fits(base, "base"), make_fits(mixed, "other"))
    assert table["other"]["significant"] == "no"
    table, _ = rows(make_fits(better, "base"), make_fits(base, "other"))
    assert table["other"]["significant"] == "worse"


def test_seconds_are_those_of_the_cpu():
    base = make_fits([0.4, 0.5, 0.6], "base")
    faster = make_fits([0.5, 0.6, 0.7], "other", device="cuda")
    table, note = rows(base, faster)
    assert table["base"]["CPU s"] == "1.00"
    assert table["other"]["CPU s"] == ""
    assert note.endswith("Trained on another device, without CPU s: other (3 folds on cuda).")


def test_rows_are_of_the_same_folds():
    base, more = make_fits([0.4, 0.6], "base"), make_fits([0.5, 0.7, 0.9], "other")
    table, note = rows(base, more)
    # The third fold is easier, and the reference lacks it.
    assert table["other"]["accuracy"] == "0.600"
    assert table["other"]["difference (95 %)"].startswith("+0.100 (")
    table, note = rows(make_fits([0.4, 0.6, 0.9], "base"), make_fits([0.5, 0.7], "other"))
    assert list(table) == ["base"]
    assert note.startswith("3 folds, ")
    assert note.endswith("Not finished: other (2 of 3 folds).")


def test_a_table_without_its_reference():
    table, _ = rows(make_fits([0.5, 0.7], "other"))
    assert table["other"]["difference (95 %)"] == ""


def test_interval_is_of_groups():
    # Two groups alike within: as sure as two clips, however many clips they have.
    alike = pd.Series([{"0": "1" * 50, "1": "0" * 50}])
    mixed = pd.Series([{str(group): "10" for group in range(50)}])
    assert _half_width(alike, 0.5) == pytest.approx(1.96 * 0.5)
    assert _half_width(mixed, 0.5) == pytest.approx(0.0)
    # A second repeat of the same predictions adds no information.
    twice = pd.concat([alike, alike])
    assert _half_width(twice, 0.5) == pytest.approx(_half_width(alike, 0.5))


def test_verdicts_are_in_the_log(tmp_path, monkeypatch):
    ask(monkeypatch, {"base": Constant()})
    (tmp_path / "verdicts.json").write_text(json.dumps({"d": {"toy": "Keep it."}}))
    records = [{"data": "d", "about": "100 clips"}, *make_fits([0.4, 0.5], "base")]
    write_report(records, tmp_path)
    log = (tmp_path / "log.md").read_text()
    assert "100 clips." in log
    assert "**Verdict:** Keep it." in log


@pytest.mark.parametrize("question", QUESTIONS)
def test_configurations_of_a_question_differ(question):
    made = [make(12.9) for make in QUESTIONS[question].configurations.values()]
    assert len({describe_settings(model) for model in made}) == len(made)


def test_a_later_parameter_changes_no_recorded_fit():
    """A new parameter of an estimator stands in _LATER, or its fits are made again."""
    recorded = {
        (record["configuration"], record["settings"])
        for record in Records(RESULTS / "choices" / "records.jsonl", choose.KEY).read()
        if record.get("question") == "named" and "settings" in record
    }
    rate = 12.906547214673914  # of the maps that were fitted
    made = {
        (name, describe_settings(make(rate)))
        for name, make in QUESTIONS["named"].configurations.items()
    }
    assert {name for name, _ in made} >= {"best", "svm", "xgb", "cnn"}
    assert made <= recorded


@pytest.mark.parametrize("question", ["mfcc", "modulation", "covariance", "blocks"])
def test_references_read_maps_in_decibels(question):
    maps = np.random.default_rng(0).normal(-40, 8, size=(12, 128, 64)).astype(np.float32)
    y = np.arange(12) % 2
    asked = QUESTIONS[question]
    model = asked.configurations[asked.reference](12.9)
    assert model.fit(maps, y).predict(maps).shape == (12,)


def test_command(log_mel, tmp_path, monkeypatch, capsys):
    ask(monkeypatch, {"constant": Constant(), "b, c": Constant("metal")})
    monkeypatch.setitem(choose.run.__kwdefaults__, "results", tmp_path)
    options = ["choose", "--data", str(log_mel), "--questions", "toy", "--repeats", "1"]
    monkeypatch.setattr("sys.argv", ["benchmarks", *options, "--models", "b, c;constant"])
    command.main()
    assert len(fits(tmp_path)) == 10
    monkeypatch.setattr("sys.argv", ["benchmarks", *options, "--models", "d"])
    with pytest.raises(SystemExit):
        command.main()
    assert "There is no model 'd'" in capsys.readouterr().err
