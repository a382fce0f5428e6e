import inspect

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, Segmenter
from skgenre.model_selection import LeakageGap, compare, leakage_gap, leakage_report

NEAREST = SegmentVotingClassifier(KNeighborsClassifier(1))


@pytest.fixture
def random_labels():
    """Clips of nearly equal segments; the labels belong to artists and mean nothing else."""
    rng = np.random.default_rng(0)
    artists = np.repeat(np.arange(60), 2)
    artist = rng.normal(size=(60, 1, 8, 1))[artists]
    X = artist + 0.2 * rng.normal(size=(120, 1, 8, 1)) + 0.01 * rng.normal(size=(120, 4, 8, 1))
    y = rng.permutation(np.repeat(["blues", "disco", "jazz", "metal"], 15))[artists]
    return {"X": X, "y": y, "groups": artists}


class Recorder(ClassifierMixin, BaseEstimator):
    """Keep what fit was given, in a list that all clones share."""

    def __init__(self, seen=None, random_state=None):
        self.seen = seen
        self.random_state = random_state

    def __sklearn_clone__(self):
        return Recorder(self.seen, self.random_state)

    def fit(self, X, y, sample_weight=None, groups=None):
        self.seen.append(
            {"X": X, "weight": sample_weight, "groups": groups, "seed": self.random_state}
        )
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class FitCounter(TransformerMixin, BaseEstimator):
    """Keep the clips that fit was given, in a list that all clones share."""

    def __init__(self, seen=None):
        self.seen = seen

    def __sklearn_clone__(self):
        return FitCounter(self.seen)

    def fit(self, X, y=None):
        self.seen.append(X)
        return self

    def transform(self, X):
        return X


def test_random_labels_are_learnt_from_segments_and_artists_only_where_they_leak(random_labels):
    result = leakage_gap(NEAREST, **random_labels, random_state=0)
    accuracy = result.summary["accuracy"]
    assert accuracy["segment-random", "segment"] > 0.99
    # An artist's other clip is in training with four of five clips, about.
    assert 0.6 < accuracy["clip-random", "segment"] < 0.95
    assert accuracy["group-disjoint", "segment"] < 0.45
    assert result.gap > 0.5
    assert result.interval[0] < result.gap < result.interval[1]


def test_without_groups_the_gap_ends_at_clips(random_labels):
    X, y, _ = random_labels.values()
    result = leakage_gap(NEAREST, X, y, cv=3, random_state=0)
    assert list(result.summary.index) == [
        ("segment-random", "segment"),
        ("clip-random", "segment"),
        ("clip-random", "clip"),
    ]
    assert result.protocol["groups"] is None
    assert result.gaps[["from", "to"]].values.tolist() == [["segment-random", "clip-random"]]


def test_folds_are_of_the_unit_and_keep_what_the_protocol_keeps():
    X = np.arange(24 * 3, dtype=float).reshape(24, 3, 1, 1)
    y = np.repeat(["blues", "jazz"], 12)
    groups = np.arange(24) // 2
    seen = []
    model = SegmentVotingClassifier(Recorder(seen), voting="hard")
    result = leakage_gap(model, X, y, groups=groups, cv=4, random_state=0)
    by_segment, by_clip, by_group = (seen[start : start + 4] for start in (0, 4, 8))
    everything = np.arange(24 * 3)
    for fit in by_segment:
        tested = np.setdiff1d(everything, fit["X"].ravel())
        assert len(tested) == 18
        assert np.intersect1d(tested // 3, fit["X"].ravel() // 3).size > 0
    for fits, size in ((by_clip, 3), (by_group, 6)):
        for fit in fits:
            tested = np.setdiff1d(everything, fit["X"].ravel())
            assert len(tested) == 18
            assert np.intersect1d(tested // size, fit["X"].ravel() // size).size == 0
    frame = result.frame
    assert (frame.query("unit == 'clip'")[["n_train", "n_test"]] == [18, 6]).all(axis=None)
    assert (frame.query("unit == 'segment'")[["n_train", "n_test"]] == [54, 18]).all(axis=None)


def test_early_stopping_gets_the_groups_of_the_protocol_and_one_seed_serves_all_folds():
    X = np.arange(16 * 2, dtype=float).reshape(16, 2, 1, 1)
    groups = np.arange(16) // 2
    seen = []
    model = SegmentVotingClassifier(Recorder(seen), voting="hard")
    leakage_gap(model, X, np.repeat(["a", "b"], 8), groups=groups, cv=2, random_state=0)
    assert [fit["groups"] is None for fit in seen] == [True, True, False, False, False, False]
    assert len(np.unique(seen[2]["groups"])) == 8
    assert np.array_equal(seen[4]["groups"], seen[4]["X"].ravel() // 4)
    assert len({fit["seed"] for fit in seen}) == 1
    assert isinstance(seen[0]["seed"], int)


def test_ragged_clips_weigh_the_same_in_all_protocols():
    rng = np.random.default_rng(0)
    X = np.empty(12, dtype=object)
    X[:] = [rng.normal(size=(1 + clip % 3, 2, 1)) for clip in range(12)]
    seen = []
    model = SegmentVotingClassifier(Recorder(seen), voting="hard")
    leakage_gap(model, X, np.repeat(["a", "b"], 6), cv=2, random_state=0)
    weights = {round(weight, 6) for weight in seen[0]["weight"]}
    assert weights == {2.0, 1.0, round(2 / 3, 6)}


def test_steps_that_learn_are_fitted_in_each_fold_and_steps_that_do_not_run_once(tmp_path):
    music = make_genre_music(8, genres=["jazz", "metal"], duration=2.0, random_state=0)
    seen = []
    model = make_pipeline(
        Segmenter(MFCC(n_mfcc=5), segment_duration=1.0, memory=tmp_path),
        FramePooling(),
        FitCounter(seen),
        SegmentVotingClassifier(KNeighborsClassifier(1)),
    )
    leakage_gap(model, music.data, music.target, groups=music.groups, cv=2, random_state=0)
    sizes = [len(X) for X in seen]
    # One fit counts segments, then two folds a protocol.
    assert sizes[0] == 8
    assert sizes[3:] == [4, 4, 4, 4]
    assert not hasattr(model[0], "n_features_in_")


def share_of_right(model, X, y):
    return float(np.mean(model.predict(X) == y))


def test_the_interval_of_a_score_without_known_bounds_is_that_of_welch(random_labels):
    result = leakage_gap(
        NEAREST, **random_labels, cv=4, n_repeats=2, scoring=share_of_right, random_state=0
    )
    frame = result.frame
    moments = {}
    for protocol in ("segment-random", "group-disjoint"):
        folds = frame.query("protocol == @protocol and unit == 'segment'")
        assert len(folds) == 8
        variance = (1 / 8 + 1 / 3) * folds["test_score"].var()
        moments[protocol] = folds["test_score"].mean(), variance
    mean, variance = moments["group-disjoint"]
    row = result.summary.loc[("group-disjoint", "segment")]
    half = stats.t.ppf(0.975, 7) * np.sqrt(variance)
    assert row["score_high"] == pytest.approx(mean + half, rel=0.02)
    total = variance + moments["segment-random"][1]
    freedom = total**2 / sum(value**2 / 7 for _, value in moments.values())
    half = stats.t.ppf(0.975, freedom) * np.sqrt(total)
    assert result.interval[1] - result.gap == pytest.approx(half, rel=0.02)


def gap_of(scores, **protocol):
    rows = [
        (protocol, "segment", 0, fold, 80, 20, score)
        for protocol, folds in scores.items()
        for fold, score in enumerate(folds)
    ]
    columns = ["protocol", "unit", "repeat", "fold", "n_train", "n_test", "test_accuracy"]
    return LeakageGap(pd.DataFrame(rows, columns=columns), protocol=protocol)


def test_intervals_of_an_accuracy_stay_within_its_bounds_and_have_a_width():
    result = gap_of({"segment-random": [1.0, 1.0, 1.0], "clip-random": [0.0, 0.4, 0.1]}, clips=60)
    best, other = result.summary.to_numpy().tolist()
    # Wilson's interval of 60 right clips of 60.
    assert best[3] == 1
    assert best[2] == pytest.approx(1 - 2**2 / (60 + 2**2), abs=1e-3)
    assert 0 <= other[2] < other[0] < other[3] <= 1
    low, high = result.interval
    assert -1 <= low < result.gap < high <= 1


def test_a_splitter_gives_the_strict_folds_and_their_sizes(random_labels):
    X, y, artists = random_labels.values()
    train, test = next(StratifiedGroupKFold(3).split(X, y, artists))
    train = train[:-10]
    result = leakage_gap(NEAREST, X, y, groups=artists, cv=[(train, test)], random_state=0)
    sizes = result.frame.query("unit == 'segment'")[["n_train", "n_test"]]
    assert (sizes == [4 * len(train), 4 * len(test)]).all(axis=None)
    assert np.isnan(result.interval).all()
    assert "one fold" in repr(result)


def test_a_splitter_sees_the_clips_and_not_their_features(tmp_path):
    made = make_genre_music(4, genres=["blues", "jazz"], duration=2.0, random_state=0, to=tmp_path)

    class ByName(BaseEstimator):
        def split(self, X, y=None, groups=None):
            is_first = np.array([str(path).endswith("00000.flac") for path in X])
            yield np.flatnonzero(is_first), np.flatnonzero(~is_first)

        def get_n_splits(self, X=None, y=None, groups=None):
            return 1

    model = make_pipeline(
        Segmenter(MFCC(n_mfcc=5), segment_duration=1.0),
        FramePooling(),
        SegmentVotingClassifier(LogisticRegression()),
    )
    result = leakage_gap(model, made.paths, made.target, cv=ByName(), random_state=0)
    # Segments, then segments and clips of two protocols.
    assert result.frame["n_train"].tolist() == [4, 4, 2, 4, 2]


def test_a_splitter_without_groups_is_called_a_given_split(random_labels):
    X, y, artists = random_labels.values()
    folds = list(StratifiedGroupKFold(4).split(X, y, artists))
    accuracy = leakage_gap(NEAREST, X, y, cv=folds, random_state=0).summary["accuracy"]
    assert accuracy["given-split", "segment"] < 0.45 < accuracy["clip-random", "segment"]


def test_the_same_seed_gives_the_same_figures_and_workers_change_nothing(random_labels):
    one, two = (
        leakage_gap(NEAREST, **random_labels, cv=3, random_state=1, n_jobs=jobs).frame
        for jobs in (None, 2)
    )
    other = leakage_gap(NEAREST, **random_labels, cv=3, random_state=2).frame
    assert one.equals(two)
    assert not one.equals(other)


def test_several_scores_and_the_texts(random_labels):
    result = leakage_gap(
        NEAREST, **random_labels, cv=3, scoring=["f1_macro", "accuracy"], random_state=0
    )
    assert result.scores == ["f1_macro", "accuracy"]
    assert len(result.gaps) == 6
    assert result.gap == result.gaps.query("score == 'f1_macro'")["gap"].iloc[-1]
    for text in (repr(result), result.to_markdown(), result._repr_html_()):
        assert "group-disjoint" in text
        assert "120 clips; 480 segments; 4 genres; 60 groups; cv=3" in text
    assert result.to_markdown().count("\n| ---") == 2


def test_the_conclusion_says_what_was_claimed(random_labels):
    result = leakage_gap(NEAREST, **random_labels, cv=3, random_state=0)
    sentence = result.conclusion()
    summary = result.summary["accuracy"]
    assert f"{summary['segment-random', 'segment']:.3f} with segments of a clip" in sentence
    assert f"{summary['group-disjoint', 'segment']:.3f} with no group" in sentence
    low, high = result.interval
    gap = f"{100 * result.gap:.1f} points more than the last"
    assert f"{gap} (95 % interval {100 * low:.1f} to {100 * high:.1f})." in sentence


def test_the_conclusion_of_one_split_has_no_interval(random_labels):
    X, y, artists = random_labels.values()
    folds = [(np.flatnonzero(artists < 40), np.flatnonzero(artists >= 40))]
    sentence = leakage_gap(NEAREST, X, y, cv=folds, random_state=0).conclusion()
    assert "with the split as given" in sentence
    assert "interval" not in sentence


def test_a_negative_gap_is_said_to_be_fewer_points():
    result = gap_of({"segment-random": [0.4, 0.5, 0.45], "clip-random": [0.6, 0.7, 0.65]})
    low, high = result.interval
    assert -0.4 < low < -0.2 < high < 0
    shown = f"{-100 * high:.1f} to {-100 * low:.1f}"
    assert f"20.0 points fewer than the last (95 % interval {shown})" in result.conclusion()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (LogisticRegression(), "This is a LogisticRegression"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "ends in LogisticRegression"),
        (LogisticRegression, "the class LogisticRegression"),
    ],
)
def test_another_pipeline_is_told_so(model, said, random_labels):
    with pytest.raises(TypeError, match=rf"ends in SegmentVotingClassifier.*{said}"):
        leakage_gap(model, **random_labels)


def test_clips_of_one_segment_are_refused():
    X = np.zeros((12, 5))
    with pytest.raises(ValueError, match=r"single segment.*Segmenter"):
        leakage_gap(NEAREST, X, np.repeat(["a", "b"], 6), cv=2)


def test_bad_input_is_named(random_labels):
    X, y, groups = random_labels.values()
    with pytest.raises(ValueError, match="120 clips and 'groups' of length 100"):
        leakage_gap(NEAREST, X, y, groups=groups[:100])
    with pytest.raises(ValueError, match="120 clips and 'y' of length 3"):
        leakage_gap(NEAREST, X, y[:3], groups=groups)
    holes = groups.astype(object)
    holes[7] = None
    with pytest.raises(ValueError, match="'groups' has no value for clip 7"):
        leakage_gap(NEAREST, X, y, groups=holes)
    with pytest.raises(ValueError, match="got one class: 'blues'"):
        leakage_gap(NEAREST, X, np.full(120, "blues"), groups=groups)
    lonely = y.copy()
    lonely[0] = "rock"
    with pytest.raises(ValueError, match=r"leakage_gap with cv=5.*'rock' has 1 clip"):
        leakage_gap(NEAREST, X, lonely, groups=groups)
    with pytest.raises(ValueError, match="but trains on none"):
        leakage_gap(NEAREST, X, y, groups=y, cv=GroupKFold(4))
    with pytest.raises(ValueError, match="n_repeats=2 needs a number of folds"):
        leakage_gap(NEAREST, X, y, groups=groups, cv=GroupKFold(4), n_repeats=2)
    with pytest.raises(ValueError, match=r"'n_repeats'.*Got 0"):
        leakage_gap(NEAREST, X, y, groups=groups, n_repeats=0)


def test_groups_stand_at_the_same_place_in_all_functions():
    for function in (compare, leakage_gap, leakage_report):
        parameters = list(inspect.signature(function).parameters.values())
        names = [parameter.name for parameter in parameters]
        assert names[names.index("X") :][:4] == ["X", "y", "groups", "cv"]
        assert parameters[names.index("groups")].kind is inspect.Parameter.KEYWORD_ONLY
