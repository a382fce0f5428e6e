import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from skgenre.systems import make_system

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks.study.choose_fit import Prepared, run_fold
from benchmarks.study.choose_report import write_report
from benchmarks.study.choose_sizes import SubsetClassifier, as_curves, join_fits, sizes
from benchmarks.study.fit import split_pipeline

FRAME_RATE = 22050 / 1709


class Noting(ClassifierMixin, BaseEstimator):
    """A classifier that keeps what it was fitted on."""

    def fit(self, X, y, groups=None):
        self.X_, self.y_, self.groups_ = X, y, groups
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def clips():
    y = np.repeat(["blues", "jazz", "metal"], [40, 20, 20])
    return np.arange(80).reshape(80, 1), y, np.arange(80) // 4


def test_a_subset_is_stratified_and_its_groups_go_with_it(clips):
    X, y, groups = clips
    fitted = SubsetClassifier(Noting(), 20, random_state=0).fit(X, y, groups=groups).estimator_
    assert np.unique(fitted.y_, return_counts=True)[1].tolist() == [10, 5, 5]
    rows = fitted.X_[:, 0]
    assert len(np.unique(rows)) == 20
    assert (fitted.y_ == y[rows]).all()
    assert (fitted.groups_ == groups[rows]).all()


def test_the_draw_depends_on_the_seed_alone(clips):
    X, y, _ = clips
    first, again, other = (
        SubsetClassifier(Noting(), 20, random_state=seed).fit(X, y).estimator_.X_.ravel().tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_all_clips_are_fitted_without_a_number(clips):
    X, y, _ = clips
    model = SubsetClassifier(Noting()).fit(X, y)
    assert model.n_clips_ == len(model.estimator_.X_) == 80


def test_more_clips_than_there_are_is_refused(clips):
    X, y, _ = clips
    with pytest.raises(ValueError, match="n_clips=80, but there are 80 to draw from"):
        SubsetClassifier(Noting(), 80).fit(X, y)


def test_features_count_for_the_clips_that_are_fitted():
    y = np.tile(["jazz", "metal"], 20)
    model = make_pipeline(SubsetClassifier(DummyClassifier(), 10, random_state=0))
    prepared = Prepared(np.zeros((40, 1)), 4000.0, model)
    record = run_fold(prepared, y, np.arange(40), np.arange(30), np.arange(30, 40))
    assert record["n_train"] == 30
    assert record["fit_s"] == pytest.approx(1000, abs=10)


@pytest.mark.parametrize("name", ["svm", "svm-mfcc"])
def test_tables_computed_once_give_the_same_model(name):
    rng = np.random.default_rng(0)
    y = np.array(["blues", "metal"] * 8)
    maps = 10 * rng.normal(size=(16, 40, 140)).astype(np.float32) - 40
    maps[::2, :20] *= 0.7
    system = make_system(name, input_kind="mel", frame_rate=FRAME_RATE).fit(maps[:12], y[:12])
    first, rest = split_pipeline(sizes()[f"{name}, all clips"](FRAME_RATE))
    X = first.fit_transform(maps)
    rest.fit(X[:12], y[:12])
    assert len(rest) == 1
    scores = rest[-1].estimator_.decision_function(X)
    np.testing.assert_allclose(scores, system.decision_function(maps), rtol=1e-3, atol=1e-4)


def test_a_curve_is_a_row():
    names = ["svm, all clips", "svm, 60 clips", "svm, 120 clips", "cnn, 60 clips", "cnn, all clips"]
    table = pd.DataFrame(
        {
            "configuration": names,
            "text": ["0.8", "0.5", "0.6", "0.4", "0.7"],
            "folds": ["15", "15", "15", "5", "2"],
        }
    )
    curves = as_curves(table, table["text"])
    assert curves.columns.tolist() == ["model", "60", "120", "all", "folds"]
    assert curves.to_numpy().tolist() == [
        ["svm", "0.5", "0.6", "0.8", "15"],
        ["cnn", "0.4", "", "0.7", "5, 2"],
    ]
    assert as_curves(table.drop(columns="folds"), table["text"]).columns[-1] == "all"


def test_curves_end_with_the_fits_of_models_by_name():
    fits = pd.DataFrame({"configuration": ["svm, all clips", "cnn, 60 clips"], "fold": [0, 0]})
    named = pd.DataFrame({"configuration": ["svm", "cnn", "cnn", "best"], "fold": [1, 1, 2, 1]})
    joined = join_fits(fits, named)
    assert joined["configuration"].tolist() == [*fits["configuration"], *2 * ["cnn, all clips"]]
    assert joined["fold"].tolist() == [0, 0, 1, 2]
    assert join_fits(fits, named[:0]) is fits


def test_the_report_has_the_curves(tmp_path):
    fit = {
        "question": "sizes",
        "settings": "",
        "repeat": 0,
        "right": {"0": "1101"},
        "n_train": 16,
        "n_test": 4,
        "fit_s": 1.0,
        "bytes": 10,
        "commit": "abc",
    }
    records = [{"data": "toy", "about": "Toys"}] + [
        {**fit, "data": "toy", "configuration": name, "fold": fold, "accuracy": accuracy}
        for name, accuracy in {
            "svm, all clips": 0.75,
            "svm, 60 clips": 0.5,
            "cnn, 60 clips": 0.375,
        }.items()
        for fold in range(2)
    ]
    write_report(records, tmp_path)
    assert (tmp_path / "toy_sizes.md").exists()
    text = (tmp_path / "toy_curves.md").read_text()
    accuracies, _, differences = text.partition("Difference from `svm`")
    lines = accuracies.splitlines()
    assert lines[0] == "| model | 60 | all |"
    assert lines[2].startswith("| svm | 0.500 ±")
    assert "16 clips to train and 4 to test" in lines[-2]
    assert differences.splitlines()[-1].startswith("| cnn | -0.125 (")
