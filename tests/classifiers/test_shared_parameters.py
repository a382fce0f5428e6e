"""Parameters that all networks have are written out in each class, and must not drift apart."""

import inspect
import re

import pytest

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    TorchClassifier,
    TransferCNNClassifier,
)
from skgenre.classifiers._training.constraints import TRAINING_CONSTRAINTS

OTHERS = [
    LSTMClassifier,
    CRNNClassifier,
    ParallelCRNNClassifier,
    MLPGenreClassifier,
    TorchClassifier,
    TransferCNNClassifier,
]
# Each family has its own default of these.
OWN = ("activation", "dropout", "dense", "center")
SHARED = [name for name in TRAINING_CONSTRAINTS if name not in OWN]


def descriptions(family, section):
    """Return what the docstring says of each parameter or attribute, its type with it."""
    text = inspect.getdoc(family).partition(f"{section}\n{'-' * len(section)}\n")[2]
    text = re.split(r"\n\n\w[\w ]*\n-+\n", text)[0]
    entries = re.split(r"(?m)^(?=\w+ : )", text)
    return {entry.partition(" : ")[0]: entry.strip() for entry in entries if entry}


@pytest.mark.parametrize("family", OTHERS)
def test_shared_parameters_are_described_alike(family):
    ours, theirs = (descriptions(one, "Parameters") for one in (CNNClassifier, family))
    assert len(SHARED) == 23
    for name in SHARED:
        assert theirs[name] == ours[name]


@pytest.mark.parametrize("family", OTHERS)
def test_attributes_are_described_alike(family):
    assert descriptions(family, "Attributes") == descriptions(CNNClassifier, "Attributes")


@pytest.mark.parametrize("family", OTHERS)
def test_shared_parameters_come_last_in_one_order_with_one_default(family):
    ours, theirs = (
        [(p.name, p.default) for p in list(inspect.signature(one).parameters.values())[-23:]]
        for one in (CNNClassifier, family)
    )
    assert ours == theirs
    assert {name for name, _ in ours} == set(SHARED)
