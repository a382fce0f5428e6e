"""Whole pipelines inside scikit-learn's tools, on sound files."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.datasets import make_genre_music
from skgenre.features import FramePooling, MelSpectrogram, Segmenter, cache_info

from .other_processes import run_code

N_CLIPS = 24


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Clips of two genres as files, each group of two by one artist."""
    return make_genre_music(
        N_CLIPS,
        genres=["classical", "metal"],
        duration=2.0,
        random_state=0,
        to=tmp_path_factory.mktemp("music"),
    )


@pytest.fixture(scope="module")
def groups():
    return np.arange(N_CLIPS) // 2


def segmenter(memory=None, n_mels=16):
    return Segmenter(MelSpectrogram(n_mels=n_mels), segment_duration=1.0, memory=memory)


CLASSIFIERS = {
    "cnn": SegmentVotingClassifier(
        CNNClassifier(channels=(4, 8), max_epochs=25, lr=1e-2, random_state=0)
    ),
    "lstm": SegmentVotingClassifier(
        LSTMClassifier(hidden_size=8, max_epochs=25, lr=1e-2, random_state=0)
    ),
    "crnn": SegmentVotingClassifier(
        CRNNClassifier(channels=(4,), hidden_size=8, max_epochs=25, lr=1e-2, random_state=0)
    ),
}


def pipeline(name, memory=None):
    if name == "xgb":
        return Pipeline(
            [
                ("segmenter", segmenter(memory)),
                ("pooling", FramePooling()),
                ("classifier", SegmentVotingClassifier(XGBGenreClassifier(n_estimators=10))),
            ]
        )
    return Pipeline([("segmenter", segmenter(memory)), ("classifier", clone(CLASSIFIERS[name]))])


NAMES = [*CLASSIFIERS, "xgb"]


@pytest.mark.parametrize("name", NAMES)
def test_cross_val_score_on_the_same_features(name, music, groups, tmp_path_factory):
    memory = tmp_path_factory.getbasetemp() / "shared-cache"
    scores = cross_val_score(
        pipeline(name, str(memory)),
        music.paths,
        music.target,
        groups=groups,
        cv=StratifiedGroupKFold(3),
        error_score="raise",
    )
    assert scores.mean() > 0.7
    # Whichever of the four came first extracted the features, for all of them.
    assert cache_info(memory).misses == N_CLIPS


@pytest.mark.parametrize(
    ("n_jobs", "allowed"), [(1, 1.0), pytest.param(2, 1.1, marks=pytest.mark.slow)]
)
def test_grid_search_extracts_once_per_clip_and_setting(n_jobs, allowed, music, tmp_path):
    networks = [
        SegmentVotingClassifier(CNNClassifier(channels=(4,), max_epochs=1, random_state=0)),
        SegmentVotingClassifier(LSTMClassifier(hidden_size=4, max_epochs=1, random_state=0)),
    ]
    search = GridSearchCV(
        Pipeline(
            [("segmenter", segmenter(str(tmp_path))), ("classifier", networks[0])],
        ),
        {
            "segmenter__feature__n_mels": [8, 16],
            "classifier": networks,
            "classifier__estimator__dropout": [0.1, 0.3],
        },
        cv=3,
        n_jobs=n_jobs,
        error_score="raise",
    )
    search.fit(music.paths, music.target)
    search.score(music.paths, music.target)
    assert len(search.cv_results_["params"]) == 8
    assert N_CLIPS * 2 <= cache_info(tmp_path).misses <= N_CLIPS * 2 * allowed


@pytest.mark.parametrize("name", NAMES)
def test_clone_and_set_params_reach_every_level(name):
    original = pipeline(name)
    copy = clone(original).set_params(
        segmenter__feature__n_mels=24, classifier__estimator__random_state=7
    )
    assert copy["segmenter"].feature.n_mels == 24
    assert copy["classifier"].estimator.random_state == 7
    assert original["segmenter"].feature.n_mels == 16
    assert original["classifier"].estimator.random_state != 7


def test_halving_grid_search(music, tmp_path):
    search = HalvingGridSearchCV(
        pipeline("cnn", str(tmp_path)),
        {"classifier__estimator__lr": [1e-5, 1e-2]},
        cv=2,
        factor=2,
        min_resources=12,
        random_state=0,
        error_score="raise",
    ).fit(music.paths, music.target)
    # With the smaller one, 25 epochs change next to nothing.
    assert search.best_params_ == {"classifier__estimator__lr": 1e-2}
    assert search.predict(music.paths[:3]).shape == (3,)
    assert cache_info(tmp_path).misses == N_CLIPS


def test_stacking(music, tmp_path):
    stack = StackingClassifier(
        [(name, pipeline(name, str(tmp_path))) for name in ("cnn", "xgb")],
        LogisticRegression(),
        cv=2,
    ).fit(music.paths, music.target)
    assert stack.score(music.paths, music.target) > 0.75


def test_calibration(music, tmp_path):
    calibrated = CalibratedClassifierCV(pipeline("cnn", str(tmp_path)), cv=2)
    calibrated.fit(music.paths, music.target)
    np.testing.assert_allclose(calibrated.predict_proba(music.paths).sum(axis=1), 1.0)
    assert calibrated.score(music.paths, music.target) > 0.75


def test_cross_val_predict_gives_each_clip_one_row(music, tmp_path):
    probabilities = cross_val_predict(
        pipeline("crnn", str(tmp_path)), music.paths, music.target, cv=3, method="predict_proba"
    )
    assert probabilities.shape == (N_CLIPS, 2)
    predicted = np.unique(music.target)[probabilities.argmax(axis=1)]
    assert (predicted == music.target).mean() > 0.75


def test_groups_reach_the_splitter_and_the_inner_early_stopping(music, groups, tmp_path):
    """With too few groups for an inner split, it is early stopping that has to complain."""
    network = CNNClassifier(channels=(4,), max_epochs=3, early_stopping=True, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            segmenter(str(tmp_path)),
            SegmentVotingClassifier(network).set_fit_request(groups=True),
        )
        scores = cross_val_score(
            model,
            music.paths,
            music.target,
            cv=StratifiedGroupKFold(3),
            params={"groups": groups},
            error_score="raise",
        )
        assert len(scores) == 3
        # One group a genre in training: nothing is left for validation that is not trained on.
        by_genre = (music.target == "metal").astype(int)
        with pytest.raises(ValueError, match="group"):
            clone(model).fit(music.paths, music.target, groups=by_genre)


def random_clips():
    """Clips with random labels, each of four near-identical segments."""
    rng = np.random.default_rng(0)
    n_clips, n_segments = 80, 4
    clips = rng.standard_normal((n_clips, 1, 8, 10))
    noise = 0.02 * rng.standard_normal((n_clips, n_segments, 8, 10))
    X = (clips + noise).astype(np.float32)
    return X, rng.permutation(np.arange(n_clips) % 4)


def test_random_labels_stay_at_chance_when_rows_are_clips():
    """And near 1 when segments are rows: the mistake that the segments axis rules out."""
    X, y = random_clips()
    network = CNNClassifier(channels=(16,), max_epochs=30, lr=1e-2, head="flatten", random_state=0)
    splits = StratifiedKFold(4, shuffle=True, random_state=0)
    honest = cross_val_score(SegmentVotingClassifier(network), X, y, cv=splits).mean()
    rows, labels = X.reshape(-1, 8, 10), np.repeat(y, X.shape[1])
    leaky = cross_val_score(network, rows, labels, cv=splits).mean()
    # Chance is .25; four standard errors with 80 clips are .19.
    assert honest < 0.44
    assert leaky > 0.9


ANOTHER_APPLICATION = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    models = pickle.load(file)
probabilities = {name: model.predict_proba(sys.argv[3:]) for name, model in models.items()}
with open(sys.argv[2], "wb") as file:
    pickle.dump(probabilities, file)
"""


def test_pickles_predict_the_same_in_another_process(music, tmp_path):
    memory = str(tmp_path / "cache")
    models = {name: pipeline(name, memory).fit(music.paths, music.target) for name in NAMES}
    for model in models.values():
        model.set_params(segmenter__memory=None)
    files = list(map(str, music.paths[::6]))
    (tmp_path / "models.pkl").write_bytes(pickle.dumps(models))
    run_code(ANOTHER_APPLICATION, tmp_path / "models.pkl", tmp_path / "p.pkl", *files)
    loaded = pickle.loads((tmp_path / "p.pkl").read_bytes())
    for name, model in models.items():
        np.testing.assert_array_equal(loaded[name], model.predict_proba(files), err_msg=name)


@pytest.mark.parametrize("name", list(CLASSIFIERS))
def test_a_pickle_holds_little_more_than_the_weights(name, music):
    model = pipeline(name).fit(music.paths, music.target)
    network = model[-1].estimator_
    weights = sum(tensor.nbytes for tensor in network.net_.module_.state_dict().values())
    epochs = len(network.history_)
    assert epochs == 25
    assert len(pickle.dumps(model)) < 1.05 * weights + 20_000 + 60 * epochs
