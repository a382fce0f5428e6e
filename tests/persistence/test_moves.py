"""Models outlive a move of the classes in them: files name the package, not the module."""

import importlib
import importlib.util
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import skgenre
from skgenre.classifiers import CNNClassifier, XGBGenreClassifier
from skgenre.features import FramePooling, FrameSegmenter
from skgenre.nn import Augmentation, DoubleSoftmaxLoss
from skgenre.persistence import load_model, save_model
from skgenre.persistence._archive import read_archive, write_archive
from skgenre.persistence._parts import add_new_parameters
from skgenre.persistence._renames import RENAMES
from skgenre.persistence._safe.rules import CLASSES
from skgenre.persistence._safe.trusted import TYPES, find_function
from skgenre.systems import segments_to_frames

PACKAGE = Path(skgenre.__file__).parent

# Modules of each subpackage, and what they are renamed to: some go into a folder of their own, one
# has the base class of all transformers.
MOVED = {
    "classifiers": {"_cnn": "_families._convolutional", "_xgboost": "_families._boosted_trees"},
    "features": {"_frame_segmenter": "_cutting._frames", "_engine.base": "_engine.foundation"},
    "nn": {"_augmentation": "_training._changes"},
    "systems": {"_park": "_axes"},
}

LOAD = """
import pickle, sys
from pathlib import Path
import joblib, numpy as np
import skgenre
from skgenre._public import source_module
from skgenre.persistence import load_model

def read_pickle(path):
    return pickle.loads(path.read_bytes())

folder = Path(sys.argv[1])
assert Path(skgenre.__file__).is_relative_to(folder), skgenre.__file__
X = np.load(folder / "X.npy")
for path in sorted(folder.glob("*.*")):
    load = {".skops": load_model, ".joblib": joblib.load, ".pickle": read_pickle}.get(path.suffix)
    if load is not None:
        model = load(path)
        np.testing.assert_array_equal(model.predict_proba(X), np.load(path.with_suffix(".npy")))
        print(path.name, *[source_module(type(step)) for _, step in model.steps])
"""


def move_classes(package):
    """Rename modules in a copy of the package, as a later version may."""
    for name, modules in MOVED.items():
        home = package / name
        for old, new in modules.items():
            path = home.joinpath(*new.split(".")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            (path.parent / "__init__.py").touch()
            former = home.joinpath(*old.split(".")).with_suffix(".py")
            text = former.read_text(encoding="utf-8")
            former.unlink()
            if new.count(".") > old.count("."):  # one folder further down
                text = re.sub(r"^(\s*from )(\.+)", r"\1.\2", text, flags=re.MULTILINE)
            path.write_text(text, encoding="utf-8")
    for path in package.rglob("*.py*"):
        if path.suffix not in (".py", ".pyi"):
            continue
        text = moved = path.read_text(encoding="utf-8")
        inside = path.relative_to(package).parts
        for name, modules in MOVED.items():
            for old, new in modules.items():
                if inside[0] == name:
                    moved = re.sub(rf"(from \.+){old}( import)", rf"\g<1>{new}\2", moved)
                if inside[:-1] == (name, *old.split(".")[:-1]):  # beside it
                    was, now = (text.rpartition(".")[2] for text in (old, new))
                    moved = re.sub(rf"(from \.){was}( import)", rf"\g<1>{now}\2", moved)
                moved = re.sub(rf"(from \.+{name}\.){old}( import)", rf"\g<1>{new}\2", moved)
        if moved != text:
            path.write_text(moved, encoding="utf-8")


@pytest.fixture(scope="module")
def maps():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 4, 20)).astype(np.float32), np.array(["blues", "pop", "rock"] * 4)


def fit_models(maps):
    network = CNNClassifier(
        channels=(2,), max_epochs=2, random_state=0, augmentation=Augmentation(noise=0.1)
    )
    frames = FunctionTransformer(segments_to_frames)
    models = {
        "network": make_pipeline(FrameSegmenter(n_frames=4), FramePooling(), frames, network),
        "table": make_pipeline(FramePooling(), LogisticRegression()),
    }
    if importlib.util.find_spec("xgboost") is not None:
        models["trees"] = make_pipeline(FramePooling(), XGBGenreClassifier(n_estimators=3))
    return {name: model.fit(*maps) for name, model in models.items()}


@pytest.mark.slow
def test_models_load_when_their_classes_have_moved(maps, tmp_path):
    models = fit_models(maps)
    np.save(tmp_path / "X.npy", maps[0])
    for name, model in models.items():
        save_model(model, tmp_path / f"{name}.skops")
        joblib.dump(model, tmp_path / f"{name}.joblib")
        (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps(model))
        np.save(tmp_path / f"{name}.npy", model.predict_proba(maps[0]))
    shutil.copytree(PACKAGE, tmp_path / "skgenre", ignore=shutil.ignore_patterns("__pycache__"))
    move_classes(tmp_path / "skgenre")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3 * len(models)
    for line in lines:
        if line.startswith("network"):
            assert "skgenre.features._cutting._frames" in line
            assert "skgenre.classifiers._families._convolutional" in line
        if line.startswith("trees"):
            assert "skgenre.classifiers._families._boosted_trees" in line


def test_a_file_names_public_classes_alone(maps, tmp_path):
    for name, model in fit_models(maps).items():
        save_model(model, tmp_path / f"{name}.skops")
        with zipfile.ZipFile(tmp_path / f"{name}.skops") as archive:
            schema = archive.read("schema.json").decode()
        modules = set(re.findall(r'"__module__": "(skgenre[^"]*)"', schema))
        assert "skgenre.features" in modules
        assert all("._" not in module for module in modules)


def old_names(node):
    """Put the names of format 2 into a description, and yield those that were replaced."""
    before = {new: old for old, new in RENAMES.items()}
    if isinstance(node, list):
        for item in node:
            yield from old_names(item)
    elif isinstance(node, dict):
        old = before.get(f"{node.get('__module__')}.{node.get('__class__')}")
        if old is not None:
            node["__module__"], _, node["__class__"] = old.rpartition(".")
            yield old
        for item in node.values():
            yield from old_names(item)


def test_a_file_with_the_names_of_format_2_is_read(maps, tmp_path):
    model = fit_models(maps)["network"]
    model[-1].net_params = {"criterion": DoubleSoftmaxLoss}
    path = tmp_path / "model.skops"
    save_model(model, path)
    entries = read_archive(path.read_bytes(), "model")
    schema = json.loads(entries["schema.json"])
    replaced = set(old_names(schema))
    assert {old.rpartition(".")[2] for old in replaced} == {
        "Augmentation", "CNNClassifier", "DoubleSoftmaxLoss", "FramePooling", "FrameSegmenter",
        "segments_to_frames",
    }  # fmt: skip
    entries["schema.json"] = json.dumps(schema).encode()
    entries["skgenre.json"] = entries["skgenre.json"].replace(b'"format": 3', b'"format": 2')
    write_archive(path, entries)
    loaded = load_model(path)
    np.testing.assert_array_equal(loaded.predict_proba(maps[0]), model.predict_proba(maps[0]))
    assert loaded[-1].net_params == {"criterion": DoubleSoftmaxLoss}


def test_each_old_name_leads_to_a_public_one_that_is_trusted():
    for old, new in RENAMES.items():
        package, _, name = new.rpartition(".")
        item = getattr(importlib.import_module(package), name)
        assert f"{item.__module__}.{item.__qualname__}" == new
        assert new in CLASSES | TYPES or find_function(new) is item
        assert old not in CLASSES | TYPES
        assert find_function(old) is None


def test_all_trusted_names_of_this_package_exist_and_are_public():
    for name in CLASSES | TYPES:
        package, _, kind = name.rpartition(".")
        if package.startswith("skgenre."):
            item = getattr(importlib.import_module(package), kind)
            assert f"{item.__module__}.{item.__qualname__}" == name


def test_a_parameter_that_an_older_version_lacked_gets_its_default(maps, tmp_path):
    model = fit_models(maps)["network"]
    del model[-1].weight_decay, model[0].hop_frames
    add_new_parameters(model)
    assert (model[-1].weight_decay, model[0].hop_frames) == (0.0, None)
