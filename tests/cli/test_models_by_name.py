"""Models by name: the list of them, and those of the user's own."""

import io
import json

import pandas as pd
import pytest

from skgenre.cli._own_models import make_own
from skgenre.datasets import make_genre_music
from skgenre.persistence import load_model
from skgenre.systems import list_models, list_systems

from ..other_processes import run_command as run

FILE = """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skgenre.features import MFCC, FramePooling


class Half(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X / 2


def tiny():
    return make_pipeline(MFCC(n_mfcc=4), FramePooling(), LogisticRegression(random_state=7))


halved = make_pipeline(MFCC(n_mfcc=4), FramePooling(), Half(), LogisticRegression())
number = 3


def broken():
    raise RuntimeError("no data")
"""
SYNTHETIC = ("--clips", 8, "--duration", 1, "--genres", "jazz,rock", "--cv", 2)


def words_of(result):
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "models_of_mine.py"
    path.write_text(FILE)
    return path


def test_the_list_has_every_name_with_accuracy_and_cost():
    result = run("models")
    assert result.returncode == 0, result.stderr
    rows = {
        cells[0]: cells
        for line in result.stdout.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("│").split("│")]) > 3
    }
    assert {*list_models().name, *list_systems().name} <= set(rows)
    assert rows["svm"][2:4] == ["0.777 a", "8.6"]
    assert "197 clips of GTZAN" in result.stdout


def test_the_list_is_data_for_programs():
    table = pd.read_csv(io.StringIO(run("models", "--format", "csv").stdout)).set_index("name")
    records = json.loads(run("models", "--format", "json").stdout)
    assert [record["name"] for record in records] == table.index.tolist()
    assert table.loc["svm", ["kind", "accuracy"]].tolist() == ["model", 0.777]
    assert table.loc["yaacob2020-crnn", "kind"] == "system"
    assert records[0]["protocol"]


def test_compare_takes_models_of_a_file(file):
    models = f"svm-mfcc,{file}:tiny,{file}:halved"
    result = run("compare", *SYNTHETIC, "--models", models)
    assert result.returncode == 0, result.stderr
    assert "models_of_mine.py:tiny" in result.stdout
    assert "models_of_mine.py:halved" in result.stdout
    assert "failed" not in result.stdout


def test_fit_saves_a_model_of_a_file_as_its_author_set_it(file, tmp_path):
    make_genre_music(
        4, genres=["jazz", "rock"], duration=1.0, random_state=0, to=tmp_path / "music"
    )
    saved = tmp_path / "model.skops"
    result = run("fit", tmp_path / "music", "--model", f"{file}:tiny", "--save", saved)
    assert result.returncode == 0, result.stderr
    model = load_model(saved)
    assert model[0].n_mfcc == 4
    assert model[-1].random_state == 7


def test_fit_takes_the_support_vector_machine_by_default(tmp_path):
    make_genre_music(4, genres=["jazz", "rock"], duration=1.0, random_state=0, to=tmp_path)
    result = run("fit", tmp_path, "--save", tmp_path / "model.skops")
    assert result.returncode == 0, result.stderr
    assert "Fitting svm on 4 files" in result.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tyni", "there is no model 'tyni' in it. Did you mean 'tiny'? It has tiny, halved,"),
        ("number", "number must be an estimator with fit and predict, or a function"),
        ("Half", "Got an object of type Half"),
        ("broken", "broken() failed (RuntimeError: no data)"),
    ],
)
def test_a_name_that_is_no_model_is_named_before_the_work(name, words, file):
    models = f"svm,{file.name}:{name}"
    result = run("compare", "no-folder", "--models", models, cwd=file.parent)
    assert result.returncode == 2
    assert file.name in words_of(result)
    assert words in words_of(result)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x = 1\nimport nowhere", "it can't be imported (ModuleNotFoundError"),
        ("x = 1\n1 / 0", "ZeroDivisionError: division by zero, line 2"),
        ("def tiny(:", "SyntaxError"),
        ("raise SystemExit", "it can't be imported (SystemExit"),
    ],
)
def test_a_file_that_can_not_be_imported_is_an_error_with_its_line(content, words, tmp_path):
    path = tmp_path / "broken_models_of_mine.py"
    path.write_text(content)
    with pytest.raises(ValueError, match="broken_models_of_mine") as raised:
        make_own(f"{path}:tiny")
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.py:tiny", "there is no such file"),
        ("models.py", "name a Python file, a colon and the model in it"),
        ("my-models.py:tiny", "needs the name of a Python module"),
        ("sklearn.py:tiny", "Python has another module of this name"),
    ],
)
def test_a_file_that_can_not_be_a_module_is_named_with_the_cure(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for present in ("my-models.py", "sklearn.py"):
        (tmp_path / present).write_text(FILE)
    with pytest.raises(ValueError, match=name.partition(":")[0]) as raised:
        make_own(name)
    assert words in str(raised.value)


def test_a_misspelt_model_gets_the_nearest_name():
    result = run("compare", "no-folder", "--models", "smv")
    assert result.returncode == 2
    assert "Did you mean 'svm'?" in words_of(result)


def test_what_a_model_of_a_file_prints_is_no_result(tmp_path):
    path = tmp_path / "talking_models.py"
    path.write_text(
        "from sklearn.dummy import DummyClassifier\n"
        "print('module')\n"
        "class Talking(DummyClassifier):\n"
        "    def fit(self, X, y):\n"
        "        print('fit')\n"
        "        return super().fit(X, y)\n"
        "def loud():\n"
        "    print('made')\n"
        "    return Talking()\n"
    )
    result = run("compare", *SYNTHETIC, "--models", f"{path}:loud", "--format", "json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["scores"] == ["accuracy", "f1_macro"]
    assert {"module", "made", "fit"} <= set(result.stderr.split())
