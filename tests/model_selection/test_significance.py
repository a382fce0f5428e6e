"""The tests of differences: against scipy, against each other, and on pipelines that are equal."""

import pickle
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, fbeta_score, make_scorer
from sklearn.model_selection import RepeatedStratifiedKFold, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skgenre.metrics import get_genre_scorer
from skgenre.model_selection import Comparison, compare
from skgenre.model_selection._compare.influence import linearize
from skgenre.model_selection._compare.score_bounds import bounds_of
from skgenre.model_selection._compare.sign_flips import flip_signs
from skgenre.model_selection._compare.significance import corrected_t_test, score_interval

ONE_SPLIT = ShuffleSplit(1, test_size=0.4, random_state=0)
CLIPS, TRAINING = "these clips", "new training sets"


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


def asked(pairs, question):
    return pairs[pairs["question"] == question]


def rights(result, name):
    held_out = result.predictions.query("pipeline == @name").sort_values("clip")
    return (held_out["target"] == held_out["predicted"]).to_numpy()


def make_comparison(right, n_folds, groups=None):
    """Return a comparison of pipelines that are right on the given clips, a column for each."""
    n_clips, n_pipelines = right.shape
    folds = np.arange(n_clips) % n_folds
    rows, predictions = [], []
    for place in range(n_pipelines):
        name = f"model {place}"
        part = pd.DataFrame({"fold": folds, "clip": np.arange(n_clips), "target": "jazz"})
        part["predicted"] = np.where(right[:, place], "jazz", "rock")
        part.insert(0, "pipeline", name)
        if groups is not None:
            part["group"] = groups
        predictions.append(part)
        for fold in range(n_folds):
            is_tested = folds == fold
            rows.append(
                {
                    "pipeline": name,
                    "fold": fold,
                    "n_train": int(n_clips - is_tested.sum()),
                    "n_test": int(is_tested.sum()),
                    "test_accuracy": right[is_tested, place].mean(),
                    "fit_time": 1.0,
                    "predict_time": 1.0,
                    "model_size": 1.0,
                    "error": "",
                }
            )
    protocol = {"clips": n_clips, "genres": 2, "groups": None, "split": "", "unit": "clip"}
    return Comparison(pd.DataFrame(rows), predictions=pd.concat(predictions), protocol=protocol)


# No number contradicts another


@pytest.mark.parametrize("n_tables", [30, pytest.param(200, marks=pytest.mark.slow)])
def test_p_values_are_below_the_level_exactly_where_intervals_exclude_zero(n_tables):
    rng = np.random.default_rng(0)
    n_differ = n_raw_alone = 0
    for table in range(n_tables):
        n_clips, n_pipelines = int(rng.integers(10, 80)), int(rng.integers(2, 5))
        skill = rng.uniform(0.3, 0.9, n_pipelines)
        right = rng.random((n_clips, n_pipelines)) < skill
        groups = rng.integers(0, n_clips // 2, n_clips) if table % 2 else None
        result = make_comparison(right, n_folds=5 if table % 3 else 2, groups=groups)
        alpha = 0.05 if table % 5 else 0.2
        pairs = result.pairwise(alpha=alpha)
        tested = pairs[pairs["p"].notna()]
        raw = (tested["low"] > 0) | (tested["high"] < 0)
        adjusted = (tested["adjusted_low"] > 0) | (tested["adjusted_high"] < 0)
        assert ((tested["p"] < alpha) == raw).all()
        assert ((tested["p_adjusted"] < alpha) == adjusted).all()
        assert (tested["differs"] == adjusted).all()
        assert (tested["adjusted_low"] <= tested["low"]).all()
        assert (tested["adjusted_high"] >= tested["high"]).all()
        assert (tested["low"] <= tested["difference"]).all()
        assert (tested["high"] >= tested["difference"]).all()
        bounds = ["low", "high", "adjusted_low", "adjusted_high"]
        assert tested[bounds].abs().max(axis=None) <= 1
        summary = result.summary
        assert (summary["accuracy_low"] >= 0).all()
        assert (summary["accuracy_high"] <= 1).all()
        n_differ += adjusted.sum()
        n_raw_alone += (raw & ~adjusted).sum()
    assert n_differ > n_tables / 4
    assert n_raw_alone > n_tables / 20


@pytest.mark.parametrize(("n_groups", "alpha"), [(8, 0.05), (30, 0.05), (30, 0.01)])
def test_p_values_invert_their_intervals_on_either_side_of_zero(n_groups, alpha):
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.full(n_groups, 8.0))
    shift = 2 / np.sqrt(n_groups) * rng.choice([-1, 1], 400)
    sums = weights[:, None] * (shift + rng.normal(size=(n_groups, 400)))
    found = flip_signs(
        sums, weights, clip_weight=1 / (3 * n_groups), alpha=alpha, n_flips=2000, is_joint=False
    )
    assert 0.1 < np.mean(found.high < 0) < 0.9
    assert 0.1 < np.mean(found.low > 0) < 0.9
    assert ((found.p < alpha) == ((found.low > 0) | (found.high < 0))).all()


def test_identical_predictions_have_an_interval_of_a_few_clips():
    right = np.repeat(np.random.default_rng(0).random((100, 1)) < 0.7, 2, axis=1)
    for question in (CLIPS, TRAINING):
        pair = asked(make_comparison(right, n_folds=5).pairwise(), question).iloc[0]
        assert pair["difference"] == 0
        assert pair["p"] == pair["p_adjusted"] == 1
        assert not pair["differs"]
        assert -0.1 < pair["low"] < -0.01
        assert 0.01 < pair["high"] < 0.1


def test_a_perfect_accuracy_has_an_interval():
    summary = make_comparison(np.ones((50, 1), bool), n_folds=5).summary
    assert summary["accuracy_high"].iloc[0] == 1
    assert 0.9 < summary["accuracy_low"].iloc[0] < 0.96


# On these clips


def test_the_p_value_is_that_of_a_permutation_of_pairs():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.15, 1, 200), rng.normal(0, 1, 200)
    expected = stats.permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        n_resamples=5000,
        vectorized=True,
        rng=0,
    )
    weights = np.full(200, 1 / 200)
    found = flip_signs(((first - second) / 200)[:, None], weights, clip_weight=1e-9)
    assert found.p[0] == pytest.approx(expected.pvalue, abs=0.02)
    assert 0.01 < found.p[0] < 0.9


def test_accuracies_without_groups_are_compared_like_mcnemar_with_mid_p():
    right = np.zeros((90, 2), bool)
    right[:20, 0] = right[20:30, 1] = True
    pair = asked(make_comparison(right, n_folds=5).pairwise(), CLIPS).iloc[0]
    exact = stats.binomtest(20, 30).pvalue
    mid = exact - stats.binom.pmf(20, 30, 0.5)
    assert mid < pair["p"] < exact + 0.02


def test_the_interval_holds_the_values_that_are_not_rejected():
    rng = np.random.default_rng(2)
    weights = rng.dirichlet(np.full(40, 5.0))
    sums = weights[:, None] * rng.normal(0.3, 1, (40, 1))
    found = flip_signs(sums, weights, clip_weight=0.01)
    for bound in (found.low[0], found.high[0]):
        shifted = flip_signs(sums - weights[:, None] * bound, weights, clip_weight=0.01)
        assert shifted.p[0] == pytest.approx(0.05, abs=0.005)


def test_clips_of_a_group_count_as_one():
    rng = np.random.default_rng(0)
    right = np.repeat(rng.random((20, 2)) < [0.9, 0.4], 10, axis=0)
    alone = asked(make_comparison(right, n_folds=5).pairwise(), CLIPS).iloc[0]
    groups = np.repeat(np.arange(20), 10)
    together = asked(make_comparison(right, n_folds=5, groups=groups).pairwise(), CLIPS).iloc[0]
    assert alone["test"] == "sign-flip test over clips"
    assert together["test"] == "sign-flip test over groups of clips"
    assert together["difference"] == pytest.approx(alone["difference"])
    assert together["high"] - together["low"] > 2 * (alone["high"] - alone["low"])
    assert alone["p"] < 0.001 < together["p"]


def test_groups_of_one_clip_are_called_clips(noisy_iris, models):
    X, y = noisy_iris
    result = compare(models, X, y, groups=np.arange(len(y)), cv=5, random_state=0)
    assert result.pairwise()["test"].iloc[0] == "sign-flip test over clips"
    assert "sign-flip test over clips" in result.protocol["tests"]
    assert "groups" not in result.conclusions()[0]


def test_five_groups_can_not_show_a_difference():
    right = np.tile([True, False], (50, 1))
    groups = np.arange(50) % 5
    pair = asked(make_comparison(right, n_folds=5, groups=groups).pairwise(), CLIPS).iloc[0]
    assert pair["difference"] == 1
    assert pair["p"] == pytest.approx(2 / 2**5)
    assert (pair["low"], pair["high"]) == (-1, 1)
    assert pair["smallest_detectable"] <= 1


def test_several_pairs_are_adjusted_by_less_than_bonferroni():
    rng = np.random.default_rng(0)
    difficulty = rng.random((150, 1))
    right = difficulty < [0.8, 0.7, 0.68, 0.66] + 0.1 * rng.normal(size=(150, 4))
    pairs = asked(make_comparison(right, n_folds=5).pairwise(), CLIPS)
    p = pairs["p"].to_numpy()
    assert (pairs["p_adjusted"] >= p).all()
    assert (pairs["p_adjusted"] <= np.minimum(1, 6 * p) + 1e-12).all()
    some = (p > 0.005) & (p < 0.15)
    assert some.any()
    assert (pairs["p_adjusted"][some] < 6 * p[some]).all()


def test_a_single_split_is_the_same_question_over_its_clips(noisy_iris, models):
    result = compare(models, *noisy_iris, cv=ONE_SPLIT, random_state=0)
    pairs = result.pairwise()
    for _, pair in asked(pairs, CLIPS).iterrows():
        a, b = rights(result, pair["pipeline"]), rights(result, pair["other"])
        assert pair["difference"] == pytest.approx(a.mean() - b.mean())
        assert 0 < pair["p"] <= 1
    second = asked(pairs, TRAINING)
    assert second["p"].isna().all()
    assert set(second["note"]) == {"needs 5 folds or `repeats=`"}


@pytest.mark.parametrize(
    "score",
    [
        "map_at_2",
        pytest.param("neg_log_loss", marks=pytest.mark.slow),
        pytest.param("f1_macro", marks=pytest.mark.slow),
        pytest.param("roc_auc_ovr", marks=pytest.mark.slow),
    ],
)
def test_other_scores_are_compared_like_a_bootstrap_of_the_predictions(noisy_iris, models, score):
    del models["tree"]
    result = compare(models, *noisy_iris, cv=5, scoring=score, random_state=0)
    pair = asked(result.pairwise(), CLIPS).iloc[0]
    means = result.summary[score]
    assert pair["difference"] == pytest.approx(means.iloc[0] - means.iloc[1])
    assert pair["low"] < pair["difference"] < pair["high"]
    scorer, rng = get_genre_scorer(score), np.random.default_rng(0)
    frames = [result.predictions.query("pipeline == @name").reset_index() for name in means.index]
    resampled = []
    for _ in range(40):
        totals = [
            np.mean([score_rows(scorer, part, seed) for _, part in frame.groupby("fold")])
            for seed in [rng.integers(2**32)]
            for frame in frames
        ]
        resampled.append(totals[0] - totals[1])
    half = 1.96 * np.std(resampled)
    assert (pair["high"] - pair["low"]) / 2 == pytest.approx(half, rel=0.5)


def score_rows(scorer, rows, seed):
    from skgenre.model_selection._held_out import HeldOutResponses

    drawn = np.random.default_rng(seed).choice(len(rows), len(rows))
    names = [name for name in rows if name.startswith("probability_")]
    probabilities = rows[names].to_numpy(dtype=float)
    responses = {
        "predict": rows["predicted"].astype(str).to_numpy(),
        "predict_proba": probabilities / probabilities.sum(axis=1, keepdims=True),
    }
    genres = [name.removeprefix("probability_") for name in names]
    target = rows["target"].astype(str).to_numpy()
    return scorer(HeldOutResponses(responses, genres), drawn, target[drawn])


@pytest.fixture
def held_out():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 60)
    genres = np.array(["blues", "jazz", "metal"])
    columns = {f"probability_{genre}": probabilities[:, i] for i, genre in enumerate(genres)}
    target = genres[(probabilities + rng.normal(0, 0.3, (60, 3))).argmax(axis=1)]
    predicted = genres[probabilities.argmax(axis=1)]
    return pd.DataFrame({"target": target, "predicted": predicted, **columns})


@pytest.mark.parametrize("score", ["roc_auc_ovr", "neg_log_loss", "f1_macro", "f1_per_genre"])
def test_the_parts_of_clips_are_those_of_the_jackknife(held_out, score):
    scorer = get_genre_scorer(score)
    name = "f1_jazz" if score == "f1_per_genre" else score

    def measure(rows):
        value = score_in_order(scorer, rows)
        return value[name] if isinstance(value, dict) else value

    whole = measure(held_out)
    parts = linearize(held_out, whole, name, scorer)
    without = np.array([measure(held_out.drop(index=i)) for i in held_out.index])
    expected = 60 * whole - 59 * without
    assert parts.mean() == pytest.approx(whole)
    assert np.corrcoef(parts, expected)[0, 1] > 0.999
    assert parts.std() == pytest.approx(expected.std(), rel=0.05)


def score_in_order(scorer, rows):
    from skgenre.model_selection._held_out import HeldOutResponses

    names = [name for name in rows if name.startswith("probability_")]
    responses = {
        "predict": rows["predicted"].to_numpy(),
        "predict_proba": rows[names].to_numpy(),
    }
    genres = [name.removeprefix("probability_") for name in names]
    model = HeldOutResponses(responses, genres)
    return scorer(model, np.arange(len(rows)), rows["target"].to_numpy())


def test_a_score_that_is_no_function_of_the_predictions_is_asked_the_second_question(noisy_iris):
    def depth(model, X, y):
        return float(model.get_depth())

    trees = {
        "deep": DecisionTreeClassifier(random_state=0),
        "shallow": DecisionTreeClassifier(max_depth=1),
    }
    result = compare(trees, *noisy_iris, cv=5, scoring=depth, random_state=0)
    first, second = result.pairwise().to_dict("records")
    assert np.isnan(first["p"])
    assert first["note"] == "this score is not a function of the predictions"
    assert second["differs"]
    assert result.ranking()["rank"].to_dict() == {"deep": 1, "shallow": 2}
    assert "is better than shallow for new training sets" in result.conclusions()[0]

    single = compare(trees, *noisy_iris, cv=ONE_SPLIT, scoring=depth, random_state=0)
    assert single.pairwise()["p"].isna().all()
    assert "could not be tested" in " ".join(single.conclusions())


def test_nothing_that_could_be_tested_is_said_with_the_reasons(noisy_iris, models):
    result = compare(models, *noisy_iris, cv=3, scoring=lambda model, X, y: len(str(model)))
    best = result.summary.index[0]
    assert result.conclusions()[0] == (
        f"{best} has the best mean; no difference could be tested. On these clips: this score is "
        f"not a function of the predictions; for new training sets: needs 5 folds or `repeats=`."
    )


def test_scores_of_each_genre_are_tested_beside_others(noisy_iris, models):
    result = compare(models, *noisy_iris, cv=2, scoring=["f1_per_genre", "accuracy"])
    assert result.pairwise("f1_0")["test"].iloc[0] == "sign-flip test over clips"


def test_a_score_that_does_not_vary_names_no_detectable_difference(noisy_iris, models):
    result = compare(models, *noisy_iris, cv=2, scoring=lambda model, X, y: 0.1)
    assert "would not be seen" not in result.conclusions()[0]


def test_a_comparison_with_a_function_as_score_can_be_pickled(noisy_iris, models):
    scoring = {"share": lambda model, X, y: float(np.mean(model.predict(X) == y))}
    result = compare(models, *noisy_iris, cv=5, scoring=scoring, random_state=0)
    again = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(again.pairwise(), result.pairwise())
    assert again.pairwise()["p"].notna().all()


@pytest.mark.slow
def test_a_stored_comparison_asks_the_first_question_of_scores_known_by_name(
    noisy_iris, models, tmp_path
):
    scoring = {"f1_macro": "f1_macro", "share": lambda model, X, y: model.score(X, y)}
    result = compare(models, *noisy_iris, cv=5, scoring=scoring, random_state=0)
    result.save(tmp_path / "result.zip")
    again = Comparison.load(tmp_path / "result.zip")
    pd.testing.assert_frame_equal(again.pairwise("f1_macro"), result.pairwise("f1_macro"))
    own = asked(again.pairwise("share"), CLIPS)
    assert own["p"].isna().all()
    assert set(own["note"]) == {"this result doesn't contain the function of this score"}


# For new training sets


@pytest.mark.parametrize("cv", [5, RepeatedStratifiedKFold(n_splits=5, n_repeats=3)])
def test_folds_are_compared_by_the_corrected_t_test(noisy_iris, models, cv):
    result = compare(models, *noisy_iris, cv=cv, random_state=0)
    scores = result.frame.pivot_table(index="fold", columns="pipeline", values="test_accuracy")
    n_folds = len(scores)
    pairs = asked(result.pairwise(), TRAINING)
    assert len(pairs) == 3
    for _, pair in pairs.iterrows():
        differences = scores[pair["pipeline"]] - scores[pair["other"]]
        # Of 150 clips, 30 are tested and 120 trained on. The plain t has 1 / n_folds in place of
        # 1 / n_folds + 30 / 120.
        plain = stats.ttest_rel(scores[pair["pipeline"]], scores[pair["other"]])
        t = plain.statistic / np.sqrt(1 + n_folds * 30 / 120)
        assert pair["p"] == pytest.approx(2 * stats.t.sf(abs(t), n_folds - 1))
        assert pair["p_adjusted"] == pytest.approx(min(1, 3 * pair["p"]))
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


def test_the_same_difference_in_every_fold_is_judged_by_one_clip_a_fold():
    """Five folds that differ by one clip of ten prove nothing, five that differ by half do."""
    assert corrected_t_test(np.full(5, 0.1), n_train=40, n_test=10).p > 0.1
    assert corrected_t_test(np.full(5, 0.5), n_train=40, n_test=10).p < 0.01


def test_probabilities_are_shares_of_the_posterior():
    differences = np.array([0.02, 0.05, -0.01, 0.04, 0.03])
    found = corrected_t_test(differences, n_train=80, n_test=20)
    better, equivalent, worse = found.probabilities(0.01)
    error = np.sqrt((1 / 5 + 1 / 4) * differences.var(ddof=1))
    draws = differences.mean() + error * np.random.default_rng(0).standard_t(4, 100_000)
    assert better == pytest.approx(np.mean(draws > 0.01), abs=0.01)
    assert equivalent == pytest.approx(np.mean(np.abs(draws) <= 0.01), abs=0.01)
    assert better + equivalent + worse == pytest.approx(1)
    # Without a region of equivalence, the probability of a worse one is half the p-value.
    assert found.probabilities(0.0)[2] == pytest.approx(found.p / 2)


def test_a_wider_region_makes_pipelines_equivalent(noisy_iris, models):
    result = compare(models, *noisy_iris, cv=5, random_state=0)
    shares = [
        asked(result.pairwise(rope=rope), TRAINING)["p_equivalent"].mean()
        for rope in (0.0, 0.02, 0.5)
    ]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 0.9


def test_four_folds_are_too_few_for_the_second_question():
    right = np.random.default_rng(0).random((80, 2)) < [0.9, 0.3]
    for n_folds in (2, 4):
        result = make_comparison(right, n_folds)
        first, second = result.pairwise().to_dict("records")
        assert first["differs"]
        assert np.isnan(second["p"])
        assert second["note"] == "needs 5 folds or `repeats=`"
        assert result.conclusions()[0].endswith(
            "on these clips. For new training sets: needs 5 folds or `repeats=`."
        )
    assert make_comparison(right, 5).pairwise()["p"].notna().all()


def test_repeats_of_few_groups_are_too_few_for_the_second_question():
    X, y = load_iris(return_X_y=True)
    models = {"tree": DecisionTreeClassifier(), "logistic": LogisticRegression(max_iter=500)}
    notes = {}
    for n_groups, repeats in ((9, 1), (9, 2), (30, 2)):
        groups = np.arange(150) % n_groups
        result = compare(models, X, y, groups=groups, cv=5, repeats=repeats, random_state=0)
        notes[n_groups, repeats] = asked(result.pairwise(), TRAINING)["note"].iloc[0]
    assert notes == {(9, 1): "", (9, 2): "repeats need 20 groups", (30, 2): ""}


@pytest.mark.parametrize("rope", [-0.1, np.nan, np.inf])
def test_a_region_that_is_none(rope):
    result = make_comparison(np.ones((10, 2), bool), 2)
    with pytest.raises(ValueError, match="rope must be a number of at least 0"):
        result.pairwise(rope=rope)


# In words


def test_the_winner_is_named_for_both_questions():
    right = np.random.default_rng(0).random((200, 2)) < [0.9, 0.4]
    headline = make_comparison(right, 5).conclusions()[0]
    assert headline == (
        "model 0 is better than model 1 on these clips. For new training sets too, it is better "
        "than model 1."
    )


def test_a_difference_that_is_not_significant_comes_with_what_could_have_been_seen():
    right = np.random.default_rng(3).random((100, 2)) < [0.75, 0.7]
    result = make_comparison(right, 3)
    smallest = asked(result.pairwise(), CLIPS)["smallest_detectable"].iloc[0]
    headline = result.conclusions()[0]
    assert (
        f"Not significant with 3 folds and 100 clips: a difference under {100 * smallest:.0f} "
        f"points would not be seen"
    ) in headline
    assert "takes about" in headline
    assert "clips like these" in headline


def test_the_smallest_detectable_difference_is_found_in_four_of_five_comparisons():
    rng = np.random.default_rng(0)
    weights = np.full(200, 1 / 200)
    error = np.sqrt(200 / 199 * 0.35 / 200)
    smallest = (1.97 + 0.84) * error
    wins = rng.choice([1, 0, -1], (1000, 200), p=[0.175 + smallest / 2, 0.65, 0.175 - smallest / 2])
    found = flip_signs(wins.T / 200, weights, clip_weight=1 / 200, n_flips=1000, is_joint=False)
    assert np.mean(found.p < 0.05) == pytest.approx(0.8, abs=0.06)


# Bounds and intervals of scores


@pytest.mark.parametrize(
    ("scorer", "expected"),
    [
        ("accuracy", (0, 1)),
        ("map_at_3", (0, 1)),
        ("matthews_corrcoef", (-1, 1)),
        ("neg_log_loss", (-np.inf, 0)),
        ("neg_expected_calibration_error", (-1, 0)),
        (make_scorer(fbeta_score, beta=2, average="macro"), (0, 1)),
        (make_scorer(f1_score, greater_is_better=False, average="macro"), (-1, 0)),
        (lambda model, X, y: 0.5, (-np.inf, np.inf)),
    ],
)
def test_bounds_are_those_of_the_score_function(scorer, expected):
    assert bounds_of(get_genre_scorer(scorer)) == expected


def test_an_accuracy_of_clips_has_wilsons_interval():
    expected = stats.binomtest(700, 1000).proportion_ci(method="wilson")
    error = np.sqrt(0.7 * 0.3 / 1000)
    low, high = score_interval(0.7, error, 999, 1000, (0, 1))
    assert low == pytest.approx(expected.low, abs=1e-3)
    assert high == pytest.approx(expected.high, abs=1e-3)


def test_a_score_without_bounds_has_a_t_interval():
    low, high = score_interval(-2.0, 0.5, 4, 100, (-np.inf, np.inf))
    assert (low, high) == pytest.approx((-2 - 0.5 * 2.776, -2 + 0.5 * 2.776), abs=1e-3)
    assert score_interval(-0.1, 0.5, 4, 100, (-np.inf, 0.0))[1] == 0
    assert np.isnan(score_interval(0.5, 0.1, 0, 10, (0, 1))).all()


# Equal pipelines


def two_pipelines():
    """Return the same recipe on four shared features, with eight of its own each."""
    return {
        name: make_pipeline(
            make_column_transformer(("passthrough", [0, 1, 2, 3, *range(start, start + 8)])),
            GaussianNB(),
        )
        for name, start in {"first": 4, "second": 12}.items()
    }


def rates_of_differences(signal, n_repeats, n_clips):
    """Return how often each question finds a difference, and the mean difference."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((4, 20)) * np.repeat([0.6, signal, 0.0], [4, 8, 8])
    y = np.repeat(np.arange(4), n_clips // 4)
    found, differences = [], []
    for repeat in range(n_repeats):
        X = rng.standard_normal((n_clips, 20)) + centres[y]
        result = compare(two_pipelines(), X, y, cv=5, random_state=repeat)
        found.append(result.pairwise()["differs"].tolist())
        means = result.summary["accuracy"]
        differences.append(means["first"] - means["second"])
    return np.mean(found, axis=0), np.asarray(differences)


@pytest.mark.slow
def test_equal_pipelines_are_rarely_told_apart():
    rates, differences = rates_of_differences(signal=0.0, n_repeats=400, n_clips=120)
    assert 0.02 <= rates[0] <= 0.08
    assert 0.005 <= rates[1] <= 0.06
    assert np.mean(differences != 0) > 0.5
    assert abs(differences.mean()) < 0.01


@pytest.mark.slow
def test_fifteen_points_are_mostly_found():
    rates, differences = rates_of_differences(signal=0.42, n_repeats=30, n_clips=360)
    assert 0.12 < differences.mean() < 0.18
    assert rates[0] > 0.9
    assert rates[1] > 0.5


def test_equal_models_are_rarely_told_apart_and_unequal_ones_often():
    rng = np.random.default_rng(0)
    weights = np.full(120, 1 / 120)
    rates = []
    for gain in (0.0, 0.15):
        shares = [0.175 + gain / 2, 0.65, 0.175 - gain / 2]
        wins = rng.choice([1, 0, -1], (1500, 120), p=shares)
        found = flip_signs(wins.T / 120, weights, clip_weight=1 / 120, n_flips=1000, is_joint=False)
        rates.append(np.mean(found.p < 0.05))
    assert 0.02 <= rates[0] <= 0.06
    assert rates[1] >= 0.6


def test_all_pairs_of_equal_models_together_are_rarely_told_apart():
    rng = np.random.default_rng(0)
    weights = np.full(60, 1 / 60)
    firsts, seconds = np.array(list(combinations(range(4), 2))).T
    hits = []
    for _ in range(150):
        right = rng.random((60, 1)) + 0.5 * rng.random((60, 4)) < 0.8
        sums = (right[:, firsts] * 1.0 - right[:, seconds]) / 60
        found = flip_signs(sums, weights, clip_weight=1 / 60, n_flips=1000)
        hits.append(((found.p < 0.05).any(), (found.p_adjusted < 0.05).any()))
    alone, together = np.mean(hits, axis=0)
    assert together <= 0.09
    assert alone > together
