"""Comparisons saved, loaded and merged."""

import io
import json
import os
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skgenre.model_selection import Comparison, compare


class Broken(DummyClassifier):
    def fit(self, X, y):
        raise RuntimeError("out of memory")


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["blues", "jazz", "metal"], 8)
    X = rng.standard_normal((24, 3)) + np.repeat([0.0, 1.0, 2.0], 8)[:, None]
    return X, y, np.arange(24) // 2


def run(table, pipelines, **kwargs):
    X, y, groups = table
    settings = {"groups": groups, "cv": 3, "scoring": ["accuracy", "f1_macro"], "random_state": 0}
    return compare(pipelines, X, y, **{**settings, **kwargs})


@pytest.fixture(scope="module")
def first(table):
    return run(table, {"bayes": GaussianNB(), "svc": LinearSVC()})


@pytest.fixture(scope="module")
def second(table):
    return run(table, {"tree": DecisionTreeClassifier(), "chance": DummyClassifier()})


def same(a, b):
    for name in ("frame", "predictions"):
        pd.testing.assert_frame_equal(getattr(a, name), getattr(b, name))
    assert a.protocol == b.protocol
    pd.testing.assert_frame_equal(a.summary, b.summary)
    pd.testing.assert_frame_equal(a.pairwise(), b.pairwise())
    assert a.conclusions() == b.conclusions()


def test_a_saved_comparison_is_loaded_as_it_was(first, tmp_path):
    first.save(tmp_path / "result.zip")
    same(Comparison.load(tmp_path / "result.zip"), first)


def test_a_single_split_is_loaded_as_it_was(table, tmp_path):
    cv = ShuffleSplit(1, test_size=0.5, random_state=0)
    result = run(table, {"bayes": GaussianNB(), "chance": DummyClassifier()}, cv=cv, groups=None)
    result.save(tmp_path / "one")
    same(Comparison.load(str(tmp_path / "one")), result)


def test_failures_and_strange_names_are_kept(table, tmp_path):
    X, y, _ = table
    names = np.array(["caf\udce9", "a\nb", "<b>"])[np.searchsorted(["blues", "jazz", "metal"], y)]
    with pytest.warns(match="out of memory"):
        result = compare({"b|\n<c>": Broken(), "bayes": GaussianNB()}, X, names, cv=2)
    result.save(tmp_path / "r.zip")
    same(Comparison.load(tmp_path / "r.zip"), result)


@pytest.mark.parametrize("genres", [[1, 2, 3], [False, True, True], [1.0, 2.0, 3.0]])
def test_genres_keep_their_type(table, tmp_path, genres):
    X, y, _ = table
    y = np.array(genres)[np.searchsorted(["blues", "jazz", "metal"], y)]
    result = compare({"bayes": GaussianNB()}, X, y, cv=2, random_state=0)
    result.save(tmp_path / "r.zip")
    same(Comparison.load(tmp_path / "r.zip"), result)


def test_confounds_and_files_that_were_left_out_are_kept(first, tmp_path):
    facts = {
        **first.protocol,
        "confounds": ["The rate alone predicts the genre."],
        "left_out": {"a\udce9.wav": "the file is empty"},
    }
    result = Comparison(first.frame, predictions=first.predictions, protocol=facts)
    result.save(tmp_path / "r.zip")
    assert Comparison.load(tmp_path / "r.zip").protocol == facts
    for name, value in (("left_out", {"a.wav": 3}), ("confounds", 3), ("confounds", [["x"]])):
        rewritten(tmp_path / "r.zip", set_fact(name, value))
        with pytest.raises(ValueError, match=r"its (protocol|left_out|confounds)"):
            Comparison.load(tmp_path / "r.zip")
        result.save(tmp_path / "r.zip")


def test_a_part_that_is_no_text_is_refused_and_leaves_the_old_file(first, tmp_path):
    path = tmp_path / "r.zip"
    path.write_bytes(b"old")
    odd = Comparison(
        first.frame, predictions=first.predictions, protocol={**first.protocol, "x": object()}
    )
    with pytest.raises(TypeError, match="object objects are neither text nor numbers"):
        odd.save(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def rewritten(path, change):
    """Rewrite a file with another document, or other members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(members["comparison.json"])
    change(document, members)
    members.setdefault("comparison.json", b"")
    if members["comparison.json"]:
        members["comparison.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def place_of(document, table, column):
    names = [described["name"] for described in document[table]["columns"]]
    return names.index(column)


def set_numbers(table, column, values, dtype):
    def change(document, members):
        place = place_of(document, table, column)
        n_rows = document[table]["n_rows"]
        members[f"{table}/{place}"] = np.resize(np.array(values, dtype), n_rows).tobytes()
        described = document[table]["columns"][place]
        described.pop("values", None)
        described["dtype"] = np.dtype(dtype).str

    return change


def set_values(table, column, values):
    def change(document, members):
        described = document[table]["columns"][place_of(document, table, column)]
        described["values"] = values

    return change


def drop(table, column):
    def change(document, members):
        described = document[table]["columns"][place_of(document, table, column)]
        described["name"] = "another"

    return change


def set_fact(name, value):
    return lambda document, members: document["protocol"].update({name: value})


def set_part(name, value):
    return lambda document, members: document.update({name: value})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_part("format", "skops"), "another format"),
        (set_part("frame", {"n_rows": 3, "columns": []}), "no scores"),
        (set_part("frame", {"n_rows": -1, "columns": []}), "no rows and columns"),
        (set_part("frame", {"n_rows": 2**30, "columns": [{"name": "a"}]}), "has not 10737"),
        (set_part("frame", None), "TypeError|not subscriptable"),
        (set_part("protocol", []), "no protocol"),
        (set_fact("genres", 0), "number of genres"),
        (set_fact("clips", "many"), "number of clips"),
        (set_fact("groups", "many"), "number of groups"),
        (set_fact("folds", 99), "another number of folds"),
        (set_fact("split", 3), "no split"),
        (set_fact("random_state", [[[]]]), "as 'random_state'"),
        (set_fact("versions", {"numpy": 2}), "versions are not texts"),
        (set_numbers("frame", "fold", [0], "<i8"), "a fold twice"),
        (set_numbers("frame", "n_test", [0], "<i8"), "an empty fold"),
        (set_numbers("frame", "n_test", [0.5], "<f8"), "'n_test' of 'frame' has other values"),
        (set_numbers("frame", "test_accuracy", [1e200], "<f8"), "numbers without bound"),
        (set_numbers("frame", "test_accuracy", [np.inf], "<f8"), "numbers without bound"),
        (set_numbers("frame", "pipeline", [1], "<i8"), "'pipeline' of 'frame' has other values"),
        (set_numbers("predictions", "clip", [-5], "<i8"), "numbers out of range"),
        (set_numbers("predictions", "clip", [5], "<i8"), "predicts a clip twice"),
        (set_numbers("predictions", "fold", [77], "<i8"), "of other folds"),
        (set_numbers("predictions", "probability_jazz", [7], "<f4"), "not between 0 and 1"),
        (set_numbers("predictions", "probability_jazz", [0.99], "<f4"), "with the sum 1"),
        (set_numbers("predictions", "probability_jazz", [np.nan], "<f4"), "with the sum 1"),
        (
            set_numbers("predictions", "probability_jazz", [1], "<i8"),
            "probabilities are no numbers",
        ),
        (set_fact("resumed_folds", None), "number of resumed folds"),
        (drop("predictions", "probability_jazz"), "probabilities lack a genre of the clips"),
        (set_values("predictions", "target", ["blues"]), "other values than it lists"),
        (set_values("predictions", "target", ["a", [], {}]), "other values than it lists"),
        (set_values("predictions", "target", ["a", "b", 3]), "of several types"),
        (drop("predictions", "target"), "clips without 'target'"),
        (drop("frame", "fit_time"), "no column 'fit_time'"),
        (lambda document, members: members.pop("frame/1"), "frame/1"),
        (lambda document, members: members.update({"frame/1": b"short"}), "has not 6 rows"),
        (lambda document, members: members.update({"comparison.json": b""}), "JSON|Expecting"),
    ],
)
def test_a_file_with_other_content_is_refused(first, tmp_path, change, reason):
    path = tmp_path / "r.zip"
    first.save(path)
    rewritten(path, change)
    with pytest.raises(ValueError, match=rf"r\.zip: not a comparison of skgenre \(.*({reason})"):
        Comparison.load(path)


def test_a_newer_format_says_so(first, tmp_path):
    first.save(tmp_path / "r.zip")
    rewritten(tmp_path / "r.zip", set_part("version", 2))
    with pytest.raises(ValueError, match=r"has format 2, .* reads 1: update skgenre"):
        Comparison.load(tmp_path / "r.zip")


def zipped(name, content, size=None):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        if size is not None:
            archive.filelist[0].file_size = size
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"PK\x03\x04 cut off",
        pickle.dumps({"frame": 1}),
        zipped("another", b"{}"),
        zipped("comparison.json", b"[" * 100_000),
        zipped("comparison.json", b" " * 2**25),
        zipped("comparison.json", b" " * 100_000, 10),
        zipped("comparison.json", b"\xff\xfe"),
    ],
    ids=["empty", "text", "cut", "pickle", "other", "nested", "large", "bomb", "bytes"],
)
def test_a_foreign_file_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "no\n.zip"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"no\\n\.zip: not a comparison of skgenre") as caught:
        Comparison.load(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.zip: no such file"):
        Comparison.load(tmp_path / "none.zip")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(FileNotFoundError, match="not a file"):
            Comparison.load(path)


def test_a_cut_file_is_refused_wherever_it_is_cut(first, tmp_path):
    first.save(tmp_path / "r.zip")
    content = (tmp_path / "r.zip").read_bytes()
    for end in range(0, len(content), 97):
        (tmp_path / "cut.zip").write_bytes(content[:end])
        with pytest.raises(ValueError, match="not a comparison of skgenre"):
            Comparison.load(tmp_path / "cut.zip")


def test_two_comparisons_on_the_same_folds_are_one(first, second, table):
    merged = first | second
    pipelines = {
        "bayes": GaussianNB(),
        "svc": LinearSVC(),
        "tree": DecisionTreeClassifier(),
        "chance": DummyClassifier(),
    }
    at_once = run(table, pipelines)
    costs = ["fit_time", "predict_time", "score_time", "model_size"]
    pd.testing.assert_frame_equal(
        merged.frame.drop(columns=costs), at_once.frame.drop(columns=costs)
    )
    pd.testing.assert_frame_equal(merged.predictions, at_once.predictions)
    pd.testing.assert_frame_equal(merged.pairwise(), at_once.pairwise())
    assert list(merged.protocol["pipelines"]) == list(pipelines)
    assert len(first.frame) == 6


def test_equal_results_of_one_name_are_kept_once(first, second):
    merged = first | second | first
    assert merged.frame["pipeline"].value_counts().to_dict() == {
        "bayes": 3,
        "svc": 3,
        "tree": 3,
        "chance": 3,
    }


def test_other_results_of_one_name_are_refused_until_it_is_renamed(first, second):
    other = second.rename({"tree": "bayes"})
    with pytest.raises(ValueError, match=r"both have a pipeline 'bayes', with different results"):
        first | other
    merged = first | other.rename({"bayes": "tree 2"})
    assert "tree 2" in merged.summary.index
    assert "DecisionTreeClassifier()" in merged.protocol["pipelines"]["tree 2"]


@pytest.mark.parametrize(
    ("settings", "difference"),
    [
        ({"cv": 2}, "folds is 3 in the first and 2 in the second"),
        ({"random_state": 1}, "on fold 0, clip [0-9]+ is (a test clip|none) in the first"),
        ({"groups": None}, "groups is 12 in the first and None in the second"),
        ({"scoring": "accuracy"}, "the scores are accuracy, f1_macro in the first and accuracy"),
    ],
)
def test_other_folds_or_scores_are_refused_with_the_difference(first, table, settings, difference):
    other = run(table, {"tree": DecisionTreeClassifier()}, **settings)
    with pytest.raises(ValueError, match=f"can't be merged: .*{difference}"):
        first | other


@pytest.mark.parametrize(
    ("column", "value", "difference"),
    [
        ("target", "disco", "the genre of clip [0-9]+ is '.*' in the first and 'disco'"),
        ("group", 99, "the group of clip [0-9]+ is .* in the first and 99"),
    ],
)
def test_other_genres_or_groups_are_refused(first, second, column, value, difference):
    predictions = second.predictions.assign(**{column: value})
    other = Comparison(second.frame, predictions=predictions, protocol=second.protocol)
    with pytest.raises(ValueError, match=difference):
        first | other


def test_files_may_move_but_not_differ(first, second):
    def with_files(result, folder):
        files = [f"{folder}{clip}.wav" for clip in result.predictions["clip"]]
        predictions = result.predictions.copy()
        predictions.insert(4, "file", files)
        return Comparison(result.frame, predictions=predictions, protocol=result.protocol)

    merged = with_files(first, "/here/") | with_files(second, "/there/")
    assert merged.predictions["file"].str.startswith("/here/").all()
    with pytest.raises(ValueError, match=r"the file of clip [0-9]+ is '[0-9]+\.wav' in the first"):
        with_files(first, "/here/") | with_files(second, "/here/x-")


def test_only_comparisons_are_merged(first):
    with pytest.raises(TypeError, match="unsupported operand"):
        first | 3
    with pytest.raises(ValueError, match="There is no pipeline 'x' to rename, only 'bayes', 'svc'"):
        first.rename({"x": "y"})
    with pytest.raises(ValueError, match="a name of its own, and 'svc' is not one"):
        first.rename({"bayes": "svc"})


def test_a_failed_pipeline_is_merged(first, table):
    with pytest.warns(match="out of memory"):
        other = run(table, {"broken": Broken(), "tree": DecisionTreeClassifier()})
    merged = first | other
    assert len(merged.errors) == 3
    assert "tree" in merged.ranking().index


def test_merging_logistic_regressions_with_other_versions_lists_both(first, table):
    other = run(table, {"logistic": LogisticRegression()})
    other.protocol["versions"] = {**other.protocol["versions"], "numpy": "9.9"}
    merged = first | other
    own = first.protocol["versions"]["numpy"]
    assert merged.protocol["versions"]["numpy"] == f"{own}; 9.9"
