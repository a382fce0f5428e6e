"""The tests of differences, against scipy, and what they claim of pipelines that are equal."""

import numpy as np
import pytest
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import RepeatedStratifiedKFold, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skgenre.model_selection import compare
from skgenre.model_selection._compare.significance import (
    bootstrap_test,
    corrected_t_test,
    holm,
    mcnemar_test,
)

ONE_SPLIT = ShuffleSplit(1, test_size=0.4, random_state=0)


@pytest.fixture
def noisy_iris():
    X, y = load_iris(return_X_y=True)
    return X + np.random.default_rng(0).normal(scale=0.8, size=X.shape), y


@pytest.fixture
def models():
    return {
        "tree": DecisionTreeClassifier(),
        "neighbours": KNeighborsClassifier(),
        "logistic": LogisticRegression(),
    }


def mean_recall(target, predicted):
    return np.mean([np.mean(predicted[target == genre] == genre) for genre in np.unique(target)])


def rights(result, name):
    held_out = result.predictions.query("pipeline == @name").sort_values("clip")
    return (held_out["target"] == held_out["predicted"]).to_numpy()


@pytest.mark.parametrize("cv", [5, RepeatedStratifiedKFold(n_splits=5, n_repeats=3)])
def test_folds_are_compared_by_the_corrected_t_test(noisy_iris, models, cv):
    result = compare(models, *noisy_iris, cv=cv, random_state=0)
    scores = result.frame.pivot_table(index="fold", columns="pipeline", values="test_accuracy")
    n_folds = len(scores)
    pairs = result.pairwise()
    assert len(pairs) == 3
    for _, pair in pairs.iterrows():
        differences = scores[pair["pipeline"]] - scores[pair["other"]]
        # Of 150 clips, 30 are tested and 120 trained on. The plain t has 1 / n_folds in place of
        # 1 / n_folds + 30 / 120.
        plain = stats.ttest_rel(scores[pair["pipeline"]], scores[pair["other"]])
        t = plain.statistic / np.sqrt(1 + n_folds * 30 / 120)
        assert pair["p"] == pytest.approx(2 * stats.t.sf(abs(t), n_folds - 1))
        assert pair["difference"] == pytest.approx(differences.mean())
        error = differences.std(ddof=1) * np.sqrt(1 / n_folds + 30 / 120)
        half = stats.t.ppf(0.975, n_folds - 1) * error
        assert pair["high"] - pair["difference"] == pytest.approx(half)


def test_a_worked_example_of_the_corrected_t_test():
    """Ten differences of mean 2 and variance 10 / 9, tested on a ninth of what is trained on."""
    differences = np.array([1.0, 3.0] * 5)
    found = corrected_t_test(differences, n_train=90, n_test=10)
    t = 2 / np.sqrt((1 / 10 + 1 / 9) * 10 / 9)
    assert found.p == pytest.approx(2 * (1 - stats.t.cdf(t, 9)))


def test_accuracy_on_one_split_is_compared_by_mcnemar(noisy_iris, models):
    result = compare(models, *noisy_iris, cv=ONE_SPLIT, random_state=0)
    for _, pair in result.pairwise().iterrows():
        a, b = rights(result, pair["pipeline"]), rights(result, pair["other"])
        only_a, only_b = np.sum(a & ~b), np.sum(~a & b)
        expected = stats.binomtest(only_a, only_a + only_b).pvalue
        assert pair["test"] == "exact McNemar test"
        assert pair["p"] == pytest.approx(expected)


def test_other_scores_on_one_split_are_compared_by_a_bootstrap(noisy_iris, models):
    pair_of_models = {name: models[name] for name in ("tree", "logistic")}
    scoring = make_scorer(mean_recall)
    result = compare(pair_of_models, *noisy_iris, cv=ONE_SPLIT, scoring=scoring, random_state=0)
    pair = result.pairwise().iloc[0]
    assert pair["test"] == "paired bootstrap over clips"
    target = result.predictions.query("pipeline == 'tree'").sort_values("clip")["target"]
    gain = rights(result, pair["pipeline"]) * 1.0 - rights(result, pair["other"])
    rng = np.random.default_rng(1)
    by_genre = [gain[target == genre] for genre in np.unique(target)]
    drawn = [rng.choice(clips, (20_000, len(clips))).mean(axis=1) for clips in by_genre]
    values = np.mean(drawn, axis=0).round(12)
    low, high = np.quantile(values, [0.025, 0.975])
    assert pair["low"] == pytest.approx(low, abs=0.02)
    assert pair["high"] == pytest.approx(high, abs=0.02)
    expected = 2 * min(np.mean(values <= 0), np.mean(values >= 0))
    assert pair["p"] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("cv", "scoring"),
    [
        (5, "accuracy"),
        (5, "neg_log_loss"),
        (ONE_SPLIT, "accuracy"),
        pytest.param(ONE_SPLIT, "f1_macro", marks=pytest.mark.slow),
    ],
)
def test_identical_scores_give_p_of_one(noisy_iris, cv, scoring):
    twins = {"one": KNeighborsClassifier(3), "other": KNeighborsClassifier(3)}
    pair = compare(twins, *noisy_iris, cv=cv, scoring=scoring, random_state=0).pairwise().iloc[0]
    assert pair["difference"] == 0
    assert pair["p"] == 1
    assert pair["p_holm"] == 1
    assert not pair["differs"]


def test_the_same_difference_in_every_fold_is_judged_by_one_clip_a_fold():
    """Five folds that differ by one clip of ten prove nothing, five that differ by half do."""
    assert corrected_t_test(np.full(5, 0.1), n_train=40, n_test=10).p > 0.1
    assert corrected_t_test(np.full(5, 0.5), n_train=40, n_test=10).p < 0.01


def test_a_score_that_no_scorer_computes_has_no_test_on_one_split(noisy_iris, models):
    def depth(model, X, y):
        return float(model.get_depth())

    trees = {"deep": models["tree"], "shallow": DecisionTreeClassifier(max_depth=1)}
    result = compare(trees, *noisy_iris, cv=ONE_SPLIT, scoring=depth, random_state=0)
    assert np.isnan(result.pairwise()["p"]).all()
    assert "could not be tested" in result.conclusions()[1]


def test_mcnemar_of_pipelines_that_are_right_on_the_same_clips():
    right = np.array([True, False, True])
    assert mcnemar_test(right, right) == 1.0


def test_bootstrap_of_equal_scores():
    scores = np.random.default_rng(0).random(999)
    assert bootstrap_test(scores, scores) == 1.0


def test_bootstrap_of_a_certain_difference():
    assert bootstrap_test(np.full(999, 0.9), np.full(999, 0.4)) == pytest.approx(0.002)


def test_holm_by_hand():
    # Sorted: .01 * 4, .02 * 3, .03 * 2 (not below the one before), .5.
    assert holm([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.06, 0.5, 0.04, 0.06])
    assert holm([0.6, 0.7]) == pytest.approx([1.0, 1.0])
    assert holm([0.04, np.nan, 0.01])[[0, 2]] == pytest.approx([0.04, 0.02])
    assert holm([]).size == 0


def two_pipelines():
    """Return the same recipe on four shared features, with eight of its own each."""
    return {
        name: make_pipeline(
            make_column_transformer(("passthrough", [0, 1, 2, 3, *range(start, start + 8)])),
            GaussianNB(),
        )
        for name, start in {"first": 4, "second": 12}.items()
    }


def rate_of_differences(signal, n_repeats, n_clips):
    """Return how often a difference is found, and the mean difference."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((4, 20)) * np.repeat([0.6, signal, 0.0], [4, 8, 8])
    y = np.repeat(np.arange(4), n_clips // 4)
    found, differences = [], []
    for repeat in range(n_repeats):
        X = rng.standard_normal((n_clips, 20)) + centres[y]
        result = compare(two_pipelines(), X, y, cv=5, random_state=repeat)
        found.append(result.pairwise()["differs"].iloc[0])
        means = result.summary["accuracy"]
        differences.append(means["first"] - means["second"])
    return np.mean(found), np.asarray(differences)


@pytest.mark.slow
def test_equal_pipelines_are_rarely_told_apart():
    rate, differences = rate_of_differences(signal=0.0, n_repeats=400, n_clips=120)
    assert 0.01 <= rate <= 0.07
    assert np.mean(differences != 0) > 0.5
    assert abs(differences.mean()) < 0.01


@pytest.mark.slow
def test_fifteen_points_are_mostly_found():
    rate, differences = rate_of_differences(signal=0.42, n_repeats=30, n_clips=360)
    assert 0.12 < differences.mean() < 0.18
    assert rate > 0.5
