"""Kernel machines of clips with several genres."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import KFold, cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import BlockKernelClassifier
from skgenre.classifiers._kernel_genres import find_sigmoids, split_genres
from skgenre.exceptions import SkgenreWarning
from skgenre.persistence import load_model, save_model

GENRES = ["jazz", "rock", "soul"]
BASES = ["ridge", "svm"]


@pytest.fixture(scope="module")
def clips():
    """Clips whose genres are each told by a column, with noise; the last one is rare."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 6))
    noisy = X[:, :3] + 0.5 * rng.normal(size=(240, 3))
    return X, (noisy > [0, 0.5, 1.2]).astype(int)


@pytest.mark.parametrize("base", BASES)
def test_each_genre_is_learned_and_calibrated(base, clips):
    X, y = clips
    model = BlockKernelClassifier(base=base).fit(X[:160], y[:160])
    found = model.predict_proba(X[160:])
    assert roc_auc_score(y[160:], found, average=None).min() > 0.8
    np.testing.assert_array_equal(model.predict(X[160:]), found > 0.5)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-model.decision_function(X[160:]))))
    for genre in range(3):
        share = np.full(80, y[:160, genre].mean())
        assert log_loss(y[160:, genre], found[:, genre]) < 0.8 * log_loss(y[160:, genre], share)


def test_one_genre_of_several_has_the_scores_of_a_support_vector_machine(clips):
    X, y = clips
    model = BlockKernelClassifier(base="svm", C=2.0, cv=None).fit(X, y)
    gamma = model.gammas_[0]
    svc = SVC(C=2.0, gamma=gamma, tol=1e-6)
    expected = svc.fit(StandardScaler().fit_transform(X), y[:, 1])
    scores = expected.decision_function(StandardScaler().fit(X).transform(X[:20]))
    np.testing.assert_allclose(model.decision_function(X[:20])[:, 1], 2 * scores, atol=1e-2)


@pytest.mark.parametrize("base", BASES)
def test_predictions_have_the_form_of_the_target(base, clips):
    X, y = clips
    frame = pd.DataFrame(y, columns=GENRES)
    model = BlockKernelClassifier(base=base, threshold=[0.3, 0.5, 0.6]).fit(X, frame)
    expected = model.predict_proba(X) > [0.3, 0.5, 0.6]
    assert model.predict(X).columns.tolist() == GENRES
    np.testing.assert_array_equal(model.predict(X), expected)
    sets = [{GENRES[g] for g in np.flatnonzero(row)} for row in y]
    assert model.fit(X, sets).predict(X) == [
        {GENRES[g] for g in np.flatnonzero(r)} for r in expected
    ]


@pytest.mark.parametrize("base", BASES)
def test_a_genre_without_clips_has_the_probability_zero_and_one_of_all_is_likely(base, clips):
    X, y = clips
    y = y.copy()
    y[:, 0], y[:, 1] = 1, 0
    with pytest.warns(SkgenreWarning, match="no training clip has the genre 1"):
        model = BlockKernelClassifier(base=base).fit(X, y)
    assert (model.predict_proba(X)[:, 0] > 0.5).all()
    assert (model.predict_proba(X)[:, 1] == 0).all()


def test_groups_are_not_split_in_the_calibration(clips):
    _, y = clips
    groups = np.arange(240) // 4
    folds = split_genres(y, groups, 5)
    assert len(folds) == 5
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        np.testing.assert_allclose(y[test].mean(axis=0), y.mean(axis=0), atol=0.1)
    assert split_genres(y, np.zeros(240), 5) == []
    assert len(split_genres(y, None, KFold(3))) == 3


def test_f1_chooses_thresholds_on_clips_that_are_held_out(clips):
    X, y = clips
    chosen = BlockKernelClassifier(threshold="f1").fit(X, y)
    assert len(set(chosen.thresholds_)) == 3
    assert chosen.thresholds_[2] < 0.5  # the rare one
    with pytest.raises(ValueError, match="give cv a number of folds"):
        BlockKernelClassifier(threshold="f1", cv=None).fit(X, y)
    with pytest.raises(ValueError, match="no clips to choose thresholds on"):
        BlockKernelClassifier(threshold="f1").fit(X, y, groups=np.zeros(240))
    with pytest.raises(ValueError, match="'threshold' parameter of BlockKernelClassifier is for"):
        BlockKernelClassifier(threshold=0.3).fit(X, y[:, 0])


def test_weights_of_zero_leave_clips_out(clips):
    X, y = clips
    weight = np.r_[np.ones(160), np.zeros(80)]
    model = BlockKernelClassifier().fit(X, y, sample_weight=weight)
    expected = BlockKernelClassifier().fit(X[:160], y[:160])
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X))


def test_it_is_fitted_again_on_one_genre_per_clip(clips):
    X, y = clips
    model = BlockKernelClassifier().fit(X, y)
    genres = np.where(y[:, 0] == 1, "jazz", "rock")
    model.fit(X, genres)
    expected = BlockKernelClassifier().fit(X, genres)
    assert vars(model).keys() == vars(expected).keys()
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X))
    assert vars(model.fit(X, y)).keys() == vars(BlockKernelClassifier().fit(X, y)).keys()
    assert cross_val_score(model, X, y, cv=3, scoring="roc_auc").min() > 0.8


def test_a_sigmoid_is_the_logistic_regression_of_many_clips():
    rng = np.random.default_rng(0)
    scores = rng.normal(5, 3, (4000, 2))
    matrix = (rng.random((4000, 2)) < 1 / (1 + np.exp(6 - scores))).astype(int)
    scores[:, 1] = np.nan
    found = find_sigmoids(scores, matrix, np.ones(4000), "ridge")
    logistic = LogisticRegression(C=1e6).fit(scores[:, :1], matrix[:, 0])
    assert found.slopes[0] == pytest.approx(logistic.coef_[0, 0], rel=0.05)
    assert found.offsets[0] == pytest.approx(logistic.intercept_[0], rel=0.05)
    assert (found.slopes[1], found.offsets[1]) == (4.0, -2.0)


@pytest.mark.parametrize("base", BASES)
def test_a_file_keeps_the_genres(base, clips, tmp_path):
    X, y = clips
    model = BlockKernelClassifier(base=base, threshold="f1").fit(X, pd.DataFrame(y, columns=GENRES))
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X))
    pd.testing.assert_frame_equal(loaded.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("slopes_", np.array([1.0, 1.0])),
        ("slopes_", np.array([1.0, -1.0, 1.0])),
        ("offsets_", np.array([0.0, np.nan, 0.0])),
        ("slopes_", None),
        ("_has_pairs", True),
        ("_is_seen", np.array([True, True])),
        ("thresholds_", np.array([0.5, 0.5, 2.0])),
        ("genres_", np.array(["jazz", "rock"])),
    ],
)
def test_a_file_that_does_not_fit_is_refused(attribute, value, clips, tmp_path):
    model = BlockKernelClassifier().fit(*clips)
    setattr(model, attribute, value)
    with pytest.raises(TypeError, match="load_model would refuse it"):
        save_model(model, tmp_path / "model.skops")
