"""The [source] links of the API reference lead to the lines where a name is defined."""

import ast
import importlib.util
import re
import types
from pathlib import Path

import pytest

import skgenre

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def conf():
    spec = importlib.util.spec_from_file_location("docs_conf", ROOT / "docs" / "conf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def public_names():
    packages = {name: getattr(skgenre, name) for name in skgenre.__all__}
    yield "skgenre", "show_versions"
    for name, package in packages.items():
        if isinstance(package, types.ModuleType):
            for public in getattr(package, "__all__", ["SkgenreError"]):
                yield f"skgenre.{name}", public


def test_the_module_that_defines_a_name_is_linked(conf):
    wrong = []
    for package, name in public_names():
        source = conf.find_source(None, package, name)
        tree = ast.parse(Path(importlib.import_module(source).__file__).read_text(encoding="utf-8"))
        if name not in {getattr(node, "name", None) for node in tree.body}:
            wrong.append((package, name, source))
        assert conf.find_source(None, package, f"{name}.no_such_method") == source
    assert wrong == []
    assert conf.find_source(None, "skgenre.features", "NoSuchThing") is None


@pytest.mark.slow
def test_sphinx_writes_the_links(conf, tmp_path):
    application = pytest.importorskip("sphinx.application")
    names = {"skgenre.classifiers": "CNNClassifier", "skgenre.model_selection": "compare"}
    names |= {"skgenre.nn": "Augmentation", "skgenre.exceptions": "AudioDecodeError"}
    text = "".join(
        f".. currentmodule:: {package}\n\n.. auto{'class' if name[0].isupper() else 'function'}:: "
        f"{name}\n\n"
        for package, name in names.items()
    )
    (tmp_path / "index.rst").write_text(f"Names\n=====\n\n{text}")
    app = application.Sphinx(
        tmp_path, None, tmp_path / "html", tmp_path / "trees", "html", status=None, warning=None,
        confoverrides={"extensions": ["sphinx.ext.autodoc", "sphinx.ext.viewcode"]},
    )  # fmt: skip
    conf.setup(app)
    app.build()
    page = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    for package, name in names.items():
        source = conf.find_source(None, package, name).replace(".", "/")
        assert re.search(rf'href="_modules/{source}\.html#{name}"', page), name
        target = (tmp_path / "html" / "_modules" / f"{source}.html").read_text(encoding="utf-8")
        assert f'id="{name}"' in target
