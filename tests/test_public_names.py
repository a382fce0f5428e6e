"""Public classes and functions carry the package that users import them from."""

import doctest
import importlib
import inspect
import io
import pickle
import subprocess
import sys
import types
import typing
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skgenre._public import source_module
from skgenre.features import AudioTransformer
from skgenre.metrics import (
    check_genre_scoring,
    expected_calibration_error,
    get_genre_scorer,
    make_genre_scorer,
)
from skgenre.model_selection import compare
from skgenre.testing import all_estimators
from skgenre.testing._configurations_classifiers import classifiers_configurations
from skgenre.testing._configurations_features import features_configurations

ROOT = Path(__file__).parents[1]
PACKAGES = [
    "skgenre",
    *sorted(f"skgenre.{path.parent.name}" for path in ROOT.glob("skgenre/*/__init__.py")),
]


def find_public():
    """Return (package, item) of all public classes and functions, those of exceptions too."""
    found = []
    for package in [*PACKAGES, "skgenre.exceptions"]:
        module = importlib.import_module(package)
        names = getattr(module, "__all__", None) or [
            name for name, item in vars(module).items() if isinstance(item, type)
        ]
        items = [getattr(module, name) for name in names]
        found += [(package, item) for item in items if not isinstance(item, types.ModuleType)]
    return found


PUBLIC = find_public()
CLASSES = [(package, item) for package, item in PUBLIC if isinstance(item, type)]
each_item = pytest.mark.parametrize(
    ("package", "item"), PUBLIC, ids=lambda value: getattr(value, "__name__", None)
)


@each_item
def test_its_module_is_the_one_it_is_imported_from(package, item):
    assert item.__module__ == package
    assert item.__qualname__ == item.__name__
    assert getattr(importlib.import_module(package), item.__name__) is item
    assert pickle.loads(pickle.dumps(item)) is item


@each_item
def test_its_source_is_found(package, item):
    source = inspect.getsource(item)
    kind = "class" if isinstance(item, type) else "def"
    assert f"{kind} {item.__name__}" in source
    assert inspect.getdoc(item).splitlines()[0] in source
    file = Path(inspect.getsourcefile(inspect.unwrap(item)))
    assert file == Path(importlib.import_module(source_module(item)).__file__)
    assert f"{kind} {item.__name__}" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("package", "item"), CLASSES, ids=lambda value: getattr(value, "__name__", None)
)
def test_the_type_hints_of_a_class_are_found(package, item):
    typing.get_type_hints(item)
    typing.get_type_hints(item.__init__)


def test_the_source_of_other_classes_is_found_as_before():
    class Own(AudioTransformer):
        """Not of this package."""

    assert inspect.getsource(Own).lstrip().startswith("class Own(AudioTransformer)")
    assert source_module(Own) == Own.__module__ == __name__
    assert inspect.getsource(LogisticRegression).startswith("class LogisticRegression")
    with pytest.raises(TypeError):
        inspect.getfile(int)


def test_a_private_path_gives_the_same_class_with_the_public_name():
    """In a new process, so that nothing was imported by its public name before."""
    classes = [(package, item) for package, item in CLASSES if package == "skgenre.classifiers"]
    sources = sorted({source_module(item) for _, item in classes})
    assert len(sources) >= 8
    code = """
import importlib, sys
for source in sys.argv[1:]:
    for name, item in list(vars(importlib.import_module(source)).items()):
        if isinstance(item, type) and "_module_source" in vars(item):
            print(source, item.__module__, item.__name__)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *sources], capture_output=True, text=True, check=True
    )
    found = {tuple(line.split()) for line in done.stdout.splitlines()}
    assert {(source_module(item), package, item.__name__) for package, item in classes} <= found
    assert all("._" not in module for _, module, _ in found)


def test_doctest_finds_examples_in_the_file_they_stand_in_and_nowhere_else():
    finder = doctest.DocTestFinder(exclude_empty=True)
    missing, twice = [], []
    for package, item in PUBLIC:
        if ">>>" not in (item.__doc__ or ""):
            continue
        for module, found_at in ((source_module(item), missing), (package, twice)):
            tests = finder.find(importlib.import_module(module))
            is_there = f"{module}.{item.__name__}" in {test.name for test in tests if test.examples}
            if is_there == (found_at is twice) and module != "skgenre.exceptions":
                found_at.append(item.__name__)
    assert missing == []
    assert twice == []


class Names(pickle.Unpickler):
    """Remember what a pickle names."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.names = set()

    def find_class(self, module, name):
        self.names.add(f"{module}.{name}")
        return super().find_class(module, name)


def private_names_in(item):
    names = Names(pickle.dumps(item))
    names.load()
    own = {name for name in names.names if name.startswith("skgenre.")}
    public = {f"{package}.{item.__name__}" for package, item in PUBLIC}
    return own - public


def names_of_estimators(package):
    return {name for name, kind in all_estimators() if kind.__module__ == package}


@pytest.fixture(scope="module")
def table():
    return np.random.default_rng(0).normal(size=(12, 5)), np.array(["a", "b", "c"] * 4)


def test_a_pickled_classifier_names_public_classes_alone(table):
    X, y = table
    maps = np.random.default_rng(0).normal(size=(12, 8, 12)).astype(np.float32)
    seen = set()
    for classifier in classifiers_configurations():
        name = type(classifier).__name__
        if name == "XGBGenreClassifier" or "XGB" in str(getattr(classifier, "estimator", "")):
            pytest.importorskip("xgboost")
        if hasattr(classifier, "max_epochs"):
            classifier.set_params(max_epochs=1)
        of_tables = (
            *("BlockKernelClassifier", "GenreVotingClassifier", "HierarchicalGenreClassifier"),
            "XGBGenreClassifier",
        )
        clips = X if name in of_tables else maps
        clips = X[:, None, :, None] if name == "SegmentVotingClassifier" else clips
        assert private_names_in(classifier.fit(clips, y)) == set(), name
        seen.add(name)
    assert seen == {
        name for name, kind in all_estimators() if kind.__module__ == "skgenre.classifiers"
    }


def test_a_pickled_transformer_names_public_classes_alone():
    seen = set()
    for transformer in features_configurations():
        assert private_names_in(transformer) == set(), transformer
        seen.add(type(transformer).__name__)
    assert seen == {
        name for name, kind in all_estimators() if kind.__module__ == "skgenre.features"
    }


def scorers():
    routed = get_genre_scorer("map_at_2")
    return {
        "named": get_genre_scorer("neg_expected_calibration_error"),
        "a function of this package": get_genre_scorer("f1_per_genre"),
        "any k": get_genre_scorer("top_2_accuracy"),
        "made": make_genre_scorer(expected_calibration_error, greater_is_better=False, n_bins=5),
        "several": check_genre_scoring(None, {"one": "map_at_2", "two": routed}),
    }


@pytest.mark.parametrize("name", scorers())
def test_a_pickled_scorer_names_public_functions_alone(name, table):
    scorer = scorers()[name]
    assert private_names_in(scorer) == set()
    loaded = pickle.loads(pickle.dumps(scorer))
    model = LogisticRegression().fit(*table)
    assert loaded(model, *table) == scorer(model, *table)
    assert repr(loaded) == repr(scorer)


def test_requests_of_metadata_survive_a_pickle():
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        scorer = get_genre_scorer("map_at_2").set_score_request(sample_weight=True)
        loaded = pickle.loads(pickle.dumps(scorer))
        requests = [one.get_metadata_routing().score.requests for one in (scorer, loaded)]
    assert requests == [{"sample_weight": True}] * 2


def test_a_search_and_a_comparison_name_public_classes_alone(table):
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, scoring=get_genre_scorer("map_at_2"), cv=2
    )
    assert private_names_in(search.fit(*table)) == set()
    pipelines = {"one": LogisticRegression(), "two": LogisticRegression(C=0.1)}
    assert private_names_in(compare(pipelines, *table, cv=2, random_state=0)) == set()


def test_importing_the_package_changes_inspect_for_classes_of_this_package_alone():
    code = """
import inspect, fractions
before = inspect.getfile(fractions.Fraction), inspect.signature(inspect.getfile)
import skgenre.exceptions, skgenre._public
assert (inspect.getfile(fractions.Fraction), inspect.signature(inspect.getfile)) == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)
