"""Tables made of cached maps are made once, and test clips are transformed once."""

import multiprocessing
import time

import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre.audio import check_clips
from skgenre.exceptions import AudioDecodeError, ShapeMismatchError
from skgenre.features import MFCC, FramePooling
from skgenre.features._engine import cache, cached_rows
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


@pytest.fixture
def events(monkeypatch, tmp_path):
    """Return what is computed and read, in this process and in its forks: "map" or "read" each."""
    log = tmp_path / "events"
    log.touch()
    compute, read = MFCC.compute, cache.read_entry

    def note(event):
        with log.open("a") as file:
            file.write(event + "\n")

    def compute_slowly(self, y):
        note("map")
        time.sleep(0.02)
        return compute(self, y)

    def read_entry(*arguments):
        features = read(*arguments)
        if features is not None and features.ndim == 2:
            note("read")
        return features

    monkeypatch.setattr(MFCC, "compute", compute_slowly)
    monkeypatch.setattr(cache, "read_entry", read_entry)
    return lambda: log.read_text().split()


def flatten(maps):
    return maps.reshape(len(maps), -1)


def test_no_map_is_read_back_to_make_a_table_of_it(clips, events, tmp_path):
    X, y = clips
    models = {
        "logistic": logistic(),
        "bayes": make_pipeline(mfcc(), FramePooling(), GaussianNB()),
        "maps": make_pipeline(mfcc(), FunctionTransformer(flatten), LogisticRegression()),
    }
    result = compare(models, X, y, cv=folds_of(12), memory=tmp_path, random_state=0)
    assert events().count("map") == 12
    assert events().count("read") == 3 * 12  # of the third model, in each fold
    for name in models:
        by_hand = fit_by_hand(models[name], X, y, folds_of(12))
        np.testing.assert_allclose(probabilities(result, name), by_hand, rtol=0, atol=1e-6)


def read_in_a_fork(barrier, memory, X, to):
    barrier.wait()
    np.save(to, read_rows(mfcc(memory).fit(X), FramePooling(), X))


def test_two_processes_make_each_map_and_its_row_once(clips, events, pooled, tmp_path):
    X, _ = clips
    expected = FramePooling().fit_transform(mfcc().fit_transform(X))
    n_before = len(events())
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    paths = [tmp_path / "one.npy", tmp_path / "two.npy"]
    processes = [
        context.Process(target=read_in_a_fork, args=(barrier, tmp_path, X, to)) for to in paths
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert events()[n_before:] == ["map"] * 12
    for path in paths:
        np.testing.assert_array_equal(np.load(path), expected)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_rows_of_cached_maps_are_made_one_by_one(n_jobs, clips, pooled, tmp_path):
    X, _ = clips
    feature = mfcc(tmp_path).set_params(n_jobs=n_jobs)
    expected = FramePooling().fit_transform(feature.fit_transform(X))
    read_rows(feature, FramePooling(), X[::2])
    pooled.clear()
    np.testing.assert_array_equal(read_rows(feature, FramePooling(), X), expected)
    assert len(pooled) == 6


def test_a_clip_that_can_not_be_read_is_named_and_the_earlier_rows_are_kept(
    clips, pooled, tmp_path
):
    X = [*clips[0][:3], "missing.wav", "missing-too.wav"]
    paths = []
    for number, clip in enumerate(X):
        path = tmp_path / f"{number}.wav"
        if isinstance(clip, str):
            path.write_text("no music")
        else:
            soundfile.write(path, clip, SR)
        paths.append(path)
    feature = mfcc(tmp_path).fit(paths)
    for n_made in (3, 0):
        pooled.clear()
        with pytest.raises(AudioDecodeError, match=r"3\.wav"):
            read_rows(feature, FramePooling(), paths)
        assert len(pooled) == n_made
    assert not list(tmp_path.rglob("*.claim"))


def test_a_clip_whose_row_is_kept_is_not_read_ahead(clips, tmp_path):
    X, _ = clips
    feature = mfcc(tmp_path).fit(X)
    read_rows(feature, FramePooling(), X[:6])
    for path in tmp_path.glob("skgenre-features/??/*.npy"):
        if path.stat().st_size > 300:  # maps, not rows
            path.unlink()
    table = FramePooling()
    both = Pipeline([("feature", feature), ("table", table)])
    rows = cached_rows._RowCache(cache.FeatureCache(tmp_path, both, "cpu"), feature, table)
    items = check_clips(X, estimator=feature, sr=SR, reset=False, duration=None)
    assert [rows.lacks(items.key(i)) for i in range(12)] == [False] * 6 + [True] * 6


def test_what_makes_no_table_is_refused_like_without_the_cache(clips, tmp_path):
    X, _ = clips
    table = FramePooling().fit(np.zeros((1, 3, 4), dtype=np.float32))
    with pytest.raises(ShapeMismatchError) as plain:
        table.transform(mfcc().fit_transform(X))
    with pytest.raises(ShapeMismatchError) as cached:
        read_rows(mfcc(tmp_path).fit(X), table, X)
    assert str(cached.value) == str(plain.value)
    assert not list(tmp_path.rglob("*.claim"))


def test_maps_of_half_precision_make_the_same_rows(clips, tmp_path):
    X, _ = clips
    half = mfcc().set_params(dtype="float16")
    expected = FramePooling().fit_transform(half.fit_transform(X))
    half.set_params(memory=tmp_path)
    for _ in range(2):
        np.testing.assert_array_equal(read_rows(half, FramePooling(), X), expected)


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
