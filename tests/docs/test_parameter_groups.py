"""The pages of the API reference group the parameters of large classes, and the groups fit."""

import inspect
import re

import pytest

from skgenre.classifiers import CNNClassifier, CovarianceNetClassifier
from skgenre.features import BandCovariance, MelSpectrogram


@pytest.fixture(scope="module")
def parameters(load_docs):
    return load_docs("_parameters")


def lines_of(kind):
    docscrape = pytest.importorskip("numpydoc.docscrape_sphinx")
    return str(docscrape.get_doc_object(kind, config={"show_class_members": False})).splitlines()


def test_every_parameter_of_every_class_is_in_one_group(parameters):
    parameters.check_groups()
    for kind in parameters.public_classes():
        if groups := parameters.groups_of(kind):
            names = [name for group in groups.values() for name in group]
            assert sorted(names) == sorted(inspect.signature(kind).parameters)


def test_the_most_used_parameters_come_first(parameters):
    titles = list(parameters.groups_of(CNNClassifier))
    assert titles[0] == "Most used"
    assert {"Network", "Optimization", "Regularization"} < set(titles)
    assert next(title for title in titles if "Device" in title)
    assert parameters.groups_of(BandCovariance) == {}


@pytest.mark.parametrize("kind", [CNNClassifier, CovarianceNetClassifier, MelSpectrogram])
def test_a_page_has_each_description_once_below_its_group(parameters, kind):
    lines, groups = lines_of(kind), parameters.groups_of(kind)
    grouped = parameters.group_lines(lines, groups)
    title, found = "", {}
    for before, line in zip(["", *grouped], grouped, strict=False):
        if line == ":Attributes:":
            break
        if line.strip() in groups and not before.strip():
            title = line.strip()
        if entry := re.match(r"    \*\*(\w+)\*\* :", line):
            found.setdefault(title, []).append(entry[1])
    found.pop("", None)
    assert {title: names for title, names in found.items() if title in groups} == groups
    assert sorted(filter(str.strip, lines)) == sorted(
        line for line in grouped if line.strip() and line.strip() not in groups
        and "rst-class" not in line
    )  # fmt: skip


def test_parameters_described_together_stay_together(parameters):
    lines = [":Parameters:", "", "    **a, b** : int", "        Sizes.", "", "    **c** : int", ""]
    grouped = parameters.group_lines(
        [*lines, ":Attributes:"], {"Later": ["c"], "Sizes": ["a", "b"]}
    )
    assert [line for line in grouped if "**" in line] == ["    **c** : int", "    **a, b** : int"]
    assert grouped[-1] == ":Attributes:"


def test_a_parameter_without_a_group_is_an_error(parameters):
    class New(CNNClassifier):
        def __init__(self, *, brand_new=1):
            self.brand_new = brand_new

    with pytest.raises(
        parameters.WrongGroups, match=r"'brand_new' parameter of New must be in one"
    ):
        parameters.groups_of(New)


def test_a_group_with_an_unknown_parameter_is_an_error(parameters):
    first, *others = parameters.FAMILIES
    groups = {**first.groups, "More": ("no_such_parameter",)}
    families = (parameters.Family(first.bases, groups), *others)
    with pytest.raises(parameters.WrongGroups, match=r"no TorchClassifier has: no_such_parameter"):
        parameters.check_groups(families)


def test_a_class_with_many_parameters_must_be_of_a_family(parameters):
    names = ", ".join(f"p{number}=0" for number in range(parameters.TOO_MANY + 1))
    namespace = {}
    exec(f"class Many:\n    def __init__(self, {names}):\n        pass", namespace)
    with pytest.raises(parameters.WrongGroups, match="Many has 13 parameters and is of no family"):
        parameters.groups_of(namespace["Many"])
