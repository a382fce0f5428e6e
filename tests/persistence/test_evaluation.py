"""Scores that a model file carries."""

import json
import zipfile

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skgenre.exceptions import ModelFormatError
from skgenre.persistence import load_model, model_card, read_evaluation, save_model
from skgenre.persistence._archive import SUMS, write_archive

ACCURACY = {"mean": 0.75, "low": 0.61, "high": 0.86}
EVALUATION = {"scores": {"accuracy": ACCURACY}, "protocol": "60 clips; 5 folds by artist"}


@pytest.fixture
def model():
    return LogisticRegression().fit([[0.0], [1.0]], ["jazz", "rock"])


def write(path, evaluation):
    """Write a sound file with any evaluation."""
    save_model(LogisticRegression().fit([[0.0], [1.0]], ["jazz", "rock"]), path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist() if name != SUMS}
    info = {**json.loads(entries["skgenre.json"]), "evaluation": evaluation}
    write_archive(path, {**entries, "skgenre.json": json.dumps(info).encode()})


def test_scores_are_read_back_and_on_the_card(model, tmp_path):
    path = tmp_path / "model.skops"
    save_model(model, path, evaluation=EVALUATION)
    assert read_evaluation(path) == EVALUATION
    assert load_model(path).predict([[1.0]]).tolist() == ["rock"]
    with zipfile.ZipFile(path) as archive:
        card = archive.read("README.md").decode()
    assert card == model_card(model, evaluation=EVALUATION)
    for text in (card, model_card(model, evaluation=EVALUATION, as_html=True)):
        assert "0.750 (95 % interval 0.610 to 0.860)" in text
        assert "Measured on 60 clips; 5 folds by artist." in text
        assert "Not recorded" not in text


def test_without_scores_there_are_none(model, tmp_path):
    save_model(model, tmp_path / "model.skops")
    assert read_evaluation(tmp_path / "model.skops") is None
    assert "Not recorded in the model." in model_card(model)


def test_an_interval_may_be_unknown(model, tmp_path):
    evaluation = {**EVALUATION, "scores": {"accuracy": {"mean": 1}}}
    save_model(model, tmp_path / "model.skops", evaluation=evaluation)
    expected = {"mean": 1.0, "low": None, "high": None}
    assert read_evaluation(tmp_path / "model.skops")["scores"] == {"accuracy": expected}
    assert "| accuracy | 1.000 |" in model_card(model, evaluation=evaluation)


def test_the_scores_of_a_comparison_are_stored(model, tmp_path):
    from sklearn.dummy import DummyClassifier

    from skgenre.model_selection import compare

    y = np.repeat(["jazz", "rock"], 20)
    X = np.where(y == "jazz", 1.0, -1.0)[:, np.newaxis] + np.linspace(0, 0.1, 40)[:, np.newaxis]
    models = {"chance": DummyClassifier(), "logistic": LogisticRegression()}
    result = compare(models, X, y, cv=4, scoring=["accuracy", "f1_macro"], random_state=0)
    evaluation = result.evaluation()
    assert evaluation == result.evaluation("logistic")
    assert evaluation["scores"]["accuracy"]["mean"] == 1
    assert set(evaluation["scores"]) == {"accuracy", "f1_macro"}
    assert evaluation["protocol"].startswith("40 clips; 2 genres; ")
    assert evaluation["protocol"].endswith("best of 2 pipelines compared on these clips")
    assert "best" not in result.evaluation("chance")["protocol"]
    save_model(model, tmp_path / "model.skops", evaluation=evaluation)
    assert read_evaluation(tmp_path / "model.skops") == evaluation
    with pytest.raises(ValueError, match="pipeline must be one of 'logistic', 'chance'"):
        result.evaluation("jazz")


BAD = [
    [0.9],
    {},
    {"scores": {"accuracy": ACCURACY}},
    {**EVALUATION, "more": 1},
    {**EVALUATION, "protocol": ""},
    {**EVALUATION, "protocol": "x" * 100_000},
    {**EVALUATION, "protocol": " \n"},
    {**EVALUATION, "scores": {}},
    {**EVALUATION, "scores": [0.9]},
    {**EVALUATION, "scores": {"accuracy": 0.9}},
    {**EVALUATION, "scores": {"accuracy": {"low": 0.9}}},
    {**EVALUATION, "scores": {"accuracy": {"mean": "0.9"}}},
    {**EVALUATION, "scores": {"accuracy": {"mean": True}}},
    {**EVALUATION, "scores": {"accuracy": {"mean": float("nan")}}},
    {**EVALUATION, "scores": {"accuracy": {"mean": 10**400}}},
    {**EVALUATION, "scores": {"accuracy": {"mean": 0.7, "low": 0.8, "high": 0.6}}},
    {**EVALUATION, "scores": {"x" * 1000: ACCURACY}},
    {**EVALUATION, "scores": {" ": ACCURACY}},
    {**EVALUATION, "scores": {f"score{n}": ACCURACY for n in range(1000)}},
]


@pytest.mark.parametrize("evaluation", BAD)
def test_other_evaluations_are_not_stored(model, tmp_path, evaluation):
    path = tmp_path / "model.skops"
    with pytest.raises((TypeError, ValueError), match=r"^save_model: evaluation"):
        save_model(model, path, evaluation=evaluation)
    assert not path.exists()


@pytest.mark.parametrize("evaluation", BAD)
def test_a_hostile_file_s_evaluation_is_refused_in_a_short_message(tmp_path, evaluation):
    path = tmp_path / "model.skops"
    write(path, evaluation)
    with pytest.raises(ModelFormatError, match=r"model\.skops: the evaluation in it") as caught:
        read_evaluation(path)
    assert len(str(caught.value)) < 1000


def test_an_integer_too_long_to_be_written_is_refused(model, tmp_path):
    evaluation = {**EVALUATION, "scores": {"accuracy": {"mean": 10**5000}}}
    with pytest.raises(ValueError, match=r"'mean' of 'accuracy' must be a finite number\. Got int"):
        save_model(model, tmp_path / "model.skops", evaluation=evaluation)


def test_numbers_of_numpy_are_stored(model, tmp_path):
    accuracy = {"mean": np.float32(0.75), "low": np.float64(0.5), "high": np.int64(1)}
    evaluation = {**EVALUATION, "scores": {"accuracy": accuracy}}
    save_model(model, tmp_path / "model.skops", evaluation=evaluation)
    expected = {"mean": 0.75, "low": 0.5, "high": 1.0}
    assert read_evaluation(tmp_path / "model.skops")["scores"]["accuracy"] == expected


@pytest.mark.parametrize(("mean", "text"), [(1e299, "1e+299"), (-1e-300, "0.000"), (-3, "-3.000")])
def test_any_score_is_written_short(model, mean, text):
    evaluation = {**EVALUATION, "scores": {"score": {"mean": mean}}}
    assert f"| score | {text} |" in model_card(model, evaluation=evaluation)


def test_a_foreign_file_has_no_evaluation(tmp_path):
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ModelFormatError, match="not a model file of skgenre"):
        read_evaluation(tmp_path / "notes.txt")
    with pytest.raises(FileNotFoundError, match="missing"):
        read_evaluation(tmp_path / "missing.skops")
