import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/plot_*.py"))
GROUPS = sorted({path.parent for path in EXAMPLES})


def load(path):
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runner():
    return load(".ci/run_notebooks.py")


def test_the_gallery_has_twenty_examples_in_titled_groups():
    assert len(EXAMPLES) >= 20
    assert not list((ROOT / "examples").glob("plot_*.py"))
    for group in GROUPS:
        title, line, *_ = (group / "README.rst").read_text("utf-8").splitlines()
        assert set(line) == {"-"}
        assert len(line) == len(title)


def test_every_example_has_its_place_in_the_index():
    order = load("docs/_gallery.py").ORDER
    expected = {
        group.name: sorted(path.stem for path in EXAMPLES if path.parent == group)
        for group in GROUPS
    }
    found = {group: sorted(f"plot_{name}" for name in names) for group, names in order.items()}
    assert found == expected


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_notebook_that_needs_no_file(path):
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    docstring = ast.get_docstring(tree)
    title, line, *_ = docstring.splitlines()
    assert set(line) == {"="}
    assert len(line) == len(title)
    assert title.split()[0] not in {"What", "Whose", "How", "Which", "Why"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    # A notebook has no file, and the reader's folder has none of ours.
    assert "__file__" not in names
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert not [text for text in texts if isinstance(text, str) and text.startswith(("../", "./"))]
    # Every example shows something.
    assert re.search(r"\.subplots\(|Display|\.plot\(", text)


def write_notebook(path, source):
    path.parent.mkdir(exist_ok=True)
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_notebooks_are_taken_from_all_groups(runner, tmp_path):
    for name in ("a/plot_1", "a/plot_2", "a/plot_3", "b/plot_1", "b/plot_2", "c/other"):
        write_notebook(tmp_path / f"{name}.ipynb", "1")
    chosen = [
        path.relative_to(tmp_path).as_posix() for path in runner.choose_notebooks(tmp_path, 3)
    ]
    assert chosen == ["a/plot_1.ipynb", "b/plot_1.ipynb", "a/plot_2.ipynb"]
    assert len(runner.choose_notebooks(tmp_path)) == 5


def test_without_notebooks_the_cure_is_named(runner, tmp_path):
    with pytest.raises(FileNotFoundError, match="run 'make docs' first"):
        runner.choose_notebooks(tmp_path)


def test_a_notebook_runs_in_an_empty_folder_and_its_error_is_told(runner, tmp_path):
    pytest.importorskip("nbclient", reason="nbclient is of the extra 'dev'")
    pytest.importorskip("ipykernel", reason="ipykernel is of the extra 'dev'")
    write_notebook(tmp_path / "plot_good.ipynb", "import os\nassert os.listdir() == []")
    write_notebook(tmp_path / "plot_bad.ipynb", "raise RuntimeError('out of tune')")
    assert runner.run_notebook(tmp_path / "plot_good.ipynb") is None
    assert "out of tune" in runner.run_notebook(tmp_path / "plot_bad.ipynb")
