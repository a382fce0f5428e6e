"""Comparisons and audits of clips that may have several genres."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier

from skgenre.classifiers import (
    CNNClassifier,
    HierarchicalGenreClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.exceptions import PipelineWarning, SkgenreWarning
from skgenre.metrics import get_genre_scorer_names
from skgenre.model_selection import (
    Comparison,
    MultilabelStratifiedGroupKFold,
    compare,
    leakage_gap,
    leakage_report,
)
from skgenre.model_selection._compare.genre_bootstrap import (
    compare_draws,
    draw_scores,
    find_measure,
)
from skgenre.model_selection._compare.influence import _leave_each_out, _stand_in_several
from skgenre.model_selection._compare.protocol import describe_data
from skgenre.model_selection._compare.scoring import make_scoring

GENRES = ["blues", "jazz", "soul"]
N_CLIPS = 120


def make_clips(n_genres=3, n_clips=N_CLIPS, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_clips, 6))
    y = X @ rng.normal(size=(6, n_genres)) + noise * rng.normal(size=(n_clips, n_genres)) > 0.5
    return X, y.astype(int)


X, MATRIX = make_clips()
FRAME = pd.DataFrame(MATRIX, columns=GENRES)
SETS = [{genre for genre, has in zip(GENRES, row, strict=True) if has} for row in MATRIX]
GROUPS = np.arange(N_CLIPS) // 2
MODELS = {
    "linear": OneVsRestClassifier(LogisticRegression()),
    "forest": RandomForestClassifier(10, max_depth=2, random_state=0),
    "chance": DummyClassifier(),
}


@pytest.fixture(scope="module")
def result():
    return compare(MODELS, X, FRAME, groups=GROUPS, cv=5, random_state=0)


@pytest.mark.parametrize("y", [MATRIX, SETS, [sorted(row) for row in SETS]], ids=type)
def test_every_form_of_several_genres_gives_the_same_result(result, y):
    other = compare({"linear": MODELS["linear"]}, X, y, groups=GROUPS, cv=5, random_state=0)
    own = result.frame[result.frame["pipeline"] == "linear"].reset_index(drop=True)
    for score in ("test_roc_auc", "test_average_precision"):
        np.testing.assert_allclose(other.frame[score], own[score])
    genres = [0, 1, 2] if isinstance(y, np.ndarray) else GENRES
    assert other.per_genre().index[:3].tolist() == genres


def test_scores_are_means_over_folds_and_genres(result):
    held_out = result.predictions[result.predictions["pipeline"] == "forest"]
    targets = [f"target_{genre}" for genre in GENRES]
    scores = [f"probability_{genre}" for genre in GENRES]
    for name, function in (
        ("roc_auc", roc_auc_score),
        ("average_precision", average_precision_score),
    ):
        expected = [
            function(rows[targets].to_numpy(), rows[scores].to_numpy())
            for _, rows in held_out.groupby("fold")
        ]
        assert result.summary.at["forest", name] == pytest.approx(np.mean(expected), rel=1e-5)


def test_predictions_are_kept_by_genre(result):
    rows = result.predictions[result.predictions["pipeline"] == "linear"].sort_values("clip")
    np.testing.assert_array_equal(rows[[f"target_{genre}" for genre in GENRES]], MATRIX)
    assert set(rows["predicted_jazz"]) == {0, 1}
    target, values = result.probabilities("linear")
    assert target.columns.tolist() == values.columns.tolist() == GENRES
    assert "genres_per_clip" in result.protocol
    assert f"3 genres ({MATRIX.sum(axis=1).mean():.2g} per clip)" in result.caption()


def test_an_integer_cv_keeps_groups_together(result):
    folds = result.predictions.groupby("group")["fold"].nunique()
    assert (folds == 1).all()
    assert result.protocol["split"] == "MultilabelStratifiedGroupKFold(5, shuffled)"


def test_the_scores_of_genres_average_to_that_of_the_table(result):
    report = result.per_genre("linear")
    for name in ("roc_auc", "average_precision"):
        assert report[name][GENRES].mean() == pytest.approx(result.summary.at["linear", name])
    assert report["support"][GENRES].tolist() == MATRIX.sum(axis=0).tolist()


def test_better_pipelines_win_by_bootstrap_and_equal_ones_do_not(result):
    pairs = result.pairwise("average_precision")
    pairs = pairs[pairs["question"] == "these clips"].set_index(["pipeline", "other"])
    assert pairs.loc[("linear", "chance"), "differs"]
    assert set(pairs["test"]) == {"paired bootstrap over groups of clips"}
    assert ((pairs["p"] < 0.05) == ((pairs["low"] > 0) | (pairs["high"] < 0))).all()
    adjusted = (pairs["adjusted_low"] > 0) | (pairs["adjusted_high"] < 0)
    assert ((pairs["p_adjusted"] < 0.05) == adjusted).all()
    assert (pairs["p_adjusted"] >= pairs["p"]).all()
    same = compare({"a": MODELS["linear"], "b": MODELS["linear"]}, X, FRAME, cv=3, random_state=0)
    [pair] = same.pairwise().query("question == 'these clips'").to_dict("records")
    assert pair["p"] == 1
    assert not pair["differs"]


def test_resamples_are_scored_as_scikit_learn_does_with_weights():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"clip": np.arange(40), "fold": np.arange(40) % 2, "group": np.arange(40)})
    scores = rng.integers(0, 6, (40, 2)) / 5  # with ties
    for place, genre in enumerate(("jazz", "soul")):
        rows[f"target_{genre}"] = rng.integers(0, 2, 40)
        rows[f"probability_{genre}"] = scores[:, place]
    weights = np.random.default_rng(0).multinomial(40, np.full(40, 1 / 40), size=2000)
    for name, function in (
        ("roc_auc", roc_auc_score),
        ("average_precision", average_precision_score),
    ):
        scorer = make_scoring(name, multilabel=True).scorers[name]
        observed, draws = draw_scores([rows], find_measure(scorer))
        for found, weight in ((observed, np.ones(40)), (draws[0], weights[0])):
            expected = np.mean(
                [
                    function(
                        part[["target_jazz", "target_soul"]].to_numpy(),
                        part[["probability_jazz", "probability_soul"]].to_numpy(),
                        sample_weight=weight[part["clip"]],
                    )
                    for _, part in rows.groupby("fold")
                ]
            )
            assert found[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n_groups", [10, 60])
def test_the_bootstrap_rejects_equal_pipelines_as_often_as_it_says(n_groups):
    rng = np.random.default_rng(0)
    rejected = 0
    for _ in range(300):
        # A mean over groups, resampled.
        groups = rng.normal(size=n_groups)
        shares = np.full(n_groups, 1 / n_groups)
        draws = rng.multinomial(n_groups, shares, size=400) @ groups / n_groups
        found = compare_draws(
            np.array([groups.mean()]), draws[:, None], n_groups=n_groups, alpha=0.1
        )
        rejected += found.p[0] < 0.1
    assert 15 <= rejected <= 45


def test_few_groups_are_not_resampled():
    groups = np.arange(N_CLIPS) % 6
    result = compare({**MODELS}, X, MATRIX, groups=groups, cv=3, random_state=0)
    pairs = result.pairwise()
    assert pairs["p"].isna().all()
    assert "a bootstrap needs 10 clips, or groups" in pairs["note"].iloc[0]


@pytest.mark.parametrize(
    "name",
    [
        "f1_samples",
        "jaccard_samples",
        "label_ranking_average_precision",
        "neg_coverage_error",
        "map_at_2",
        "f1_micro",
        "f1_macro",
        "jaccard_weighted",
        "precision_macro",
        "recall_weighted",
    ],
)
def test_other_scores_are_tested_by_sign_flips_of_clips(name):
    result = compare(MODELS, X, MATRIX, cv=3, scoring=name, random_state=0)
    pairs = result.pairwise()
    assert pairs["test"].iloc[0] == "sign-flip test over clips"
    assert pairs["differs"].iloc[2]  # linear against chance
    # The parts of the clips are those of the generic jackknife.
    rows = result.predictions[
        (result.predictions["pipeline"] == "forest") & (result.predictions["fold"] == 0)
    ]
    responses, target = _stand_in_several(rows)
    scorer = make_scoring(name, multilabel=True).scorers[name]
    whole = scorer(responses, np.arange(len(target)), target)
    expected = _leave_each_out(responses, target, whole, name, scorer)
    clips, _ = result._measure(name)
    names = result.frame["pipeline"].unique().tolist()
    found = clips.sums[rows["clip"], names.index("forest")] * len(rows) * 3
    if name in ("label_ranking_average_precision", "neg_coverage_error", "map_at_2"):
        some = target.any(axis=1)  # a clip without a genre has no ranking
        np.testing.assert_allclose(
            found[some] - found[some].mean(),
            (expected[some] - expected[some].mean()) * some.sum() / len(some),
            rtol=1e-3,
            atol=0.05,
        )
    else:
        np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=1e-3)


def test_scores_of_single_genres_are_tested():
    scoring = ["roc_auc_per_genre", "f1_per_genre"]
    result = compare(MODELS, X, FRAME, cv=3, scoring=scoring, random_state=0)
    assert result.scores[:3] == ["roc_auc_blues", "roc_auc_jazz", "roc_auc_soul"]
    assert result.pairwise("roc_auc_soul")["test"].iloc[0] == "paired bootstrap over clips"
    assert result.pairwise("f1_soul")["test"].iloc[0] == "sign-flip test over clips"


@pytest.mark.parametrize("n_genres", [2, 3, 20])
def test_networks_trees_votes_and_forests_are_compared(n_genres):
    table, y = make_clips(n_genres)
    segments = np.repeat(table[:, None], 2, axis=1)[..., None]
    models = {
        "vote": SegmentVotingClassifier(RandomForestClassifier(10, random_state=0)),
        "network vote": SegmentVotingClassifier(CNNClassifier(channels=(4,), max_epochs=1)),
    }
    votes = compare(models, segments, y, cv=2, random_state=0)
    models = {
        "network": CNNClassifier(channels=(4,), max_epochs=1),
        "trees": XGBGenreClassifier(n_estimators=5),
        "forest": RandomForestClassifier(10, random_state=0),
    }
    tables = compare(models, table, y, cv=2, random_state=0)
    for result in (votes, tables):
        assert not len(result.errors)
        assert len(result.per_genre()) == n_genres + 2
    assert tables.summary.at["forest", "roc_auc"] > 0.6


def test_files_reports_and_merges_keep_several_genres(result, tmp_path):
    result.save(tmp_path / "result.zip")
    loaded = Comparison.load(tmp_path / "result.zip")
    pd.testing.assert_frame_equal(loaded.summary, result.summary)
    pd.testing.assert_frame_equal(loaded.per_genre(), result.per_genre())
    merged = result | loaded.rename({"forest": "woods"})
    assert merged.per_genre("woods").equals(merged.per_genre("forest"))
    plain = json.loads(json.dumps(result.to_dict()))
    assert plain["genres"]["linear"][0]["genre"] == "blues"
    assert plain["confusion_matrices"] == {}
    result.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Scores of each genre: linear" in page
    assert "paired bootstrap over groups of clips" in page
    assert "Confusion matrix" not in page


@pytest.mark.parametrize("column", ["target_jazz", "predicted_jazz", "probability_jazz"])
def test_a_changed_file_is_refused(result, tmp_path, column):
    parts = result._parts()
    changed = parts.predictions.copy()
    changed[column] = 2
    Comparison(parts.frame, predictions=changed, protocol=parts.protocol).save(tmp_path / "a")
    with pytest.raises(ValueError, match="not a comparison of skgenre"):
        Comparison.load(tmp_path / "a")


def test_comparisons_of_other_genres_are_not_merged(result):
    other_y = FRAME.copy()
    other_y.loc[3, "soul"] = 1 - other_y.loc[3, "soul"]
    folds = [
        (part["clip"].to_numpy(), rows["clip"].to_numpy())
        for fold, rows in result.predictions.drop_duplicates("clip").groupby("fold")
        for part in [result.predictions[result.predictions["fold"] != fold].drop_duplicates("clip")]
    ]
    again = compare({"again": MODELS["linear"]}, X, FRAME, groups=GROUPS, cv=folds, random_state=0)
    assert set((result | again).summary.index) == {*MODELS, "again"}
    other = compare({"other": MODELS["linear"]}, X, other_y, groups=GROUPS, cv=folds)
    with pytest.raises(ValueError, match="can't be merged"):
        result | other


def test_finished_folds_are_taken_for_the_same_genres_alone(tmp_path):
    def run(y):
        found = compare(MODELS, X, y, cv=3, random_state=0, memory=tmp_path)
        return found, found.protocol["resumed_folds"]

    first, n = run(FRAME)
    assert n == 0
    again, n = run(FRAME)
    assert n == 9
    pd.testing.assert_frame_equal(again.predictions, first.predictions)
    renamed = FRAME.set_axis(["blues", "jazz", "rock"], axis=1)
    assert run(renamed)[1] == 0
    assert run(1 - FRAME)[1] == 0


def test_finished_folds_have_the_scores_of_each_genre(tmp_path):
    for n_resumed in (0, 2):
        result = compare(
            {"linear": MODELS["linear"]},
            X,
            FRAME,
            cv=2,
            scoring=["roc_auc", "roc_auc_per_genre"],
            random_state=0,
            memory=tmp_path,
        )
        assert result.protocol["resumed_folds"] == n_resumed
        assert result.scores == ["roc_auc", "roc_auc_blues", "roc_auc_jazz", "roc_auc_soul"]


def test_tables_of_one_genre_per_clip_are_refused(result):
    for method in ("confusion_matrix", "confused_pairs", "always_wrong", "calibration"):
        with pytest.raises(ValueError, match=rf"{method} is for one genre per clip.*per_genre"):
            getattr(result, method)()


def test_a_search_with_an_integer_is_warned_of():
    search = GridSearchCV(RandomForestClassifier(3, random_state=0), {"max_depth": [1, 2]}, cv=2)
    with pytest.warns(PipelineWarning, match="plain KFold where clips may have several genres"):
        compare({"search": search}, X, MATRIX, cv=2, random_state=0)
    search.set_params(cv=MultilabelStratifiedGroupKFold(2))
    result = compare({"search": search}, X, MATRIX, groups=GROUPS, cv=2, random_state=0)
    assert result.chosen_parameters["max_depth"].isin([1, 2]).all()


def test_genres_that_a_fold_lacks_are_named_once():
    y = FRAME.assign(rare=0)
    y.loc[:1, "rare"] = 1
    folds = [(np.arange(60), np.arange(60, 120)), (np.arange(60, 120), np.arange(60))]
    with pytest.warns(SkgenreWarning) as caught:
        result = compare({"forest": MODELS["forest"]}, X, y, cv=folds, random_state=0)
    assert len(caught) == 1
    assert "no training clip has rare" in str(caught[0].message)
    assert "all test clips have, or none, rare" in str(caught[0].message)
    assert result.summary["roc_auc"].notna().all()
    assert result.pairwise().empty


class _Thirds(ClassifierMixin, BaseEstimator):
    """Predict 0.3 for each genre."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        return self

    def predict(self, X):
        return np.full((len(X), len(self.classes_)), 0.3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": MATRIX * 2}, "needs a matrix of 0 and 1"),
        ({"y": MATRIX * 0}, "y has no 1 in any of its columns"),
        ({"y": FRAME.set_axis(["a", "b", "a"], axis=1)}, "column 'a' of y is there more than once"),
        ({"y": [list("jazz")] * N_CLIPS}, "single letters"),
        ({"y": MATRIX[:50]}, "got 120 clips and 'y' of length 50"),
        ({"scoring": "accuracy"}, "'accuracy' is for one genre per clip.*'f1_samples'"),
        ({"scoring": "top_2_accuracy"}, "use 'map_at_3'"),
        ({"scoring": {"x": make_scorer(lambda y, p: y.argmax(2).mean())}}, "score 'x' can't be"),
        ({"cv": StratifiedKFold(3)}, "use MultilabelStratifiedGroupKFold"),
    ],
)
def test_unusable_genres_scores_and_folds_are_refused_with_the_cure(change, message):
    with pytest.raises(ValueError, match=message):
        compare(MODELS, X, **{"y": MATRIX, "cv": 3, **change})


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1, 1, 0], [0, 1, 1], [1, 0, 1]], "2 of 3 genres per clip; 2 clips in each genre"),
        (
            [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
            "1 to 2 of 3 genres per clip, 1.3 on average; 1 to 2 clips in each genre",
        ),
    ],
)
def test_the_protocol_counts_genres_per_clip(matrix, words):
    assert describe_data(np.zeros((3, 2)), np.array(matrix)).endswith(f"; {words}")


def test_a_vote_of_models_fails_with_the_class_that_takes_several():
    vote = VotingClassifier([("a", MODELS["linear"])], voting="soft")
    with pytest.warns(FitFailedWarning, match="Use skgenre.classifiers.GenreVotingClassifier"):
        compare({"good": MODELS["linear"], "vote": vote}, X, MATRIX, cv=2, random_state=0)


def test_a_model_of_one_genre_per_clip_fails_with_the_cure():
    models = {"good": MODELS["linear"], "one": LogisticRegression(), "thirds": _Thirds()}
    with pytest.warns(FitFailedWarning) as caught:
        result = compare(models, X, MATRIX, cv=2, scoring="f1_macro", random_state=0)
    messages = " ".join(str(warning.message) for warning in caught)
    assert "OneVsRestClassifier(LogisticRegression())" in messages
    assert "must return 0 or 1 for each clip and genre, got np.float64(0.3)" in messages
    assert result.summary["f1_macro"].notna().tolist() == [True, False, False]


def test_every_score_can_be_compared():
    names = [name for name in get_genre_scorer_names(multilabel=True) if "per_genre" not in name]
    result = compare(MODELS, X, MATRIX, cv=2, scoring=names, random_state=0)
    assert result.summary[names].notna().all(axis=None)
    assert all(result._measure(name)[0] is not None for name in names)


def test_segments_as_rows_leak_several_genres_too():
    rng = np.random.default_rng(0)
    clips = rng.normal(size=(60, 1, 6, 1))
    segments = clips + 0.01 * rng.normal(size=(60, 4, 6, 1))
    y = pd.DataFrame(rng.integers(0, 2, (60, 3)), columns=GENRES)
    model = SegmentVotingClassifier(RandomForestClassifier(20, random_state=0))
    groups = np.arange(60) // 2
    gap = leakage_gap(model, segments, y, groups=groups, cv=3, random_state=0)
    assert gap.scores == ["roc_auc", "average_precision"]
    assert gap.gap > 0.2
    assert "3 genres (1." in gap.caption()
    low, high = gap.interval
    assert low < gap.gap < high
    named = leakage_gap(model, segments, y, cv=2, scoring="roc_auc_per_genre", random_state=0)
    assert named.scores[0] == "roc_auc_blues"
    with pytest.raises(ValueError, match="use 'f1_samples'"):
        leakage_gap(model, segments, y, cv=2, scoring="accuracy")


def test_the_report_names_duplicates_with_other_genres():
    table = X[:12].copy()
    table[6] = table[0]
    table[7] = table[1]
    y = FRAME[:12].copy()
    y.iloc[0] = [1, 1, 0]
    y.iloc[6] = [0, 0, 0]
    y.iloc[7] = y.iloc[1]
    folds = [(np.arange(6), np.arange(6, 12))]
    report = leakage_report(table, y, groups=np.arange(12), cv=folds, random_state=0)
    assert report.frame["genres"].tolist()[0] == ["blues, jazz", "no genre"]
    assert len(report.frame["genres"][1]) == 1
    assert "Not measured: confounds" in repr(report)
    assert "Not measured" not in repr(
        leakage_report(table, y, cv=folds, confounds=False, random_state=0)
    )


def test_a_single_column_is_no_matrix():
    with pytest.raises(ValueError, match="one genre per clip"):
        compare(MODELS, X, MATRIX[:, :1])


@pytest.mark.parametrize("search", [False, True])
def test_a_tree_of_genres_gets_their_names(search):
    matrix = FRAME.assign(jazz=FRAME["jazz"] | FRAME["soul"])
    tree = HierarchicalGenreClassifier(MODELS["linear"], hierarchy={"soul": "jazz"})
    if search:
        tree = GridSearchCV(tree, {"threshold": [0.4, 0.5]}, cv=MultilabelStratifiedGroupKFold(2))
    found = compare({"tree": tree, "linear": MODELS["linear"]}, X, matrix, cv=3, random_state=0)
    assert found.errors.empty
    held_out = found.predictions[found.predictions["pipeline"] == "tree"]
    assert (held_out["probability_jazz"] >= held_out["probability_soul"]).all()
