"""Tables made of cached maps are made once, and test clips are transformed once."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.features import MFCC, FramePooling
from skgenre.features._engine.cached_rows import makes_cached_rows, read_rows
from skgenre.model_selection import compare

SR = 8000


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    y = np.repeat(["low", "high"], 6)
    times = np.arange(SR) / SR
    pitches = np.where(y == "low", 200, 900)[:, np.newaxis] * rng.uniform(0.9, 1.1, (12, 1))
    return np.sin(2 * np.pi * pitches * times) + 0.1 * rng.standard_normal((12, SR)), y


@pytest.fixture
def pooled(monkeypatch):
    """The number of maps that FramePooling summarises."""
    maps = []
    pool = FramePooling._pool

    def count(self, *arguments):
        maps.append(1)
        return pool(self, *arguments)

    monkeypatch.setattr(FramePooling, "_pool", count)
    return maps


def mfcc(memory=None):
    return MFCC(sr=SR, n_fft=512, hop_length=256, n_mels=20, n_mfcc=5, memory=memory)


def logistic(pooling=None):
    return make_pipeline(mfcc(), pooling or FramePooling(), StandardScaler(), LogisticRegression())


def fit_by_hand(pipeline, X, y, folds):
    return np.concatenate(
        [pipeline.fit(X[train], y[train]).predict_proba(X[test]) for train, test in folds]
    )


def folds_of(n_clips):
    parts = np.arange(n_clips) % 3
    return [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(3)]


def probabilities(result, name):
    rows = result.predictions.query("pipeline == @name")
    return rows[["probability_high", "probability_low"]].to_numpy()


def test_the_rows_of_a_table_are_made_once_for_all_folds_and_models(clips, pooled, tmp_path):
    X, y = clips
    models = {
        "logistic": logistic(),
        "bayes": make_pipeline(mfcc(), FramePooling(), GaussianNB()),
    }
    result = compare(models, X, y, cv=folds_of(12), memory=tmp_path, random_state=0)
    assert len(pooled) == 12
    for name, model in models.items():
        by_hand = fit_by_hand(model, X, y, folds_of(12))
        np.testing.assert_allclose(probabilities(result, name), by_hand, rtol=0, atol=1e-6)


class CentredPooling(FramePooling):
    """Statistics less their mean over the training clips: no row depends on its map alone."""

    def fit(self, X, y=None):
        super().fit(X, y)
        self.mean_ = super()._transform(X).mean(axis=0)
        return self

    def _transform(self, X):
        return super()._transform(X) - self.mean_


def test_a_derived_table_that_learns_is_made_in_each_fold(clips, tmp_path):
    X, y = clips
    model = make_pipeline(mfcc(), CentredPooling(), LogisticRegression())
    result = compare({"centred": model}, X, y, cv=folds_of(12), memory=tmp_path, random_state=0)
    by_hand = fit_by_hand(model, X, y, folds_of(12))
    np.testing.assert_allclose(probabilities(result, "centred"), by_hand, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "table", [FramePooling(), FramePooling().set_output(transform="pandas"), StandardScaler()]
)
def test_rows_are_kept_for_plain_tables_of_cached_maps(table, tmp_path):
    is_plain = isinstance(table, FramePooling) and not hasattr(table, "_sklearn_output_config")
    assert makes_cached_rows(mfcc(tmp_path), table) == is_plain
    assert not makes_cached_rows(mfcc(), table)


def test_each_setting_of_a_table_has_its_rows(clips, pooled, tmp_path):
    X, _ = clips
    feature = mfcc(tmp_path).fit(X)
    maps = feature.transform(X)
    for statistics in (["mean"], ["std"]):
        expected = FramePooling(statistics=statistics).fit_transform(maps)
        for n_made in (12, 0):
            pooled.clear()
            rows = read_rows(feature, FramePooling(statistics=statistics), X)
            assert len(pooled) == n_made
            np.testing.assert_array_equal(rows, expected)


def test_clips_of_two_lengths_are_refused_though_each_has_a_row(clips, tmp_path):
    feature, table = mfcc(tmp_path), FramePooling()
    long, short = list(clips[0][:3]), [clip[: SR // 2] for clip in clips[0][3:]]
    for X in (long, short):
        read_rows(feature.fit(X), table, X)
    with pytest.raises(ValueError, match="differ in length"):
        read_rows(feature, table, [*long, *short])


def test_rows_of_another_width_are_made_again(clips, tmp_path):
    from skgenre.features._engine.cache_entry import write_entry

    X, _ = clips
    feature = mfcc(tmp_path).fit(X)
    expected = read_rows(feature, FramePooling(), X)
    n_bands, n_frames = feature.transform(X).shape[1:]
    for path in tmp_path.glob("skgenre-features/??/*.npy"):
        if path.stat().st_size < 300:  # rows, not maps
            write_entry(path, np.array([n_bands, n_frames, 1, 2, 3], dtype=np.float32))
    np.testing.assert_array_equal(read_rows(feature, FramePooling(), X), expected)


class CountedTransform(TransformerMixin, BaseEstimator):
    """Passes clips on, and counts the calls."""

    n_calls = 0

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        type(self).n_calls += 1
        return X


def test_test_clips_are_transformed_once_for_all_answers(clips, monkeypatch):
    X, y = clips
    monkeypatch.setattr(CountedTransform, "n_calls", 0)
    model = make_pipeline(CountedTransform(), LogisticRegression())
    scoring = ["accuracy", "neg_log_loss"]
    compare({"counted": model}, X, y, cv=folds_of(12), scoring=scoring)
    assert CountedTransform.n_calls == 2 * 3  # to fit, and to predict, in each fold


def test_a_users_score_gets_the_fitted_pipeline(clips, tmp_path):
    X, y = clips
    seen = []

    def score(model, X, y):
        seen.append([name for name, _ in model.steps])
        return float((model.predict(X) == y).mean())

    model = logistic()
    for _ in range(2):
        result = compare(
            {"logistic": model},
            X,
            y,
            cv=folds_of(12),
            scoring={"own": score},
            memory=tmp_path,
            resume=False,
        )
        assert (result.frame["test_own"] == 1).all()
    assert seen == [[name for name, _ in model.steps]] * 6
