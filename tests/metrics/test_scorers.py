import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, get_scorer, log_loss, make_scorer, top_k_accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgenre.classifiers import CNNClassifier
from skgenre.metrics import (
    check_genre_scoring,
    expected_calibration_error,
    get_genre_scorer,
    get_genre_scorer_names,
    make_genre_scorer,
    map_at_k_score,
    mean_average_precision_score,
)

GENRES = np.array(["blues", "jazz", "metal", "rock"])
# All of ours that need probabilities.
PROBABILITY_SCORES = [
    "map_at_3",
    "map_at_10",
    "mean_average_precision",
    "neg_expected_calibration_error",
    "neg_log_loss",
    "roc_auc_ovr",
    "top_2_accuracy",
    "top_3_accuracy",
]


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(
        120, n_features=6, n_informative=4, n_classes=4, class_sep=0.8, random_state=0
    )
    return X, GENRES[y]


@pytest.fixture(scope="module")
def model(table):
    X, y = table
    return LogisticRegression().fit(X[:80], y[:80])


@pytest.fixture
def fold(table):
    """Clips of a test fold in which there is no metal."""
    X, y = table[0][80:], table[1][80:]
    return X[y != "metal"], y[y != "metal"]


class Counting(ClassifierMixin, BaseEstimator):
    """Give probabilities, and count how often."""

    n_calls = 0

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        type(self).n_calls += 1
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class Diverged(Counting):
    def predict_proba(self, X):
        return np.where(np.arange(len(X))[:, None] == 1, np.nan, super().predict_proba(X))


@pytest.mark.parametrize("name", PROBABILITY_SCORES)
def test_a_fold_without_a_genre_is_scored(model, fold, name):
    assert "metal" in model.classes_
    assert "metal" not in fold[1]
    assert np.isfinite(get_genre_scorer(name)(model, *fold))


def test_scorers_give_what_their_functions_give(model, fold):
    X, y = fold
    probabilities = model.predict_proba(X)
    expected = {
        "map_at_3": map_at_k_score(y, probabilities, k=3, labels=GENRES),
        "mean_average_precision": mean_average_precision_score(y, probabilities, labels=GENRES),
        "neg_expected_calibration_error": -expected_calibration_error(
            y, probabilities, labels=GENRES
        ),
        "neg_log_loss": -log_loss(y, probabilities, labels=GENRES),
        "top_2_accuracy": top_k_accuracy_score(y, probabilities, k=2, labels=GENRES),
    }
    for name, value in expected.items():
        assert get_genre_scorer(name)(model, X, y) == pytest.approx(value)


@pytest.mark.parametrize("name", ["neg_log_loss", "roc_auc_ovr"])
def test_scorers_agree_with_sklearns_of_that_name(model, table, name):
    ours, theirs = get_genre_scorer(name), get_scorer(name)
    assert ours(model, *table) == pytest.approx(theirs(model, *table))


@pytest.mark.parametrize("name", PROBABILITY_SCORES[:-2])
def test_two_genres_are_scored_by_both_columns(table, name):
    X, y = table
    two = np.isin(y, ["blues", "rock"])
    model = LogisticRegression().fit(X[two], y[two])
    value = get_genre_scorer(name)(model, X[two], y[two])
    if name == "map_at_3":
        right = model.predict(X[two]) == y[two]
        assert value == pytest.approx((right + 0.5 * ~right).mean())
    # Naming the genres the other way round changes nothing.
    swapped = np.where(y == "blues", "zydeco", y)
    other = LogisticRegression().fit(X[two], swapped[two])
    assert get_genre_scorer(name)(other, X[two], swapped[two]) == pytest.approx(value, rel=1e-4)


def test_top_k_of_as_many_genres_is_refused(model, fold):
    with pytest.raises(ValueError, match="'top_4_accuracy' is 1 for any model of 4 genres"):
        get_genre_scorer("top_4_accuracy")(model, *fold)


def test_f1_per_genre_is_nan_where_there_is_nothing_to_score(model, fold):
    X, y = fold
    keep = model.predict(X) != "metal"
    X, y = X[keep], y[keep]
    values = get_genre_scorer("f1_per_genre")(model, X, y)
    assert list(values) == ["f1_blues", "f1_jazz", "f1_metal", "f1_rock"]
    assert np.isnan(values["f1_metal"])
    assert values["f1_rock"] == pytest.approx(
        f1_score(y, model.predict(X), labels=["rock"], average=None)[0]
    )


def test_sklearns_names_are_sklearns_scorers(model, fold):
    assert get_genre_scorer("f1_macro") is get_scorer("f1_macro") or (
        get_genre_scorer("f1_macro")(model, *fold) == get_scorer("f1_macro")(model, *fold)
    )
    scorer = make_scorer(f1_score, average="macro")
    assert get_genre_scorer(scorer) is scorer


@pytest.mark.parametrize("name", get_genre_scorer_names())
def test_every_name_resolves_and_survives_a_pickle(name):
    scorer = get_genre_scorer(name)
    assert repr(pickle.loads(pickle.dumps(scorer))) == repr(scorer)


def test_a_pickled_scorer_scores_the_same(model, fold):
    scorer = get_genre_scorer("map_at_3")
    assert pickle.loads(pickle.dumps(scorer))(model, *fold) == scorer(model, *fold)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("calibration_error", "'neg_expected_calibration_error'"),
        ("map@10", "'map_at_10'"),
        ("acuracy", "'accuracy'"),
    ],
)
def test_an_unknown_name_gets_a_hint(name, hint):
    with pytest.raises(ValueError, match=f"no score named.*Did you mean.*{hint}"):
        get_genre_scorer(name)


def test_what_is_no_name_is_refused():
    with pytest.raises(ValueError, match="Got 3 instead"):
        get_genre_scorer(3)


def test_cross_validate_with_several_scorers(table):
    scoring = {name: get_genre_scorer(name) for name in PROBABILITY_SCORES}
    scores = cross_validate(LogisticRegression(), *table, cv=3, scoring=scoring)
    for name in PROBABILITY_SCORES:
        alone = cross_val_score(LogisticRegression(), *table, cv=3, scoring=get_genre_scorer(name))
        assert scores[f"test_{name}"].tolist() == pytest.approx(alone.tolist())
        assert np.isfinite(alone).all()


def test_cross_validate_with_folds_that_lack_a_genre(table):
    X, y = table
    is_held_out = np.arange(120) % 2 == 0
    # Each fold trains on all genres, and tests two.
    folds = []
    for pair in (GENRES[:2], GENRES[2:]):
        is_tested = is_held_out & np.isin(y, pair)
        folds.append((np.flatnonzero(~is_tested), np.flatnonzero(is_tested)))
    scores = cross_validate(
        LogisticRegression(),
        X,
        y,
        cv=folds,
        scoring=get_genre_scorer("neg_log_loss"),
        error_score="raise",
    )
    assert np.isfinite(scores["test_score"]).all()


def test_per_genre_scores_in_cross_validate(table):
    scores = cross_validate(
        LogisticRegression(), *table, cv=2, scoring=get_genre_scorer("f1_per_genre")
    )
    assert {f"test_f1_{genre}" for genre in GENRES} <= set(scores)


def test_grid_search_prefers_the_better_calibrated(table):
    X, y = table
    search = GridSearchCV(
        LogisticRegression(max_iter=1000),
        {"C": [1e-6, 1.0]},
        scoring={
            "map_at_3": get_genre_scorer("map_at_3"),
            "calibration": get_genre_scorer("neg_expected_calibration_error"),
        },
        refit="calibration",
        cv=3,
    ).fit(X, y)
    errors = search.cv_results_["mean_test_calibration"]
    assert (errors < 0).all()
    assert search.best_index_ == errors.argmax()


def test_a_network_is_scored():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 8, 10)), GENRES[np.arange(12) % 3]
    network = CNNClassifier(channels=(4,), max_epochs=1, random_state=0).fit(X, y)
    assert 0 < get_genre_scorer("map_at_3")(network, X, y) <= 1
    assert -1 <= get_genre_scorer("neg_expected_calibration_error")(network, X, y) <= 0


@pytest.mark.parametrize("name", PROBABILITY_SCORES)
def test_a_model_without_probabilities_is_named_with_the_cure(table, name):
    X, y = table
    pipeline = make_pipeline(StandardScaler(), LinearSVC())
    message = f"{name}' needs predict_proba, and Pipeline that ends in LinearSVC has none.*Calibr"
    with pytest.raises(ValueError, match=message):
        get_genre_scorer(name)(pipeline.fit(X, y), X, y)
    with pytest.raises(ValueError, match=message):
        check_genre_scoring(make_pipeline(StandardScaler(), LinearSVC()), ["accuracy", name])


def test_sklearns_scorers_are_checked_before_fitting_too():
    with pytest.raises(ValueError, match="'neg_brier_score' needs predict_proba, and LinearSVC"):
        check_genre_scoring(LinearSVC(), "neg_brier_score")
    # It can do with decision_function.
    check_genre_scoring(LinearSVC(), ["average_precision", "accuracy"])


def test_nan_among_probabilities_is_named(table):
    X, y = table
    with pytest.raises(ValueError, match=r"map_at_3: predict_proba of Diverged.*1 of 120.*clip 1"):
        get_genre_scorer("map_at_3")(Diverged().fit(X, y), X, y)


@pytest.mark.parametrize("name", ["map_at_3", "neg_log_loss", "f1_per_genre"])
def test_a_genre_that_was_not_trained_on_is_named(table, name):
    X, y = table
    known = y != "jazz"
    model = LogisticRegression().fit(X[known], y[known])
    with pytest.raises(ValueError, match=f"{name}: y_true has clips of 'jazz'.*each training part"):
        get_genre_scorer(name)(model, X, y)


def test_weights_are_routed(model, fold):
    X, y = fold
    weight = np.where(y == "rock", 5.0, 1.0)
    scorer = get_genre_scorer("map_at_3")
    with sklearn.config_context(enable_metadata_routing=True):
        routed = cross_validate(
            LogisticRegression().set_fit_request(sample_weight=False),
            X,
            y,
            cv=2,
            scoring=get_genre_scorer("map_at_3").set_score_request(sample_weight=True),
            params={"sample_weight": weight},
        )["test_score"]
    plain = cross_validate(LogisticRegression(), X, y, cv=2, scoring=scorer)["test_score"]
    assert not np.allclose(routed, plain)
    assert scorer(model, X, y, sample_weight=weight) == pytest.approx(
        map_at_k_score(y, model.predict_proba(X), k=3, labels=GENRES, sample_weight=weight)
    )


def test_several_scores_share_one_prediction(table):
    model = Counting().fit(*table)
    Counting.n_calls = 0
    scoring = check_genre_scoring(
        model, ["map_at_3", "neg_log_loss", "roc_auc_ovr", "f1_per_genre", "accuracy"]
    )
    values = scoring(model, *table)
    assert Counting.n_calls == 1
    assert list(values)[:3] == ["map_at_3", "neg_log_loss", "roc_auc_ovr"]
    assert list(values)[3:] == [*(f"f1_{genre}" for genre in GENRES), "accuracy"]
    assert values["roc_auc_ovr"] == 0.5


def test_scoring_works_in_a_search(table):
    scoring = check_genre_scoring(LogisticRegression(), ["map_at_3", "f1_per_genre"])
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, scoring=scoring, refit="map_at_3", cv=2
    ).fit(*table)
    assert {"mean_test_map_at_3", "mean_test_f1_jazz"} <= set(search.cv_results_)


def test_scoring_takes_all_that_sklearn_takes(model, fold):
    accuracy = model.score(*fold)
    scorer = get_scorer("accuracy")
    cases = [
        ("accuracy", "accuracy"),
        (["accuracy"], "accuracy"),
        (("accuracy",), "accuracy"),
        ({"mine": "accuracy"}, "mine"),
        ({"mine": scorer}, "mine"),
        (scorer, "score"),
    ]
    for scoring, name in cases:
        assert check_genre_scoring(model, scoring)(model, *fold) == {name: accuracy}
    again = check_genre_scoring(model, "accuracy")
    assert check_genre_scoring(model, again)(model, *fold) == {"accuracy": accuracy}


def test_scoring_with_metadata_routing(model, fold):
    def constant(estimator, X, y):
        return 0.5

    scoring = check_genre_scoring(
        model, {"map_at_3": "map_at_3", "f1": "f1_per_genre", "constant": constant}
    )
    plain = scoring(model, *fold)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = scoring(model, *fold)
    np.testing.assert_equal(routed, plain)
    assert plain["constant"] == 0.5


@pytest.mark.parametrize("scoring", [None, 3, [], {}, [3], {1: "accuracy"}])
def test_scoring_that_is_none_is_refused(scoring):
    with pytest.raises(ValueError, match="'scoring' must be the name of a score"):
        check_genre_scoring(LogisticRegression(), scoring)


def test_a_name_twice_is_refused(model, fold):
    with pytest.raises(ValueError, match="'accuracy' twice"):
        check_genre_scoring(model, ["accuracy", "accuracy"])
    scoring = check_genre_scoring(model, {"f1_rock": "accuracy", "all": "f1_per_genre"})
    with pytest.raises(ValueError, match="Two scores have the name 'f1_rock'"):
        scoring(model, *fold)


def test_a_scorer_of_ones_own_gets_the_labels(model, fold):
    seen = {}

    def score(y_true, y_pred, *, labels, factor):
        seen.update(labels=labels, shape=y_pred.shape)
        return factor

    scorer = make_genre_scorer(score, greater_is_better=False, factor=3)
    assert scorer(model, *fold) == -3
    assert seen["labels"].tolist() == GENRES.tolist()
    assert seen["shape"] == (len(fold[1]), 4)
    with pytest.raises(ValueError, match="'response_method'"):
        make_genre_scorer(score, response_method="transform")
