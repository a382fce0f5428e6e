"""Cross-validation, searches and comparisons take a store as X."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.features import FramePooling, FrameSegmenter
from skgenre.model_selection import StratifiedGroupShuffleSplit, compare, leakage_gap
from skgenre.stores import open_features

from .written_stores import write_maps, write_table

N = 60
SMALL = 20 * 4 * 6 * 8
CV = StratifiedGroupKFold(3)
RNG = np.random.default_rng(0)
GENRE = np.array(["blues", "metal", "jazz"])[RNG.permutation(N) % 3]
GROUP = np.array([f"artist{row // 2:02}" for row in range(N)])
MAPS = RNG.normal(size=(N, 6, 8)).astype(np.float32)
MAPS[GENRE == "metal", :3] += 2
TABLE = MAPS.mean(axis=2)
BAD = [7]
KEPT = np.setdiff1d(np.arange(N), BAD)
LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression())
CNN = CNNClassifier(max_epochs=2, lr=0.01, random_state=0)


@pytest.fixture
def known():
    return {"genre": GENRE, "group": GROUP, "bad": BAD}


@pytest.fixture
def maps(tmp_path, known):
    return open_features(write_maps(tmp_path / "mel.zarr", MAPS, **known))


@pytest.fixture
def streamed(tmp_path, known):
    url = write_maps(tmp_path / "large.zarr", MAPS, **known)
    return open_features(url, max_in_memory=SMALL)


@pytest.fixture
def table(tmp_path, known):
    return open_features(write_table(tmp_path / "table", TABLE, **known))


def test_cross_validation_scores_as_on_the_array(maps, table):
    for model, store, X in ((CNN, maps, MAPS[KEPT]), (LOGISTIC, table, TABLE[KEPT])):
        found = cross_val_score(model, store, store.y, groups=store.groups, cv=CV)
        expected = cross_val_score(model, X, GENRE[KEPT], groups=GROUP[KEPT], cv=CV)
        np.testing.assert_array_equal(found, expected)
    predicted = cross_val_predict(SVC(), table, table.y, groups=table.groups, cv=CV)
    assert predicted.shape == (len(KEPT),)


@pytest.mark.slow
def test_a_search_in_processes_takes_a_store_that_is_streamed(streamed):
    search = GridSearchCV(CNN, {"lr": [0.01, 0.001]}, cv=CV, n_jobs=2)
    search.fit(streamed, streamed.y, groups=streamed.groups)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(streamed).shape == (len(KEPT),)


def test_splitters_of_this_package_split_a_store(streamed):
    splitter = StratifiedGroupShuffleSplit(2, random_state=0)
    for train, test in splitter.split(streamed, streamed.y, streamed.groups):
        assert not set(streamed.groups[train]) & set(streamed.groups[test])
        assert streamed[test].shape == (len(test), 6, 8)


def test_a_comparison_is_that_on_the_array(maps, table):
    for pipelines, store, X in (
        ({"cnn": CNN, "pooled": make_pipeline(FramePooling(), LOGISTIC)}, maps, MAPS[KEPT]),
        ({"logistic": LOGISTIC, "xgb": XGBGenreClassifier(n_estimators=5)}, table, TABLE[KEPT]),
    ):
        options = {"cv": 3, "random_state": 0, "on_error": "raise"}
        found = compare(pipelines, store, store.y, groups=store.groups, **options)
        expected = compare(pipelines, X, GENRE[KEPT], groups=GROUP[KEPT], **options)
        columns = ["pipeline", "fold", "n_test", "test_accuracy"]
        assert found.frame[columns].equals(expected.frame[columns])
        assert found.protocol["data"].startswith(f"FeatureStore of shape {store.shape}; ")


def test_a_comparison_of_streams_goes_on(streamed, tmp_path):
    def run(X):
        return compare(
            {"cnn": CNN},
            X,
            X.y,
            groups=X.groups,
            cv=3,
            random_state=0,
            memory=tmp_path / "memory",
            on_error="raise",
            on_bad_files="drop",
        )

    first, second = run(streamed), run(streamed)
    assert (first.protocol["resumed_folds"], second.protocol["resumed_folds"]) == (0, 3)
    assert first.frame["test_accuracy"].equals(second.frame["test_accuracy"])
    assert run(streamed[np.arange(len(KEPT))[::-1]]).protocol["resumed_folds"] == 0


def test_other_features_are_other_folds(tmp_path, known):
    results = []
    for setting in ("one", "other"):
        write_table(tmp_path / setting / "table", TABLE, setting=setting, **known)
        (tmp_path / "table").unlink(missing_ok=True)
        (tmp_path / "table").symlink_to(tmp_path / setting / "table")
        store = open_features(tmp_path / "table")
        results.append(
            compare(
                {"logistic": LOGISTIC},
                store,
                store.y,
                cv=3,
                random_state=0,
                memory=tmp_path / "memory",
            )
        )
    assert [result.protocol["resumed_folds"] for result in results] == [0, 0]


def test_a_comparison_of_several_genres(tmp_path):
    genre = [[name] + ["loud"] * (row % 2) for row, name in enumerate(GENRE)]
    url = write_maps(tmp_path / "mel.zarr", MAPS, genre=genre, group=GROUP)
    store = open_features(url, max_in_memory=SMALL)
    result = compare({"cnn": CNN}, store, store.y, groups=store.groups, cv=3, random_state=0)
    assert result.protocol["genres"] == 4
    assert np.isfinite(result.frame["test_roc_auc"]).all()


def test_the_leakage_gap_is_that_of_the_array(maps):
    voting = SegmentVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    pipeline = make_pipeline(FrameSegmenter(4), FramePooling(), voting)
    found = leakage_gap(pipeline, maps, maps.y, groups=maps.groups, cv=3, random_state=0)
    expected = leakage_gap(
        pipeline, MAPS[KEPT], GENRE[KEPT], groups=GROUP[KEPT], cv=3, random_state=0
    )
    assert found.frame.equals(expected.frame)


def test_a_store_that_is_too_large_for_a_pipeline_is_refused(streamed):
    pipeline = make_pipeline(FramePooling(), LOGISTIC)
    with pytest.raises(ValueError, match=r"and max_in_memory is 3.8 KB. Raise it in"):
        pipeline.fit(streamed, streamed.y)
